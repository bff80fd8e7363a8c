import * as z from 'zod/mini';
import { EXAMPLE_LABEL } from '../shared/domain/channel.ts';
import type { IncludableChannels } from '../shared/domain/channel-stats.ts';
import { compareCounts } from '../shared/domain/comparison.ts';
import { component, described } from '../shared/domain/described.ts';
import { firstDayOfGrowth, GROWTH_WEEKS, growth, growthWeek } from '../shared/domain/growth.ts';
import { count, exampleCounts, ZERO } from '../shared/domain/metrics.ts';
import { addDays, dayOf, isoSeconds } from '../shared/domain/utc-day.ts';
import { operation } from '../shared/http/operation.ts';
import { includeChannels, wholeNumberParameter } from '../shared/http/parameters.ts';
import type { UsageContext } from './context.ts';

const growthRequest = component(
  'GrowthRequest',
  'What was asked for, with what was left out filled in.',
  z.object({
    peerId: described(z.string(), 'The peer.'),
    weeks: described(count(), 'How many weeks there are.'),
    through: described(z.iso.date(), 'The last day of the newest week: yesterday.'),
    timezone: described(z.literal('UTC'), 'Whose days these are.'),
  }),
);

/** The answer of growth. */
export const growthAnswer = component(
  'UsageGrowth',
  'The figures of a peer week over week.',
  z.object({
    query: growthRequest,
    weeks: described(
      z.array(growthWeek),
      'The newest first: the seven days up to yesterday, then each time the seven days before.',
    ),
    asOf: described(z.iso.datetime(), 'When the figures were read (UTC).'),
  }),
);
export type GrowthAnswer = z.output<typeof growthAnswer>;

const A_QUARTER_MORE = compareCounts(exampleCounts(40, 5), exampleCounts(32, 5));
const FROM_NOTHING = compareCounts(exampleCounts(40, 5), ZERO);
const WITHOUT_HISTORY = compareCounts(ZERO, undefined);

/** Answers with a peer's figures of the last weeks, each beside those of the week before. */
export const getGrowth = operation('getGrowth', {
  tag: 'Statistics',
  summary: 'Get growth week over week',
  description: [
    'Answers with the messages and conversations of the last weeks, by channel and in total, each beside those ' +
      'of the week before. A week is seven complete days; the newest one ends yesterday.',
    '',
    'Where the week before cannot be compared with, a `reason` says why.',
  ],
  query: z.object({
    weeks: wholeNumberParameter('weeks', GROWTH_WEEKS, {
      description: 'How many weeks to compare.',
      example: GROWTH_WEEKS.default,
    }),
    include: includeChannels(),
  }),
  answer: {
    description: 'The weeks.',
    schema: growthAnswer,
    examples: {
      week: {
        summary: 'One week',
        value: {
          query: { peerId: 'peer_123', weeks: 1, through: '2026-11-21', timezone: 'UTC' },
          weeks: [
            {
              start: '2026-11-15',
              end: '2026-11-21',
              channels: [{ ...EXAMPLE_LABEL, ...A_QUARTER_MORE }],
              total: A_QUARTER_MORE,
            },
          ],
          asOf: '2026-11-22T10:00:00Z',
        },
      },
      notCompared: {
        summary: 'A week after one without messages, and the one after the first',
        value: {
          query: { peerId: 'peer_new', weeks: 2, through: '2026-11-21', timezone: 'UTC' },
          weeks: [
            {
              start: '2026-11-15',
              end: '2026-11-21',
              channels: [{ ...EXAMPLE_LABEL, ...FROM_NOTHING }],
              total: FROM_NOTHING,
            },
            {
              start: '2026-11-08',
              end: '2026-11-14',
              channels: [{ ...EXAMPLE_LABEL, ...WITHOUT_HISTORY }],
              total: WITHOUT_HISTORY,
            },
          ],
          asOf: '2026-11-22T10:00:00Z',
        },
      },
    },
  },
  badRequest: {
    path: 'weeks',
    message: `weeks must be a whole number from ${GROWTH_WEEKS.least} to ${GROWTH_WEEKS.most}`,
  },

  async handle(
    { peerId, query: { weeks, include = new Set<IncludableChannels>() } },
    { usage, clock }: Pick<UsageContext, 'usage' | 'clock'>,
  ): Promise<GrowthAnswer> {
    const now = clock();
    const today = dayOf(now);
    const through = addDays(today, -1);
    // Consistently, as whether there is history follows from a difference.
    const read = await usage.read(peerId, today, {
      from: firstDayOfGrowth({ weeks, through }),
      consistent: true,
    });
    return {
      query: { peerId, weeks, through, timezone: 'UTC' },
      weeks: growth(read, { weeks, through, include }),
      asOf: isoSeconds(now),
    };
  },
});
