import type { ChannelStats } from '../../../functions/shared/domain/channel-stats.ts';
import { channelOf, type Finding } from '../../../functions/shared/domain/findings/findings.ts';
import type { GrowthWeek } from '../../../functions/shared/domain/growth.ts';
import type { DayRange } from '../../../functions/shared/domain/interval.ts';
import { byField } from '../../../functions/shared/domain/metrics.ts';
import type { UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import type { HistoryAnswer } from '../../../functions/usage-api/get-history.ts';

/** The part of a view that the whole page shows alone. Nothing of either: all of it. */
export interface Narrowing {
  channelId?: string;
  /** A day, or the days of a week or month, both included. The chosen range stays what it is. */
  days?: DayRange;
}

/** A change of a narrowing: `undefined` takes a part of it away, and what is left out stays. */
export interface NarrowingChange {
  channelId?: string | undefined;
  days?: DayRange | undefined;
}

/** A narrowing after a change. */
export function narrowed(before: Narrowing, change: NarrowingChange): Narrowing {
  const { channelId, days } = { ...before, ...change };
  return { ...(channelId !== undefined && { channelId }), ...(days !== undefined && { days }) };
}

export function oneDay(day: UtcDay): DayRange {
  return { from: day, to: day };
}

/** The figures of one channel, with its share of all that are listed; all of them where none is named. */
export function statsOf(stats: ChannelStats, channelId: string | undefined): ChannelStats {
  if (channelId === undefined) return stats;
  const channels = stats.channels.filter((channel) => channel.channelId === channelId);
  const [only] = channels;
  const total = {
    ...byField(({ field }) => only?.[field] ?? 0),
    ...(only?.previous !== undefined && { previous: only.previous }),
  };
  return { ...stats, channels, total };
}

/**
 * The history of one channel; of all where none is named. `cumulative` stays that of all: it tells from when on
 * there are figures.
 */
export function historyOf(answer: HistoryAnswer, channelId: string | undefined): HistoryAnswer {
  if (channelId === undefined) return answer;
  return {
    ...answer,
    buckets: answer.buckets.map((bucket) => {
      const channels = bucket.channels.filter((channel) => channel.channelId === channelId);
      return { ...bucket, channels, total: byField(({ field }) => channels[0]?.[field] ?? 0) };
    }),
  };
}

/** The weeks of one channel, which are those of all where none is named. Weeks that do not know it are left out. */
export function weeksOf(weeks: readonly GrowthWeek[], channelId: string | undefined): readonly GrowthWeek[] {
  if (channelId === undefined) return weeks;
  return weeks.flatMap((week) => {
    const channel = week.channels.find((one) => one.channelId === channelId);
    if (channel === undefined) return [];
    return [{ ...week, channels: [channel], total: channel }];
  });
}

/** The findings about a channel that judge any of some days; about whichever where none are named. */
export function findingsOf(findings: readonly Finding[], { channelId, days }: Narrowing): Finding[] {
  return findings.filter((finding) => {
    const about = channelOf(finding);
    if (channelId !== undefined && about !== undefined && about !== channelId) return false;
    const judged = daysJudged(finding);
    return days === undefined || judged === undefined || (judged.from <= days.to && judged.to >= days.from);
  });
}

/** What a finding is about, for a reader who wants to see that alone: its channel, and its day where it judges one. */
export function narrowingTo(finding: Finding): Narrowing {
  const { evidence } = finding;
  return narrowed(
    {},
    { channelId: channelOf(finding), days: 'day' in evidence ? oneDay(evidence.day) : undefined },
  );
}

/** The days that a finding judges; nothing where it tells none. */
export function daysJudged({ evidence }: Finding): DayRange | undefined {
  if ('day' in evidence) return oneDay(evidence.day);
  return 'from' in evidence ? { from: evidence.from, to: evidence.to } : undefined;
}

/** A history in which the name of each channel that is not enabled says so. @param channels with their statuses */
export function withStatuses(answer: HistoryAnswer, channels: ChannelStats['channels'] = []): HistoryAnswer {
  const statuses = new Map(
    channels.flatMap(({ channelId, status }) =>
      status === undefined || status === 'enabled' ? [] : [[channelId, status] as const],
    ),
  );
  if (statuses.size === 0) return answer;
  return {
    ...answer,
    buckets: answer.buckets.map((bucket) => ({
      ...bucket,
      channels: bucket.channels.map((channel) => {
        const status = statuses.get(channel.channelId);
        return status === undefined
          ? channel
          : { ...channel, channelName: `${channel.channelName} (${status})` };
      }),
    })),
  };
}
