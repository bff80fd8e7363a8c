import { type DisplayName, displayNames } from '../../../../functions/shared/domain/display-names.ts';
import type { Metric } from '../../../../functions/shared/domain/metrics.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import type { HistoryAnswer } from '../../../../functions/usage-api/get-history.ts';
import { channelColors, OTHER_COLOR } from '../../../shared/channel-colors.ts';
import type { ChannelIdentity } from '../../../shared/channel-icons.ts';

/** One colour of a stacked chart. */
export interface Series extends DisplayName {
  /** Tells it from the others of the chart. */
  id: string;
  /** `#rrggbb` */
  color: string;
  total: number;
}

/** Why a bucket has less than others of its length may have. */
export type Incomplete = 'so far' | 'cut by the range';

/** One bar of a stacked chart. */
export interface Bar {
  start: UtcDay;
  end: UtcDay;
  incomplete?: Incomplete;
  /** A figure for each series. */
  values: number[];
  total: number;
}

/** The data of a stacked chart. */
export interface Stack {
  series: Series[];
  bars: Bar[];
}

export interface StackOptions {
  figure: Metric['field'];
  today: UtcDay;
  /** Whether to begin with the first bucket that has messages, or follows one that has. */
  fromFirstMessage: boolean;
  /** The colours that channels have elsewhere on the page. */
  colors: ReadonlyMap<string, string>;
}

/** How many channels have a series of their own. */
const NAMED_CHANNELS = 8;
const OTHERS = 'Other channels';

type Buckets = HistoryAnswer['buckets'];

/**
 * The history of a peer as a stacked chart: a series for each of the channels with the highest figures, and
 * one for all others together. Channels without any have none.
 */
export function stackHistory(answer: HistoryAnswer, options: StackOptions): Stack {
  const { figure, today, fromFirstMessage, colors } = options;
  const first = fromFirstMessage
    ? answer.buckets.findIndex(({ cumulative }) => cumulative.messageCount > 0)
    : 0;
  const buckets = first < 0 ? [] : answer.buckets.slice(first);
  const channels = sumChannels(buckets, figure);
  const ranked = rank(channels);
  const [named, others] = [ranked.slice(0, NAMED_CHANNELS), ranked.slice(NAMED_CHANNELS)];
  const place = new Map(named.map(({ channelId }, index) => [channelId, index]));
  return {
    series: [
      ...nameSeries(named, displayNames(channels), colors),
      ...(others.length === 0
        ? []
        : [{ id: OTHERS, name: OTHERS, color: OTHER_COLOR, total: sum(others.map(({ total }) => total)) }]),
    ],
    bars: buckets.map(({ start, end, complete, channels }) => {
      const values = Array.from({ length: named.length + Math.min(1, others.length) }, () => 0);
      for (const channel of channels) {
        const index = place.get(channel.channelId) ?? named.length;
        if (channel[figure] > 0) values[index] = (values[index] ?? 0) + channel[figure];
      }
      return {
        start,
        end,
        ...(!complete && { incomplete: end >= today ? 'so far' : 'cut by the range' }),
        values,
        total: sum(values),
      };
    }),
  };
}

interface SummedChannel extends ChannelIdentity {
  channelName: string;
  total: number;
}

/** All channels of some buckets, also those without a figure: their names count where names are compared. */
function sumChannels(buckets: Buckets, figure: Metric['field']): SummedChannel[] {
  const byId = new Map<string, SummedChannel>();
  for (const { channels } of buckets) {
    for (const entry of channels) {
      const channel = byId.get(entry.channelId) ?? { ...entry, total: 0 };
      channel.total += entry[figure];
      byId.set(entry.channelId, channel);
    }
  }
  return [...byId.values()];
}

/** The channels that have a figure, the highest first. */
function rank(channels: readonly SummedChannel[]): SummedChannel[] {
  return channels
    .filter(({ total }) => total > 0)
    .sort((one, other) => other.total - one.total || (one.channelId < other.channelId ? -1 : 1));
}

function nameSeries(
  channels: readonly SummedChannel[],
  names: ReadonlyMap<string, DisplayName>,
  known: ReadonlyMap<string, string>,
): Series[] {
  const colors = channelColors(channels, known);
  return channels.map(({ channelId, total }) => ({
    id: `channel ${channelId}`,
    ...(names.get(channelId) ?? { name: channelId }),
    color: colors.get(channelId) ?? OTHER_COLOR,
    total,
  }));
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}
