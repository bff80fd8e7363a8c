import * as z from 'zod/mini';
import { INCLUDABLE, INCLUDABLE_CHANNELS } from '../shared/domain/channel-stats.ts';
import { GROWTH_WEEKS, growthWeek } from '../shared/domain/growth.ts';
import { historyBucket } from '../shared/domain/history.ts';
import { identifierPrefix } from '../shared/domain/identifier.ts';
import { INTERVALS } from '../shared/domain/interval.ts';
import { count } from '../shared/domain/metrics.ts';
import { REPORT_FORMATS, REPORT_PERIOD_PATTERN } from '../shared/domain/report.ts';
import { isUtcDay } from '../shared/domain/utc-day.ts';

export {
  type ChannelStats as ChannelStatsAnswer,
  channelStatsAnswer,
} from '../shared/domain/channel-stats.ts';
export { type Health as HealthAnswer, healthAnswer } from '../shared/domain/health.ts';
export { type Report as ReportAnswer, reportAnswer } from '../shared/domain/report.ts';

/** A day in a query string. */
function dayParameter(name: string) {
  return z
    .string()
    .check(z.refine(isUtcDay, `${name} must be a day that exists, as YYYY-MM-DD, such as 2026-11-22`));
}

/** A list of words in a query string, separated by commas. */
function includeParameter<const Words extends readonly string[]>(words: Words) {
  const includable = z.enum(words);
  return z.pipe(
    z
      .string()
      .check(
        z.refine(
          (text) => text.split(',').every((word) => z.safeParse(includable, word).success),
          `include must be a comma-separated list of ${words.join(', ')}`,
        ),
      ),
    z.transform((text: string) => new Set(text.split(',').map((word) => z.parse(includable, word)))),
  );
}

/** A whole number in a query string, both limits included. */
function wholeNumberParameter(name: string, { least, most }: { least: number; most: number }) {
  return z.pipe(
    z
      .string()
      .check(
        z.refine(
          (text) => /^(0|[1-9]\d*)$/.test(text) && Number(text) >= least && Number(text) <= most,
          `${name} must be a whole number from ${least} to ${most}`,
        ),
      ),
    z.transform(Number),
  );
}

/** Refuses a range whose days are in the wrong order. */
function inOrder() {
  return z.refine<{ from?: string | undefined; to?: string | undefined }>(
    ({ from, to }) => from === undefined || to === undefined || from <= to,
    { error: 'from must not be after to', path: ['from'] },
  );
}

/** The query of channel-stats: a range of days, both included, and what else to tell. */
export const channelStatsQuery = z
  .object({
    from: z.optional(dayParameter('from')),
    to: z.optional(dayParameter('to')),
    include: z.optional(includeParameter(INCLUDABLE)),
  })
  .check(inOrder());

/** The query of a history: a range of days, both included, and how to divide it. */
export const historyQuery = z
  .object({
    from: z.optional(dayParameter('from')),
    to: z.optional(dayParameter('to')),
    interval: z._default(z.enum(INTERVALS, `interval must be one of ${INTERVALS.join(', ')}`), 'day'),
    include: z.optional(includeParameter(INCLUDABLE_CHANNELS)),
  })
  .check(inOrder());

/** What a history answers to. */
export const historyRequest = z.object({
  peerId: z.string(),
  from: z.iso.date(),
  to: z.iso.date(),
  interval: z.enum(INTERVALS),
  timezone: z.literal('UTC'),
});

/** The answer of a history. */
export const historyAnswer = z.object({
  query: historyRequest,
  buckets: z.array(historyBucket),
  asOf: z.iso.datetime(),
});
export type HistoryAnswer = z.output<typeof historyAnswer>;

/** The query of growth: how many weeks. */
export const growthQuery = z.object({
  weeks: z._default(wholeNumberParameter('weeks', GROWTH_WEEKS), GROWTH_WEEKS.default),
  include: z.optional(includeParameter(INCLUDABLE_CHANNELS)),
});

/** What growth answers to. */
export const growthRequest = z.object({
  peerId: z.string(),
  weeks: count(),
  through: z.iso.date(),
  timezone: z.literal('UTC'),
});

/** The answer of growth. */
export const growthAnswer = z.object({
  query: growthRequest,
  weeks: z.array(growthWeek),
  asOf: z.iso.datetime(),
});
export type GrowthAnswer = z.output<typeof growthAnswer>;

/** The query of a report: on which month, or on everything, and in which form. */
export const reportQuery = z.object({
  period: z.optional(
    z
      .string()
      .check(
        z.regex(
          REPORT_PERIOD_PATTERN,
          'period must be a month that exists, as YYYY-MM, such as 2025-10, or all',
        ),
      ),
  ),
  format: z._default(z.enum(REPORT_FORMATS, `format must be one of ${REPORT_FORMATS.join(', ')}`), 'json'),
  include: z.optional(includeParameter(INCLUDABLE_CHANNELS)),
});

/** How many peers an answer lists. */
export const PEERS_LIMIT = { least: 1, most: 100, default: 50 } as const;

/** The query of the list of peers. */
export const peersQuery = z.object({
  prefix: z._default(identifierPrefix('prefix'), ''),
  limit: z._default(wholeNumberParameter('limit', PEERS_LIMIT), PEERS_LIMIT.default),
  cursor: z.optional(z.string()),
});

/** A peer in the list of peers. */
export const listedPeer = z.object({ peerId: z.string(), lastActiveDay: z.nullable(z.iso.date()) });

/** The answer of the list of peers. */
export const peersAnswer = z.object({ peers: z.array(listedPeer), cursor: z.nullable(z.string()) });
export type PeersAnswer = z.output<typeof peersAnswer>;
