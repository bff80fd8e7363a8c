import * as z from 'zod/mini';
import {
  DEFAULT_HISTORY_DAYS,
  historyRange,
  MAX_BUCKETS,
  MAX_CHANNEL_ENTRIES,
} from '../shared/domain/history.ts';
import { exampleCounts } from '../shared/domain/metrics.ts';
import { type ProofAnswer, proofAnswer, proofOf, proofProblem, provenParts } from '../shared/domain/proof.ts';
import { dayOf } from '../shared/domain/utc-day.ts';
import { InvalidRequestError } from '../shared/http/api-errors.ts';
import { operation } from '../shared/http/operation.ts';
import { dayParameter, inOrder } from '../shared/http/parameters.ts';
import type { UsageContext } from './context.ts';

const EXAMPLE_RANGE = { from: '2025-10-18', to: '2028-11-22' };

/** Answers with figures and the digests of the messages that they count. */
export const getProof = operation('getProof', {
  tag: 'Proof',
  summary: 'Get figures with their digests',
  description: [
    'Answers with the figures of every channel and day, each with a digest of the messages that it counts: whoever has ' +
      'the ids of the messages, and the proof key of the peer, computes the same digest. One message that is lost while ' +
      'another one is counted twice leaves a count as it was, and changes the digest.',
    '',
    'Days are proven while their evidence is kept, whole months before that. Days whose evidence may be gone, of a ' +
      'month that is only partly in the range, are left out. The digests of the days of a month add up to that of ' +
      'the month.',
    '',
    'Channels are listed whatever their status, but for purged ones. Two answers are the same for as long as the figures are.',
  ],
  query: inOrder(
    z.object({
      from: dayParameter('from', {
        description:
          `The first day (UTC). Without it: the one that makes it ${DEFAULT_HISTORY_DAYS} days up to the last.\n\n` +
          `At most ${MAX_BUCKETS} days and as many months are answered, and at most ${MAX_CHANNEL_ENTRIES} channels ` +
          'in all of them together.',
        example: '2026-11-01',
      }),
      to: dayParameter('to', {
        description: 'The last day (UTC), itself included. Without it: today.',
        example: '2026-11-15',
      }),
    }),
  ),
  answer: {
    description: 'The figures with their digests.',
    schema: proofAnswer,
    examples: {
      days: {
        summary: 'A month of long ago, and a day',
        value: {
          query: { peerId: 'peer_123', from: '2025-10-01', to: '2026-11-22', timezone: 'UTC' },
          days: [
            {
              day: '2026-11-22',
              channels: [
                {
                  channelId: 'integration_123',
                  ...exampleCounts(4, 1),
                  digest: '2f1c6a5be0d4908877a1b3c5d7e9f001',
                },
              ],
            },
          ],
          months: [
            {
              month: '2025-10',
              channels: [
                {
                  channelId: 'integration_123',
                  ...exampleCounts(812, 60),
                  digest: 'c0ffee00c0ffee00c0ffee00c0ffee00',
                },
              ],
            },
          ],
        },
      },
    },
  },
  badRequest: {
    path: 'from',
    message: proofProblem(provenParts(EXAMPLE_RANGE, '2026-11-22'), 0) ?? '',
  },

  async handle(
    { peerId, query },
    { proofs, clock }: Pick<UsageContext, 'proofs' | 'clock'>,
  ): Promise<ProofAnswer> {
    const today = dayOf(clock());
    const { from, to } = query;
    const range = historyRange(
      { ...(from !== undefined && { from }), ...(to !== undefined && { to }) },
      today,
    );
    if (range.from > range.to) throw wrongFrom('from must not be after today where to is left out');
    const parts = provenParts(range, today);
    const check = (channels: number) => {
      const problem = proofProblem(parts, channels);
      if (problem !== undefined) throw wrongFrom(problem);
    };
    check(0);
    const stored = await proofs.read(peerId, parts, check);
    return { query: { peerId, ...range, timezone: 'UTC' }, ...proofOf(stored, parts) };
  },
});

function wrongFrom(message: string): InvalidRequestError {
  return new InvalidRequestError([{ path: 'from', message }]);
}
