import * as z from 'zod/mini';
import { type ChannelRecord, channelNameOf } from './channel.ts';
import {
  countsByPeriod,
  type DayCounts,
  isCountedBy,
  lastActivity,
  listedChannels,
  type PeerUsage,
  percentageOf,
} from './channel-stats.ts';
import { type DayRange, daysBetween, lastPeriods } from './interval.ts';
import { addDays, dayOf, type UtcDay } from './utc-day.ts';

/** The thresholds of health findings. Each is a whole number. */
export interface HealthSettings {
  /** A channel is inactive after so many complete days without a message. */
  inactiveAfterDays: number;
  /** A channel dominates with a share of the messages above this, in percent. */
  dominantAbovePercent: number;
  /** A channel has high traffic with a share of the messages above this, in percent. */
  highTrafficAbovePercent: number;
  /** Messages drop where a day has less than this, in percent of the median. 0 finds no drop. */
  dropBelowPercent: number;
  /** Messages spike where a day has more than this, in percent of the median. */
  spikeAbovePercent: number;
  /** No day is compared with a median of fewer messages. */
  leastMedian: number;
  /** A channel is new for so many complete days, beginning with the day of its first message. */
  newForDays: number;
}

/** The thresholds of a peer for which none were set. */
export const DEFAULT_HEALTH_SETTINGS: Readonly<HealthSettings> = {
  inactiveAfterDays: 7,
  dominantAbovePercent: 90,
  highTrafficAbovePercent: 30,
  dropBelowPercent: 50,
  spikeAbovePercent: 200,
  leastMedian: 20,
  newForDays: 7,
};

/** What each threshold may be set to, both limits included. */
export const HEALTH_SETTING_LIMITS: Readonly<
  Record<keyof HealthSettings, Readonly<{ least: number; most: number }>>
> = {
  inactiveAfterDays: { least: 1, most: 365 },
  dominantAbovePercent: { least: 50, most: 100 },
  highTrafficAbovePercent: { least: 1, most: 100 },
  dropBelowPercent: { least: 0, most: 100 },
  spikeAbovePercent: { least: 100, most: 10_000 },
  leastMedian: { least: 1, most: 1_000_000 },
  newForDays: { least: 1, most: 28 },
};

function setting(name: keyof HealthSettings) {
  const { least, most } = HEALTH_SETTING_LIMITS[name];
  const error = `${name} must be a whole number from ${least} to ${most}`;
  // One message is enough: a number that is not whole is not compared with the limits as well.
  return z.int({ error, abort: true }).check(z.minimum(least, error), z.maximum(most, error));
}

/** All thresholds of a peer. */
export const healthSettings = z.object({
  inactiveAfterDays: setting('inactiveAfterDays'),
  dominantAbovePercent: setting('dominantAbovePercent'),
  highTrafficAbovePercent: setting('highTrafficAbovePercent'),
  dropBelowPercent: setting('dropBelowPercent'),
  spikeAbovePercent: setting('spikeAbovePercent'),
  leastMedian: setting('leastMedian'),
  newForDays: setting('newForDays'),
});

const NAMES = Object.keys(HEALTH_SETTING_LIMITS).join(', ');

/** Thresholds to be set for a peer: those that are left out have their defaults. Unknown fields are refused. */
export const givenHealthSettings = z.strictObject(
  {
    inactiveAfterDays: z.exactOptional(setting('inactiveAfterDays')),
    dominantAbovePercent: z.exactOptional(setting('dominantAbovePercent')),
    highTrafficAbovePercent: z.exactOptional(setting('highTrafficAbovePercent')),
    dropBelowPercent: z.exactOptional(setting('dropBelowPercent')),
    spikeAbovePercent: z.exactOptional(setting('spikeAbovePercent')),
    leastMedian: z.exactOptional(setting('leastMedian')),
    newForDays: z.exactOptional(setting('newForDays')),
  },
  `health settings must be an object with no other fields than ${NAMES}`,
);

