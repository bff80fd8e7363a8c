import * as z from 'zod/mini';
import { EXAMPLE_LABEL } from '../shared/domain/channel.ts';
import {
  channelStats,
  channelStatsAnswer,
  INCLUDABLE,
  messagesLast,
} from '../shared/domain/channel-stats.ts';
import { add, exampleCounts } from '../shared/domain/metrics.ts';
import { dayOf } from '../shared/domain/utc-day.ts';
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
    },
  },
  badRequest: { path: 'from', message: 'from must not be after to' },

  async handle(
    { peerId, query: { from, to, include } },
    { usage, clock }: Pick<UsageContext, 'usage' | 'clock'>,
  ) {
    const range = {
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
    };
    const read = await usage.read(peerId, dayOf(clock()), range);
    return channelStats(read, { ...range, ...(include !== undefined && { include }) });
  },
});
