import * as z from 'zod/mini';
import { CHANNEL_STATUSES } from '../shared/domain/channel.ts';
import { INCLUDABLE, INCLUDABLE_CHANNELS } from '../shared/domain/channel-stats.ts';
import { NOT_COMPARABLE } from '../shared/domain/comparison.ts';
import { GROWTH_WEEKS } from '../shared/domain/growth.ts';
import { identifierPrefix } from '../shared/domain/identifier.ts';
import { INTERVALS } from '../shared/domain/interval.ts';
import { REPORT_FORMATS, REPORT_PERIOD_PATTERN } from '../shared/domain/report.ts';
import { isUtcDay } from '../shared/domain/utc-day.ts';

export { type Health as HealthAnswer, healthAnswer } from '../shared/domain/health.ts';

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

/** A schema of its own for every field, so that each can be described. */
function count() {
  return z.int().check(z.nonnegative());
}

/** Messages, and conversations that started. */
export const counts = z.object({ conversationCount: count(), messageCount: count() });

/** One channel in the answer of channel-stats. */
export const channelStatsEntry = z.object({
  channelId: z.string(),
  channelName: z.string(),
  galleryKey: z.exactOptional(z.string()),
  conversationCount: count(),
  messageCount: count(),
  percentage: z.exactOptional(z.number().check(z.minimum(0), z.maximum(100))),
  lastMessageAt: z.exactOptional(z.iso.datetime()),
  status: z.exactOptional(z.enum(CHANNEL_STATUSES)),
});

/** The answer of channel-stats. */
export const channelStatsAnswer = z.object({ channels: z.array(channelStatsEntry), total: counts });
export type ChannelStatsAnswer = z.output<typeof channelStatsAnswer>;

/** What names a channel. */
function channelLabel() {
  return { channelId: z.string(), channelName: z.string(), galleryKey: z.exactOptional(z.string()) };
}

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

/** One channel in a bucket. */
export const bucketEntry = z.object({ ...channelLabel(), messageCount: count(), conversationCount: count() });

/** One day, week or month of a history. */
export const historyBucket = z.object({
  start: z.iso.date(),
  end: z.iso.date(),
  complete: z.boolean(),
  channels: z.array(bucketEntry),
  total: counts,
  cumulative: counts,
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

/** A figure, and the change since an earlier one. */
export const comparison = z.object({
  current: count(),
  previous: z.nullable(count()),
  change: z.nullable(z.int()),
  changePercent: z.nullable(z.number()),
  reason: z.exactOptional(z.enum(NOT_COMPARABLE)),
});

/** One channel in a week. */
export const growthEntry = z.object({
  ...channelLabel(),
  messages: comparison,
  conversations: comparison,
});

/** All channels of a week, or of a report. */
export const totalChange = z.object({ messages: comparison, conversations: comparison });

/** A week, compared with the one before. */
export const growthWeek = z.object({
  start: z.iso.date(),
  end: z.iso.date(),
  channels: z.array(growthEntry),
  total: totalChange,
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

/** One channel in a report. */
export const reportChannel = z.object({
  name: z.string(),
  messages: count(),
  conversations: count(),
  avgMessagesPerConversation: z.nullable(z.number().check(z.nonnegative())),
  marketShare: z.string().check(z.regex(/^\d{1,3}\.\d%$/)),
  engagement: z.enum(['High', 'Low']),
});

/** The sums of a report. */
export const reportOverview = z.object({
  totalMessages: count(),
  totalConversations: count(),
  channelCount: count(),
});

/** The answer of a report, in JSON. */
export const reportAnswer = z.object({
  period: z.string(),
  peer: z.string(),
  overview: reportOverview,
  channels: z.array(reportChannel),
  change: z.nullable(totalChange),
  complete: z.boolean(),
});
export type ReportAnswer = z.output<typeof reportAnswer>;

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