/** That a channel was not used. */
export interface InactivityEvidence extends DayRange {
  /** The complete days since its last message or, where it never had one, since it was registered. */
  days: number;
  thresholdDays: number;
  lastMessageDay: UtcDay | null;
  registeredDay: UtcDay;
}

/** A channel's share of the messages of the last four weeks. */
export interface ShareEvidence extends DayRange {
  messageCount: number;
  /** The messages of all enabled channels. */
  totalMessageCount: number;
  /** With one decimal. What is compared with the threshold is the exact share. */
  percentage: number;
  thresholdPercent: number;
  /** How many channels are enabled. */
  channelCount: number;
}

/** A channel's last complete day, beside the same weekday of the four weeks before. */
export interface TrafficEvidence {
  day: UtcDay;
  messageCount: number;
  /** Of the days of the baseline that had messages. */
  median: number;
  /** With one decimal. What is compared with the threshold is the exact ratio. */
  percentOfMedian: number;
  thresholdPercent: number;
  leastMedian: number;
  /** The earliest day first. */
  baseline: { day: UtcDay; messageCount: number }[];
}

/** That a channel was used for the first time. */
export interface NewnessEvidence extends DayRange {
  firstMessageDay: UtcDay;
  messageCount: number;
  thresholdDays: number;
}

interface FindingOf<Code, Severity, Evidence> {
  code: Code;
  severity: Severity;
  channelId: string;
  /** One sentence, with the name that the channel is shown by, as it is. */
  message: string;
  /** The numbers that it was judged on. */
  evidence: Evidence;
}

/** What was found about a channel. */
export type Finding =
  | FindingOf<'inactive_channel', 'warning', InactivityEvidence>
  | FindingOf<'dominant_channel', 'warning', ShareEvidence>
  | FindingOf<'traffic_drop' | 'traffic_spike', 'warning', TrafficEvidence>
  | FindingOf<'high_traffic', 'info', ShareEvidence>
  | FindingOf<'new_channel', 'info', NewnessEvidence>;

/** Warnings come before what is good to know. */
const ORDER: readonly Finding['code'][] = [
  'inactive_channel',
  'dominant_channel',
  'traffic_drop',
  'traffic_spike',
  'high_traffic',
  'new_channel',
];

/** How a peer's channels are. */
export interface Health {
  /** `attention` where there is a warning. */
  status: 'ok' | 'attention';
  findings: Finding[];
}

export interface HealthQuery {
  /** The last day that is judged: the last one that is over. */
  through: UtcDay;
  settings: HealthSettings;
}

const DAYS_A_WEEK = 7;
/** Shares are those of so many days. */
const SHARE_DAYS = 28;
/** A day is compared with the same weekday of so many weeks before. */
const BASELINE_WEEKS = 4;
/** It is not compared where fewer of these had messages. */
const LEAST_BASELINE_DAYS = 3;

/** The first day whose counters health needs: the first one of the baseline, the day before those of the shares. */
export function firstDayOfHealth(through: UtcDay): UtcDay {
  return addDays(through, -BASELINE_WEEKS * DAYS_A_WEEK);
}

/**
 * What needs attention, or is good to know, about the enabled channels of a peer. Others are not judged,
 * and are in no total.
 *
 * Complete days are judged, and no finding follows from too little history. Of today there is but one
 * thing to say: a channel with a message today is not inactive.
 *
 * @param usage every channel, with every counter of an open day and every one from `firstDayOfHealth` on,
 *   also those of the days after `through`
 * @returns warnings first, in the order inactive, dominant, drop, spike, high traffic, new; those of one
 *   kind by `channelId`
 */
export function health(usage: PeerUsage, query: HealthQuery): Health {
  const peer = peerUse(usage, query);
  const findings = peer.channels
    .flatMap((channel) => [
      ...inactivity(channel, query),
      ...shares(channel, peer, query),
      ...traffic(channel, query),
      ...newness(channel, peer, query),
    ])
    .sort((a, b) => ORDER.indexOf(a.code) - ORDER.indexOf(b.code) || (a.channelId < b.channelId ? -1 : 1));
  const needsAttention = findings.some(({ severity }) => severity === 'warning');
  return { status: needsAttention ? 'attention' : 'ok', findings };
}

