import * as z from 'zod/mini';
import { EXAMPLE_LABEL } from '../shared/domain/channel.ts';
import { type IncludableChannels, listedChannels } from '../shared/domain/channel-stats.ts';
import { component, described } from '../shared/domain/described.ts';
import {
  DEFAULT_HISTORY_DAYS,
  history,
  historyBucket,
  historyProblem,
  historyRange,
  MAX_BUCKETS,
  MAX_CHANNEL_ENTRIES,
} from '../shared/domain/history.ts';
import { INTERVALS } from '../shared/domain/interval.ts';
import { add, exampleCounts } from '../shared/domain/metrics.ts';
import { dayOf, isoSeconds } from '../shared/domain/utc-day.ts';
import { InvalidRequestError } from '../shared/http/api-errors.ts';
import { operation } from '../shared/http/operation.ts';
import { dayParameter, includeChannels, inOrder } from '../shared/http/parameters.ts';
import type { UsageContext } from './context.ts';

const historyRequest = component(
  'HistoryRequest',
  'What was asked for, with what was left out filled in.',
  z.object({
    peerId: described(z.string(), 'The peer.'),
    from: described(z.iso.date(), 'The first day of the range.'),
    to: described(z.iso.date(), 'The last day of the range.'),
    interval: described(z.enum(INTERVALS), 'What a bucket is.'),
    timezone: described(z.literal('UTC'), 'Whose days these are.'),
  }),
);

/** The answer of a history. */
export const historyAnswer = component(
  'UsageHistory',
  'The figures of a peer over time.',
  z.object({
    query: historyRequest,
    buckets: described(
      z.array(historyBucket),
      'Every day, week or month of the range, from the earliest on, also empty ones.',
    ),
    asOf: described(z.iso.datetime(), 'When the figures were read (UTC).'),
  }),
);
export type HistoryAnswer = z.output<typeof historyAnswer>;

const UNTIL_YESTERDAY = exampleCounts(8000, 470);
const YESTERDAY = exampleCounts(12, 3);
const TODAY = exampleCounts(4, 0);

/** Answers with a peer's figures by day, week or month. */
export const getHistory = operation('getHistory', {
  tag: 'Statistics',
  summary: 'Get a history',
  description: [
    'Answers with the figures of every channel by day, week or month, and with the all-time figures at the ' +
      'end of each.',
    'Late messages show on their own day at once.',
    '',
    'With `include=disabled,removed` the sum of the messages of all buckets, the difference of the cumulative ' +
      'figures at their ends, and the number of messages sent in the range are the same number.',
  ],
  query: inOrder(
    z.object({
      from: dayParameter('from', {
        description:
          `The first day (UTC). Without it: the one that makes it ${DEFAULT_HISTORY_DAYS} days up to the last.\n\n` +
          `It must be late enough for at most ${MAX_BUCKETS} buckets, and for at most ${MAX_CHANNEL_ENTRIES} ` +
          'channels in all buckets together.',
        example: '2026-11-01',
      }),
      to: dayParameter('to', {
        description: 'The last day (UTC), itself included. Without it: today.',
        example: '2026-11-15',
      }),
      interval: described(
        z._default(z.enum(INTERVALS, `interval must be one of ${INTERVALS.join(', ')}`), 'day'),
        {
          param: {
            description: 'Whether a bucket is a day, a week from Monday to Sunday, or a month.',
            example: 'day',
          },
        },
      ),
      include: includeChannels(),
    }),
  ),
  answer: {
    description: 'The history.',
    schema: historyAnswer,
    examples: {
      days: {
        summary: 'Two days',
        value: {
          query: {
            peerId: 'peer_123',
            from: '2026-11-21',
            to: '2026-11-22',
            interval: 'day',
            timezone: 'UTC',
          },
          buckets: [
            {
              start: '2026-11-21',
              end: '2026-11-21',
              complete: true,
              channels: [{ ...EXAMPLE_LABEL, ...YESTERDAY }],
              total: YESTERDAY,
              cumulative: UNTIL_YESTERDAY,
            },
            {
              start: '2026-11-22',
              end: '2026-11-22',
              complete: false,
              channels: [{ ...EXAMPLE_LABEL, ...TODAY }],
              total: TODAY,
              cumulative: add(UNTIL_YESTERDAY, TODAY),
            },
          ],
          asOf: '2026-11-22T10:00:00Z',
        },
      },
    },
  },
  badRequest: {
    path: 'from',
    message: historyProblem({ from: '2025-10-18', to: '2026-11-22' }, 'day', 0) ?? '',
  },

  async handle(
    { peerId, query },
    { usage, clock }: Pick<UsageContext, 'usage' | 'clock'>,
  ): Promise<HistoryAnswer> {
    const now = clock();
    const today = dayOf(now);
    const { from, to, interval, include = new Set<IncludableChannels>() } = query;
    const range = historyRange(
      { ...(from !== undefined && { from }), ...(to !== undefined && { to }) },
      today,
    );
    if (range.from > range.to) throw wrongFrom('from must not be after today where to is left out');
    refuse(historyProblem(range, interval, 0));
    // Consistently, as figures are subtracted: those of one moment from those of another give nonsense.
    const read = await usage.read(peerId, today, { from: range.from, consistent: true });
    refuse(historyProblem(range, interval, listedChannels(read, include).length));
    return {
      query: { peerId, ...range, interval, timezone: 'UTC' },
      buckets: history(read, { ...range, interval, include, today }),
      asOf: isoSeconds(now),
    };
  },
});

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw wrongFrom(problem);
}

function wrongFrom(message: string): InvalidRequestError {
  return new InvalidRequestError([{ path: 'from', message }]);
}
