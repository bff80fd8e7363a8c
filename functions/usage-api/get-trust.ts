import { countingLag, notCountedDays, trust, trustAnswer } from '../shared/domain/trust.ts';
import { dayOf } from '../shared/domain/utc-day.ts';
import { operation } from '../shared/http/operation.ts';
import type { UsageContext } from './context.ts';

/** Answers with how far the figures of a peer may be trusted. */
export const getTrust = operation('getTrust', {
  tag: 'Statistics',
  summary: 'Get how far the figures may be trusted',
  description: [
    'Answers with up to when the figures of a peer are complete, and with what is missing in them.',
    '',
    'Heartbeats go through the stream of messages as messages do, every five minutes and also when there is no ' +
      'traffic, and `countedThrough` follows those that have passed. So a zero is a zero, and not a failure that ' +
      'nobody has noticed. It holds in every part of the stream that a heartbeat reached; the documentation says ' +
      'how likely it is that one does not reach all of them.',
    '',
    'Figures that are asked for right afterwards may be those of a moment before, as they are read without ' +
      'waiting for what was written last.',
  ],
  answer: {
    description: 'How far the figures may be trusted.',
    schema: trustAnswer,
    examples: {
      current: {
        summary: 'Figures that are complete',
        value: {
          status: 'current',
          countedThrough: '2026-11-27T09:58:01Z',
          lagSeconds: 124,
          firstCountedDay: '2026-09-28',
          sealedThrough: '2026-11-26',
          notCounted: { quarantined: 0, givenUp: 0 },
          channels: [{ channelId: 'integration_123', lastMessageAt: '2026-11-27T09:59:58.000Z' }],
          audited: { at: '2026-11-22T02:10:00Z', result: 'agrees' },
          asOf: '2026-11-27T10:00:05Z',
        },
      },
      stalled: {
        summary: 'Nothing was ever counted',
        value: {
          status: 'stalled',
          countedThrough: null,
          lagSeconds: null,
          firstCountedDay: null,
          sealedThrough: null,
          notCounted: { quarantined: 0, givenUp: 0 },
          channels: [],
          asOf: '2026-11-27T10:00:05Z',
        },
      },
    },
  },

  async handle(
    { peerId },
    {
      usage,
      passedHeartbeats,
      knownOfFigures,
      heartbeats,
      clock,
    }: Pick<UsageContext, 'usage' | 'passedHeartbeats' | 'knownOfFigures' | 'heartbeats' | 'clock'>,
  ) {
    // Before all else: what is read later holds everything that was counted by then.
    const passed = await passedHeartbeats.read();
    const now = clock();
    const { from, to } = notCountedDays(now);
    const [extent, known] = await Promise.all([
      usage.readExtent(peerId, dayOf(now)),
      knownOfFigures.read(peerId, from, to),
    ]);
    return trust(countingLag(passed, heartbeats.keys, now), extent, known, heartbeats, now);
  },
});