/** What a channel is judged on. */
interface ChannelUse {
  channel: ChannelRecord;
  days: DayCounts[];
  /** Messages by how many days before the last complete one they were sent; from 0 on. */
  messages: readonly number[];
}

/** What all its channels together are judged on. */
interface PeerUse {
  channels: readonly ChannelUse[];
  /** The days of the shares. */
  shareDays: DayRange;
  /** The messages of these days, of the channels that are judged. */
  messageCount: number;
  /** Whether the peer's history reaches back over all of these days. */
  hasShares: boolean;
  /** The days on which a channel's first message makes it new. */
  newDays: DayRange;
  /** Whether the peer was there before these days: a new peer's channels are no news. */
  hasNews: boolean;
}

function peerUse(usage: PeerUsage, { through, settings }: HealthQuery): PeerUse {
  const judged = listedChannels(usage, new Set());
  const daysRead = daysBetween(firstDayOfHealth(through), through) + 1;
  const countsOf = countsByPeriod(usage, judged, daysRead, (day) => daysBetween(day, through));
  const daysOf = Map.groupBy(usage.days, ({ channelId }) => channelId);
  const channels = judged.map((channel) => ({
    channel,
    days: daysOf.get(channel.channelId) ?? [],
    messages: (countsOf.get(channel.channelId) ?? []).map(({ messageCount }) => messageCount),
  }));
  const shareDays = lastPeriods(SHARE_DAYS, 'day', through);
  const newDays = lastPeriods(settings.newForDays, 'day', through);
  return {
    channels,
    shareDays,
    messageCount: sum(channels.map(({ messages }) => sum(messages.slice(0, SHARE_DAYS)))),
    hasShares: isCountedBy(usage, shareDays.from),
    newDays,
    hasNews: isCountedBy(usage, addDays(newDays.from, -1)),
  };
}

function inactivity({ channel, days }: ChannelUse, { through, settings }: HealthQuery): Finding[] {
  const thresholdDays = settings.inactiveAfterDays;
  const registeredDay = dayOf(channel.registeredAt);
  const lastDay = lastMessageDay(channel, days);
  const silentDays = daysBetween(lastDay ?? registeredDay, through);
  if (silentDays < thresholdDays) return [];
  const since = lastDay ?? `it was registered on ${registeredDay}`;
  return [
    {
      code: 'inactive_channel',
      severity: 'warning',
      channelId: channel.channelId,
      message:
        `${channelNameOf(channel)} has had no message since ${since} ` +
        `(${countOf(silentDays, 'day')}; the limit is ${thresholdDays})`,
      evidence: {
        ...lastPeriods(thresholdDays, 'day', through),
        days: silentDays,
        thresholdDays,
        lastMessageDay: lastDay ?? null,
        registeredDay,
      },
    },
  ];
}

/** The day of a channel's last message: where it has a counter, that is exact. */
function lastMessageDay(channel: ChannelRecord, days: readonly DayCounts[]): UtcDay | undefined {
  const last = lastActivity(channel, days);
  const known = days.map(({ day }) => day);
  if (last !== undefined) known.push(dayOf(last));
  return known.sort().at(-1);
}

