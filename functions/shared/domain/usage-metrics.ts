import { labelOf } from './channel.ts';
import { type IncludableChannels, listedChannels } from './channel-stats.ts';
import { compareTexts } from './compare-texts.ts';
import { METRICS } from './metrics.ts';
import type { MetricFamily, Sample } from './open-metrics.ts';
import { type UsedPeer, warningsOf } from './overview.ts';
import type { CountingLag } from './trust.ts';
import { dayOf, type EpochMillis, SECOND_MS } from './utc-day.ts';

/** How many series an answer has at most: what scrapes them keeps every one, for as long as it keeps anything. */
export const MAX_SERIES = 2_000;

/** Of every peer, whatever channels it has. */
const SERIES_OF_PEER = 2;
/** Of counting, whatever peers there are. */
const SERIES_OF_ALL = 2;

/** So many peers have no more series than an answer may have, as long as none has a channel. */
export const MOST_MEASURED_PEERS = Math.floor((MAX_SERIES - SERIES_OF_ALL) / SERIES_OF_PEER);

/** The samples of one peer. */
export interface PeerSamples {
  /** Of each of `METRICS`, in their order, those of the channels. */
  counted: Sample[][];
  channels: Sample[];
  warnings: Sample;
  notCounted: Sample;
}

/**
 * What metrics say of a peer.
 *
 * @param peer with every day that health judges by
 * @param include channels to measure beside the enabled ones
 * @param lag as it was read before the peer
 */
export function peerSamples(
  { peerId, usage, condition }: UsedPeer,
  include: ReadonlySet<IncludableChannels>,
  lag: CountingLag,
  now: EpochMillis,
): PeerSamples {
  const listed = listedChannels(usage, include).sort((a, b) => compareTexts(a.channelId, b.channelId));
  const { quarantined, givenUp } = condition.notCounted;
  return {
    counted: METRICS.map(({ field }) =>
      listed.map(({ channelId, allTime }) => ({
        labels: { peer: peerId, channel: channelId },
        value: allTime[field],
      })),
    ),
    channels: listed.map((channel) => {
      const { channelId, channelName: name, galleryKey: kind } = labelOf(channel);
      return { labels: { peer: peerId, channel: channelId, name, kind, status: channel.status }, value: 1 };
    }),
    warnings: {
      labels: { peer: peerId },
      value: warningsOf(usage, condition.settings, lag, dayOf(now)),
    },
    notCounted: { labels: { peer: peerId }, value: quarantined + givenUp },
  };
}

/**
 * The metrics of peers, in their order.
 *
 * @param lag as it was read before the peers; what is not known of it has no sample
 */
export function usageMetrics(peers: readonly PeerSamples[], lag: CountingLag): MetricFamily[] {
  return [
    ...METRICS.map(
      ({ name, title }, index): MetricFamily => ({
        name: `channel_usage_${name}`,
        type: 'counter',
        unit: name,
        help: `${title} of all time, as channel-stats counts them.`,
        samples: peers.flatMap(({ counted }) => counted[index] ?? []),
      }),
    ),
    {
      name: 'channel_usage_channel',
      type: 'info',
      help: 'What a channel is called, which kind it is of, and its status.',
      samples: peers.flatMap(({ channels }) => channels),
    },
    {
      name: 'channel_usage_warnings',
      type: 'gauge',
      help: 'Findings of health now whose severity is warning.',
      samples: peers.map(({ warnings }) => warnings),
    },
    {
      name: 'channel_usage_not_counted_messages',
      type: 'gauge',
      unit: 'messages',
      help: 'Messages of the last 30 days that were recorded and are in no figure: quarantined or given up.',
      samples: peers.map(({ notCounted }) => notCounted),
    },
    ...lagMetrics(lag),
  ];
}

function lagMetrics({ countedThrough, lagSeconds }: CountingLag): MetricFamily[] {
  return [
    {
      name: 'channel_usage_counted_through_timestamp_seconds',
      type: 'gauge',
      unit: 'seconds',
      help: 'Every message that was recorded until then is in the figures, in seconds since 1970.',
      samples: countedThrough === undefined ? [] : [{ value: Math.floor(countedThrough / SECOND_MS) }],
    },
    {
      name: COUNTING_LAG,
      type: 'gauge',
      unit: 'seconds',
      help: 'How long ago that was when the figures were read.',
      samples: lagSeconds === undefined ? [] : [{ value: lagSeconds }],
    },
  ];
}

const COUNTING_LAG = 'channel_usage_counting_lag_seconds';

/** What changes without anything else in the metrics. */
export const METRICS_OF_THE_MOMENT: ReadonlySet<string> = new Set([
  'channel_usage_counted_through_timestamp_seconds',
  COUNTING_LAG,
]);
