import { compareChannels } from '../../../../functions/shared/domain/channel.ts';
import { type DisplayName, displayNames } from '../../../../functions/shared/domain/display-names.ts';
import {
  type ByField,
  byField,
  byName,
  METRICS,
  type Metric,
} from '../../../../functions/shared/domain/metrics.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import type { HistoryAnswer } from '../../../../functions/usage-api/get-history.ts';
import { channelColors, OTHER_COLOR } from '../../../shared/channel-colors.ts';
import type { ChannelIdentity } from '../../../shared/channel-icons.ts';
import { inContrast } from './stack-order.ts';

/** One colour of a stacked chart. */
export interface Series extends DisplayName {
  /** Tells it from the others of the chart. */
  id: string;
  /** The id of the channel that it is of; nothing for all others together. */
  channel?: string;
  /** `#rrggbb` */
  color: string;
  total: number;
}

/** Why a bucket has less than others of its length may have. */
export const INCOMPLETE = ['so far', 'cut by the range'] as const;
export type Incomplete = (typeof INCOMPLETE)[number];

/** The figure of an earlier bucket. */
export interface EarlierFigure {
  start: UtcDay;
  end: UtcDay;
  /** Nothing where the peer had no figures until then. */
  total: number | undefined;
}

/** One bar of a stacked chart. */
export interface Bar {
  start: UtcDay;
  end: UtcDay;
  incomplete?: Incomplete;
  /** A figure for each series. */
  values: number[];
  total: number;
  /** What it is compared with. */
  earlier?: EarlierFigure;
}

/** The data of a stacked chart. */
export interface Stack {
  series: Series[];
  bars: Bar[];
}

export interface StackOptions {
  today: UtcDay;
  /** Whether to begin with the first bucket that has messages, or follows one that has. */
  fromFirstMessage: boolean;
  /** The colours that channels have elsewhere on the page. */
  colors: ReadonlyMap<string, string>;
  /** What to compare with, as many buckets. */
  earlier?: HistoryAnswer | undefined;
}

/** How many channels have a series of their own. */
const NAMED_CHANNELS = 8;
/** What all others together are called; the id of their series, too. */
export const OTHERS = 'Other channels';

type Buckets = HistoryAnswer['buckets'];

/**
 * The history of a peer as stacked charts, one for each metric. All have the same series in the same order: one for
 * each of the channels with the most messages, and one for all others together. Channels without any have none.
 */
export function stackHistory(answer: HistoryAnswer, options: StackOptions): Record<Metric['name'], Stack> {
  const { today, fromFirstMessage, colors, earlier } = options;
  const first = fromFirstMessage
    ? answer.buckets.findIndex(({ cumulative }) => cumulative.messageCount > 0)
    : 0;
  const buckets = first < 0 ? [] : answer.buckets.slice(first);
  const channels = sumChannels(buckets);
  const parts = stackedParts(channels, colors);
  return byName(({ field }) => ({
    series: parts.map(({ members, ...part }) => ({
      ...part,
      total: sum(members.map((channel) => channel[field])),
    })),
    bars: barsOf(buckets, parts, field, today).map((bar, index) => ({
      ...bar,
      ...earlierOf(earlier?.buckets[index], field),
    })),
  }));
}

/** What a series is of. */
interface StackedPart extends Omit<Series, 'total'> {
  members: SummedChannel[];
}

/** What the charts are divided into, from the bottom up. */
function stackedParts(channels: readonly SummedChannel[], known: ReadonlyMap<string, string>): StackedPart[] {
  const ranked = rank(channels);
  const [named, others] = [ranked.slice(0, NAMED_CHANNELS), ranked.slice(NAMED_CHANNELS)];
  const names = displayNames(channels);
  const colors = channelColors(named, known);
  const parts = named.map(
    (channel): StackedPart => ({
      id: `channel ${channel.channelId}`,
      channel: channel.channelId,
      ...(names.get(channel.channelId) ?? { name: channel.channelId }),
      color: colors.get(channel.channelId) ?? OTHER_COLOR,
      members: [channel],
    }),
  );
  if (others.length === 0) return inContrast(parts);
  return inContrast(parts, { id: OTHERS, name: OTHERS, color: OTHER_COLOR, members: others });
}

function barsOf(
  buckets: Buckets,
  parts: readonly StackedPart[],
  field: Metric['field'],
  today: UtcDay,
): Bar[] {
  const place = new Map(
    parts.flatMap(({ members }, index) => members.map(({ channelId }) => [channelId, index] as const)),
  );
  return buckets.map(({ start, end, complete, channels }) => {
    const values = parts.map(() => 0);
    for (const channel of channels) {
      const index = place.get(channel.channelId);
      if (index !== undefined) values[index] = (values[index] ?? 0) + channel[field];
    }
    return {
      start,
      end,
      ...(!complete && { incomplete: end >= today ? 'so far' : 'cut by the range' }),
      values,
      total: sum(values),
    };
  });
}

function earlierOf(bucket: Buckets[number] | undefined, field: Metric['field']): Pick<Bar, 'earlier'> {
  if (bucket === undefined) return {};
  const { start, end, total, cumulative } = bucket;
  return { earlier: { start, end, total: cumulative.messageCount === 0 ? undefined : total[field] } };
}

interface SummedChannel extends ChannelIdentity, ByField<number> {
  channelName: string;
}

/** All channels of some buckets, also those without a figure: their names count where names are compared. */
function sumChannels(buckets: Buckets): SummedChannel[] {
  const byId = new Map<string, SummedChannel>();
  for (const { channels } of buckets) {
    for (const entry of channels) {
      const channel = byId.get(entry.channelId) ?? { ...entry, ...byField(() => 0) };
      for (const { field } of METRICS) channel[field] += entry[field];
      byId.set(entry.channelId, channel);
    }
  }
  return [...byId.values()];
}

/** The channels that have a figure, those with the most messages first. */
function rank(channels: readonly SummedChannel[]): SummedChannel[] {
  return channels.filter((channel) => METRICS.some(({ field }) => channel[field] > 0)).sort(compareChannels);
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}
