import * as z from 'zod/mini';
import type { ApiKeyRecord } from '../shared/domain/api-key.ts';
import { EXAMPLE_LABEL } from '../shared/domain/channel.ts';
import type { IncludableChannels } from '../shared/domain/channel-stats.ts';
import { compareTexts } from '../shared/domain/compare-texts.ts';
import { firstDayOfHealth } from '../shared/domain/health.ts';
import { DEFAULT_HEALTH_SETTINGS } from '../shared/domain/health-settings.ts';
import { inBatches } from '../shared/domain/in-batches.ts';
import { exampleCounts } from '../shared/domain/metrics.ts';
import {
  type MetricFamily,
  OPEN_METRICS,
  OPEN_METRICS_CONTENT_TYPE,
  openMetricsText,
  seriesIn,
} from '../shared/domain/open-metrics.ts';
import type { PeerDirectory } from '../shared/domain/peer-directory.ts';
import { countingLag } from '../shared/domain/trust.ts';
import {
  MAX_SERIES,
  METRICS_OF_THE_MOMENT,
  MOST_MEASURED_PEERS,
  type PeerSamples,
  peerSamples,
  usageMetrics,
} from '../shared/domain/usage-metrics.ts';
import { addDays, dayOf } from '../shared/domain/utc-day.ts';
import { PlainText } from '../shared/http/answers.ts';
import { ForbiddenError, InvalidRequestError } from '../shared/http/api-errors.ts';
import { operation } from '../shared/http/operation.ts';
import { identifiersParameter, includeChannels } from '../shared/http/parameters.ts';
import type { UsageContext } from './context.ts';
import { listPeersOf } from './peers-request.ts';

const TOO_MANY =
  `the metrics would have more than ${MAX_SERIES} series: name some of the peers, as in ?peer=peer_123&peer=peer_hr, ` +
  'and ask for the others apart';
/** Whoever asks for too many is told so before all of them are read. */
const PEERS_AT_A_TIME = 100;

/** Answers with the figures of all peers that the caller's key may read, for what collects metrics. */
export const getMetrics = operation('getMetrics', {
  tag: 'Statistics',
  summary: 'Get metrics for Prometheus',
  description: [
    'Answers with the all-time figures of the peers that the API key may read, as OpenMetrics text, which Prometheus ' +
      'and what is like it collect. An answer has at most ' +
      `${MAX_SERIES} series: three for each channel, two for each peer, and two of how far counting has come.`,
    '- `channel_usage_messages_total` and `channel_usage_conversations_total` (`peer`, `channel`): what was ever ' +
      'counted. They never go down, but where a channel is purged or a peer erased; a channel that is disabled has ' +
      'none until it is enabled again, unless `include` asks for it.',
    '- `channel_usage_channel_info` (`peer`, `channel`, `name`, `kind`, `status`): what a channel is called, to be ' +
      'joined with the others, so that another name is no other series of theirs.',
    '- `channel_usage_warnings` (`peer`): how many findings health has now whose severity is `warning`.',
    '- `channel_usage_not_counted_messages` (`peer`): what `notCounted` of trust adds up to.',
    '- `channel_usage_counted_through_timestamp_seconds` and `channel_usage_counting_lag_seconds`: up to when all ' +
      'figures are complete; left out as long as that is not known.',
  ],
  query: z.object({
    peer: identifiersParameter('peer', {
      description:
        'The peers whose metrics are wanted; without it all that the API key may read. Separated by commas, or ' +
        'repeated; an id with a comma in it cannot be named. A peer that had neither messages nor channels has no ' +
        'series.',
      example: ['peer_123'],
    }),
    include: includeChannels(),
  }),
  answer: {
    description: 'The metrics.',
    text: {
      mediaType: OPEN_METRICS,
      examples: {
        metrics: { summary: 'One peer with one channel', value: openMetricsText(exampleMetrics()) },
      },
    },
  },
  badRequest: { path: 'peer', message: TOO_MANY },

  async handle({ key, query: { peer, include = new Set<IncludableChannels>() } }, context: MetricsContext) {
    const { passedHeartbeats, heartbeats, clock } = context;
    // Before all else: what is read later holds everything that was counted by then.
    const passed = await passedHeartbeats.read();
    const now = clock();
    const lag = countingLag(passed, heartbeats.keys, now);
    const peerIds = await measuredPeers(key, peer, context);
    const peers: PeerSamples[] = [];
    let families = usageMetrics(peers, lag);
    for (const some of inBatches(peerIds, PEERS_AT_A_TIME)) {
      const read = await context.usedPeers.read(some, firstDayOfHealth(addDays(dayOf(now), -1)), now);
      peers.push(...read.map((one) => peerSamples(one, include, lag, now)));
      families = usageMetrics(peers, lag);
      if (seriesIn(families) > MAX_SERIES) throw tooMany();
    }
    return new PlainText(
      openMetricsText(families),
      { 'content-type': OPEN_METRICS_CONTENT_TYPE },
      openMetricsText(families.filter(({ name }) => !METRICS_OF_THE_MOMENT.has(name))),
    );
  },
});

/** The metrics of the API description's example. */
function exampleMetrics(): MetricFamily[] {
  const channel = {
    ...{ channelId: EXAMPLE_LABEL.channelId, messageName: 'WebChat', messageGalleryKey: 'webchat' },
    ...{ number: 1, status: 'enabled' as const, registeredAt: 0, allTime: exampleCounts(8245, 485) },
  };
  const peer = {
    peerId: 'peer_123',
    usage: { channels: [channel], days: [] },
    condition: { settings: DEFAULT_HEALTH_SETTINGS, notCounted: { quarantined: 0, givenUp: 0 } },
  };
  const now = Date.UTC(2026, 10, 22, 10);
  const lag = { countedThrough: now - 124_000, lagSeconds: 124 };
  return usageMetrics([peerSamples(peer, new Set(), lag, now)], lag);
}

type MetricsContext = Pick<
  UsageContext,
  'directory' | 'usedPeers' | 'passedHeartbeats' | 'heartbeats' | 'clock'
>;

/**
 * The peers whose metrics are wanted, by their ids.
 *
 * @throws ForbiddenError where the key does not allow one of them
 * @throws InvalidRequestError where there are too many, whatever their channels
 */
async function measuredPeers(
  key: ApiKeyRecord,
  asked: readonly string[] | undefined,
  { directory }: { directory: PeerDirectory },
): Promise<string[]> {
  if (asked?.some((peerId) => key.peers !== 'all' && !key.peers.includes(peerId))) {
    throw new ForbiddenError('the API key does not allow access to one of these peers');
  }
  const among: Pick<ApiKeyRecord, 'peers'> = asked === undefined ? key : { peers: [...asked] };
  const found = await listPeersOf(directory, among, { prefix: '', limit: MOST_MEASURED_PEERS + 1 });
  if (found.length > MOST_MEASURED_PEERS) throw tooMany();
  return found.map(({ peerId }) => peerId).sort(compareTexts);
}

function tooMany(): InvalidRequestError {
  return new InvalidRequestError([{ path: 'peer', message: TOO_MANY }]);
}