function shares({ channel, messages }: ChannelUse, peer: PeerUse, { settings }: HealthQuery): Finding[] {
  if (!peer.hasShares) return [];
  const { channelId } = channel;
  const messageCount = sum(messages.slice(0, SHARE_DAYS));
  const totalMessageCount = peer.messageCount;
  const percentage = percentageOf(messageCount, totalMessageCount);
  const { from, to } = peer.shareDays;
  const isAbove = (percent: number) => messageCount * 100 > percent * totalMessageCount;
  const evidenceFor = (thresholdPercent: number): ShareEvidence => ({
    from,
    to,
    messageCount,
    totalMessageCount,
    percentage,
    thresholdPercent,
    channelCount: peer.channels.length,
  });
  const message =
    `${channelNameOf(channel)} had ${percentage}% of all messages from ${from} to ${to} ` +
    `(${messageCount} of ${totalMessageCount}; `;
  const { dominantAbovePercent, highTrafficAbovePercent } = settings;
  const findings: Finding[] = [];
  if (peer.channels.length > 1 && isAbove(dominantAbovePercent)) {
    findings.push({
      code: 'dominant_channel',
      severity: 'warning',
      channelId,
      message: `${message}above ${dominantAbovePercent}% it dominates)`,
      evidence: evidenceFor(dominantAbovePercent),
    });
  }
  if (isAbove(highTrafficAbovePercent)) {
    findings.push({
      code: 'high_traffic',
      severity: 'info',
      channelId,
      message: `${message}above ${highTrafficAbovePercent}% traffic is high)`,
      evidence: evidenceFor(highTrafficAbovePercent),
    });
  }
  return findings;
}

function traffic({ channel, messages }: ChannelUse, { through, settings }: HealthQuery): Finding[] {
  const countAt = (daysAgo: number) => messages[daysAgo] ?? 0;
  const baseline = Array.from({ length: BASELINE_WEEKS }, (_, index) => {
    const daysAgo = (BASELINE_WEEKS - index) * DAYS_A_WEEK;
    return { day: addDays(through, -daysAgo), messageCount: countAt(daysAgo) };
  });
  const used = baseline.map(({ messageCount }) => messageCount).filter((count) => count > 0);
  const twiceMedian = doubledMedian(used);
  const { leastMedian, dropBelowPercent, spikeAbovePercent } = settings;
  if (used.length < LEAST_BASELINE_DAYS || twiceMedian < 2 * leastMedian) return [];
  const messageCount = countAt(0);
  // Whole numbers on both sides, also where the median is none.
  const isDrop = 200 * messageCount < dropBelowPercent * twiceMedian;
  const isSpike = 200 * messageCount > spikeAbovePercent * twiceMedian;
  if (!isDrop && !isSpike) return [];
  const thresholdPercent = isDrop ? dropBelowPercent : spikeAbovePercent;
  const limit = isDrop ? `below ${thresholdPercent}% is a drop` : `above ${thresholdPercent}% is a spike`;
  const median = twiceMedian / 2;
  const percentOfMedian = percentageOf(2 * messageCount, twiceMedian);
  return [
    {
      code: isDrop ? 'traffic_drop' : 'traffic_spike',
      severity: 'warning',
      channelId: channel.channelId,
      message:
        `${channelNameOf(channel)} had ${countOf(messageCount, 'message')} on ${through}, ${percentOfMedian}% of ` +
        `the median of the same weekday in the ${BASELINE_WEEKS} weeks before (${median}; ${limit})`,
      evidence: {
        day: through,
        messageCount,
        median,
        percentOfMedian,
        thresholdPercent,
        leastMedian,
        baseline,
      },
    },
  ];
}

/** Twice the median, which is a whole number where the median is not; 0 of nothing. */
function doubledMedian(counts: readonly number[]): number {
  const sorted = counts.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0);
}

function newness({ channel, days, messages }: ChannelUse, peer: PeerUse, query: HealthQuery): Finding[] {
  const { from, to } = peer.newDays;
  const thresholdDays = query.settings.newForDays;
  const firstDaysAgo = messages.findLastIndex((count) => count > 0);
  if (!peer.hasNews || firstDaysAgo === -1) return [];
  if (isCountedBy({ channels: [channel], days }, addDays(from, -1))) return [];
  const firstMessageDay = addDays(to, -firstDaysAgo);
  const messageCount = sum(messages);
  return [
    {
      code: 'new_channel',
      severity: 'info',
      channelId: channel.channelId,
      message:
        `${channelNameOf(channel)} had its first message on ${firstMessageDay} ` +
        `(${countOf(messageCount, 'message')} up to ${to}; new for ${countOf(thresholdDays, 'day')})`,
      evidence: { firstMessageDay, from, to, messageCount, thresholdDays },
    },
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
