import * as z from 'zod/mini';
import { EXAMPLE_LABEL } from '../shared/domain/channel.ts';
import type { IncludableChannels } from '../shared/domain/channel-stats.ts';
import { described } from '../shared/domain/described.ts';
import { exampleCounts, sum } from '../shared/domain/metrics.ts';
import { monthBefore, monthOf } from '../shared/domain/month.ts';
import {
  firstDayOfReport,
  REPORT_PERIOD_PATTERN,
  type Report,
  type ReportPeriod,
  report,
} from '../shared/domain/report.ts';
import { dayOf, type UtcDay } from '../shared/domain/utc-day.ts';
import { InvalidRequestError } from '../shared/http/api-errors.ts';
import { includeChannels } from '../shared/http/parameters.ts';
import type { UsageContext } from './context.ts';

// What the operations that answer with a report have in common: they differ in its form alone.

const PERIOD_WORDS = 'period must be a month that exists, as YYYY-MM, such as 2025-10, or all';

/** The parameters of a report. */
export const reportQuery = z.object({
  period: described(z.optional(z.string().check(z.regex(REPORT_PERIOD_PATTERN, PERIOD_WORDS))), {
    param: {
      description:
        'The month (UTC) as `YYYY-MM`, none to come, or `all` for everything. Without it: the last month that ' +
        'is over.',
      example: '2025-10',
    },
  }),
  include: includeChannels(),
});

/** The example of what may be wrong with them. */
export const WRONG_PERIOD = { path: 'period', message: PERIOD_WORDS };

/** What a report is on, for the API description. */
export const REPORT_WORDS =
  'Answers with the report on a month, and the change of its totals against the month before, or with the ' +
  'report on everything. A month that is not over is compared with the same days of the month before. The ' +
  'conversations of a month are those that started in it.';

/** What a report is read with. */
export type ReportContext = Pick<UsageContext, 'usage' | 'clock'>;

/**
 * Makes the report that a request asks for.
 *
 * @returns it, and what it covers
 * @throws InvalidRequestError where that is a month to come
 */
export async function requestedReport(
  { peerId, query }: { peerId: string; query: z.output<typeof reportQuery> },
  { usage, clock }: ReportContext,
): Promise<{ made: Report; period: ReportPeriod }> {
  const today = dayOf(clock());
  const { period = monthBefore(monthOf(today)), include = new Set<IncludableChannels>() } = query;
  if (period !== 'all' && period > monthOf(today)) {
    throw new InvalidRequestError([{ path: 'period', message: 'period must not be a month to come' }]);
  }
  const from = firstDayOfReport(period);
  // Consistently, as whether there is history follows from a difference.
  const read = await usage.read(peerId, today, { ...(from !== undefined && { from }), consistent: true });
  return { made: report(read, { peerId, period, include, today }), period };
}

/** How much two channels were used on a day, and on the first day of the month before. */
const EXAMPLE_DAYS = [
  { channelId: EXAMPLE_LABEL.channelId, day: '2025-09-01', ...exampleCounts(6752, 500) },
  { channelId: EXAMPLE_LABEL.channelId, day: '2025-10-10', ...exampleCounts(8245, 485) },
  { channelId: 'direct', day: '2025-10-10', ...exampleCounts(195, 12) },
];

/** The reports of the API description's examples: on a month that is over, and on one that is not. */
export const EXAMPLE_REPORT = exampleReport('2025-11-22');
export const EXAMPLE_RUNNING_REPORT = exampleReport('2025-10-15');

/** A report on the month of the examples. @param today the day on which it is made */
function exampleReport(today: UtcDay): Report {
  const labels = [
    { channelId: EXAMPLE_LABEL.channelId, messageName: EXAMPLE_LABEL.channelName },
    { channelId: 'direct' },
  ];
  const channels = labels.map((label, index) => {
    const days = EXAMPLE_DAYS.filter(({ channelId }) => channelId === label.channelId);
    return { ...label, status: 'enabled' as const, registeredAt: 0, number: index + 1, allTime: sum(days) };
  });
  const query = { peerId: 'peer_123', period: '2025-10', include: new Set<never>(), today };
  return report({ channels, days: EXAMPLE_DAYS }, query);
}
