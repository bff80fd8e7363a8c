import * as z from 'zod/mini';
import { EXAMPLE_LABEL } from '../shared/domain/channel.ts';
import {
  type ChannelStats,
  type ChannelStatsQuery,
  channelStats,
  channelStatsAnswer,
  INCLUDABLE,
  messagesLast,
  type UsageSource,
} from '../shared/domain/channel-stats.ts';
import { type ComparedRange, comparedRange, rangeThrough } from '../shared/domain/compared-range.ts';
import { compareCounts } from '../shared/domain/comparison.ts';
import { described } from '../shared/domain/described.ts';
import type { DayRange } from '../shared/domain/interval.ts';
import { add, exampleCounts } from '../shared/domain/metrics.ts';
import { dayOf, EARLIEST_DAY, type UtcDay } from '../shared/domain/utc-day.ts';
import { InvalidRequestError } from '../shared/http/api-errors.ts';
import { operation } from '../shared/http/operation.ts';
import { dayParameter, inOrder, wordsParameter } from '../shared/http/parameters.ts';
import type { UsageContext } from './context.ts';

const WEBCHAT = { ...EXAMPLE_LABEL, ...messagesLast(exampleCounts(8245, 485)) };
const DIRECT = {
  channelId: 'direct',
  channelName: 'Direct/Web',
  ...messagesLast(exampleCounts(195, 12)),
};
const TOTAL = messagesLast(add(WEBCHAT, DIRECT));

/** Answers with the figures of a peer's channels, all-time or in a range of days, both included. */
export const getChannelStats = operation('getChannelStats', {
  tag: 'Statistics',
  summary: 'Get messages and conversations by channel',
  description: [
    'Answers with the figures of every channel of a peer: all-time, or with `from` or `to` in a range of days.',
    'The conversations of a range are those that started in it.',
    '',
    'A peer without messages or channels is no error: it has no channels, and the total is 0.',
  ],
  query: inOrder(
    z.object({
      from: dayParameter('from', {
        description:
          'The first day (UTC) of the range. Without it, but with `to`, the range begins with the first day there is.',
        example: '2026-11-01',
      }),
      to: dayParameter('to', {
        description: 'The last day (UTC) of the range, itself included. Without it the range has no end.',
        example: '2026-11-15',
      }),
      include: wordsParameter('include', INCLUDABLE, {
        description: [
          'What else to tell, separated by commas.',
          '- `percentage` adds `percentage` to each channel.',
          '- `activity` adds `lastMessageAt` and `status` to each channel.',
          '- `disabled` lists disabled channels too, and counts them in the total.',
          '- `removed` does so for removed channels.',
        ].join('\n'),
        example: ['percentage', 'activity'],
      }),
      compare: described(z.optional(z.enum(['previous'], 'compare must be previous')), {
        param: {
          description: [
            '`previous` sets every figure beside that of as many days right before the range, which `previousRange` ' +
              'names. It needs `from`, `to` or both.',
            '- Without `to` the range ends with today.',
            '- Without `from` it begins with the first day on which a message was counted on any channel of the ' +
              'peer, before which there is no history.',
            '- A range that includes today, or ends later, is compared as it is so far, with whole days: ' +
              '`complete` is `false` then.',
          ].join('\n'),
          example: 'previous',
        },
      }),
    }),
  ),
  answer: {
    description: 'The figures.',
    schema: channelStatsAnswer,
    examples: {
      allTime: { summary: 'All-time', value: { channels: [WEBCHAT, DIRECT], total: TOTAL } },
      included: {
        summary: 'With include=percentage,activity',
        value: {
          channels: [
            { ...WEBCHAT, percentage: 97.7, lastMessageAt: '2026-11-22T09:55:00.000Z', status: 'enabled' },
            { ...DIRECT, percentage: 2.3, lastMessageAt: '2026-11-20T16:20:00.000Z', status: 'enabled' },
          ],
          total: TOTAL,
        },
      },
      compared: {
        summary: 'With from=2026-11-01, to=2026-11-15 and compare=previous',
        value: {
          channels: [{ ...WEBCHAT, previous: compareCounts(WEBCHAT, exampleCounts(6596, 450)) }],
          total: {
            ...messagesLast(exampleCounts(8245, 485)),
            previous: compareCounts(WEBCHAT, exampleCounts(6596, 450)),
          },
          previousRange: { from: '2026-10-17', to: '2026-10-31' },
          complete: true,
        },
      },
    },
  },
  badRequest: { path: 'from', message: 'from must not be after to' },

  async handle(
    { peerId, query: { from, to, include, compare } },
    { usage, clock }: Pick<UsageContext, 'usage' | 'clock'>,
  ): Promise<ChannelStats> {
    const today = dayOf(clock());
    const range = {
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
    };
    const query = { ...range, ...(include !== undefined && { include }) };
    if (compare === undefined) return channelStats(await usage.read(peerId, today, range), query);
    if (from === undefined && to === undefined) {
      throw wrong('compare', 'compare needs a range: from, to or both');
    }
    return channelStatsCompared(usage, peerId, query, today);
  },
});

/**
 * The figures of a range beside those of the days before. They are read consistently, as whether there is history follows
 * from a difference.
 */
async function channelStatsCompared(
  usage: UsageSource,
  peerId: string,
  query: ChannelStatsQuery,
  today: UtcDay,
): Promise<ChannelStats> {
  const { from, to = today } = query;
  if (from === undefined) {
    const read = await usage.read(peerId, today, { from: EARLIEST_DAY, consistent: true });
    return channelStats(read, { ...query, compared: compared(rangeThrough(read.days, to), 'to', today) });
  }
  if (from > to)
    throw wrong('from', 'from must not be after today where to is left out and compare is given');
  const range = compared({ from, to }, 'from', today);
  const read = await usage.read(peerId, today, { from: range.previousRange.from, consistent: true });
  return channelStats(read, { ...query, compared: range });
}

function compared(range: DayRange, path: 'from' | 'to', today: UtcDay): ComparedRange {
  const found = comparedRange(range, today);
  if (found === undefined)
    throw wrong(path, `compare needs as many days before the range, from ${EARLIEST_DAY} on`);
  return found;
}

function wrong(path: string, message: string): InvalidRequestError {
  return new InvalidRequestError([{ path, message }]);
}
