import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { EXAMPLE_LABEL } from '../shared/domain/channel.ts';
import type { IncludableChannels } from '../shared/domain/channel-stats.ts';
import { described } from '../shared/domain/described.ts';
import { exampleCounts, sum } from '../shared/domain/metrics.ts';
import { monthBefore, monthOf } from '../shared/domain/month.ts';
import {
  firstDayOfReport,
  REPORT_FORMATS,
  REPORT_PERIOD_PATTERN,
  type Report,
  type ReportFormat,
  type ReportPeriod,
  report,
  reportAnswer,
} from '../shared/domain/report.ts';
import { reportCsv } from '../shared/domain/report-csv.ts';
import { REPORT_STYLE, reportHtml } from '../shared/domain/report-html.ts';
import { reportMarkdown } from '../shared/domain/report-markdown.ts';
import { dayOf } from '../shared/domain/utc-day.ts';
import { PlainText } from '../shared/http/answers.ts';
import { InvalidRequestError } from '../shared/http/api-errors.ts';
import { operation } from '../shared/http/operation.ts';
import { includeChannels } from '../shared/http/parameters.ts';
import type { UsageContext } from './context.ts';

const PERIOD_WORDS = 'period must be a month that exists, as YYYY-MM, such as 2025-10, or all';

/** How much two channels were used in a month and on the first day of the one before. */
const EXAMPLE_DAYS = [
  { channelId: EXAMPLE_LABEL.channelId, day: '2025-09-01', ...exampleCounts(6752, 500) },
  { channelId: EXAMPLE_LABEL.channelId, day: '2025-10-31', ...exampleCounts(8245, 485) },
  { channelId: 'direct', day: '2025-10-31', ...exampleCounts(195, 12) },
];

/** The report of the API description's examples. */
const EXAMPLE: Report = report(
  {
    channels: [
      { channelId: EXAMPLE_LABEL.channelId, messageName: EXAMPLE_LABEL.channelName },
      { channelId: 'direct' },
    ].map((channel) => ({
      ...channel,
      status: 'enabled',
      registeredAt: 0,
      totals: {
        ...sum(EXAMPLE_DAYS.filter(({ channelId }) => channelId === channel.channelId)),
        openDays: [],
      },
    })),
    days: EXAMPLE_DAYS,
  },
  { peerId: 'peer_123', period: '2025-10', include: new Set(), today: '2025-11-22' },
);

/** Answers with the report on a month, or on everything, in the form that was asked for. */
export const getReport = operation('channelStatsReport', {
  tag: 'Statistics',
  summary: 'Get a report',
  description: [
    'Answers with the report on a month, and the change of its totals against the month before, or with the ' +
      'report on everything. The conversations of a month are those that started in it.',
    '',
    'Names and ids come from outside. In CSV an apostrophe goes before whatever a spreadsheet could run as a ' +
      'formula; in Markdown and HTML they are escaped and isolated. The page loads nothing and runs nothing.',
  ],
  query: z.object({
    period: described(z.optional(z.string().check(z.regex(REPORT_PERIOD_PATTERN, PERIOD_WORDS))), {
      param: {
        description:
          'The month (UTC) as `YYYY-MM`, none to come, or `all` for everything. Without it: the last month that ' +
          'is over.',
        example: '2025-10',
      },
    }),
    format: described(
      z._default(z.enum(REPORT_FORMATS, `format must be one of ${REPORT_FORMATS.join(', ')}`), 'json'),
      {
        param: {
          description: [
            'The form of the answer.',
            '- `json`: for programs.',
            '- `csv`: for spreadsheets, as a download: a row for each channel, and one with the totals.',
            '- `markdown`: for a text, with a table.',
            '- `html`: a page to be printed.',
          ].join('\n'),
          example: 'json',
        },
      },
    ),
    include: includeChannels(),
  }),
  answer: {
    description: 'The report.',
    schema: reportAnswer,
    examples: { report: { summary: 'A month', value: EXAMPLE } },
    texts: {
      'text/csv': { csv: { summary: 'With format=csv', value: reportCsv(EXAMPLE) } },
      'text/markdown': { markdown: { summary: 'With format=markdown', value: reportMarkdown(EXAMPLE) } },
      'text/html': {},
    },
    mayBeDownload: true,
  },
  badRequest: { path: 'period', message: PERIOD_WORDS },

  async handle({ peerId, query }, { usage, clock }: Pick<UsageContext, 'usage' | 'clock'>) {
    const today = dayOf(clock());
    const { period = monthBefore(monthOf(today)), format, include = new Set<IncludableChannels>() } = query;
    if (period !== 'all' && period > monthOf(today)) {
      throw new InvalidRequestError([{ path: 'period', message: 'period must not be a month to come' }]);
    }
    const from = firstDayOfReport(period);
    // Consistently, as whether there is history follows from a difference.
    const read = await usage.read(peerId, today, { ...(from !== undefined && { from }), consistent: true });
    return formatted(report(read, { peerId, period, include, today }), period, format);
  },
});

function formatted(made: Report, period: ReportPeriod, format: ReportFormat): Report | PlainText {
  switch (format) {
    case 'json':
      return made;
    case 'csv':
      return new PlainText(reportCsv(made), {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename="${fileName(made.peer, period)}.csv"`,
      });
    case 'markdown':
      return new PlainText(reportMarkdown(made), { 'content-type': 'text/markdown; charset=utf-8' });
    case 'html':
      return new PlainText(reportHtml(made), {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': PAGE_POLICY,
      });
  }
}

/** A page that may do nothing but show itself in its own style. */
const PAGE_POLICY = [
  'sandbox',
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(REPORT_STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A name that is one on every system, and nothing but a name in a header. */
function fileName(peerId: string, period: ReportPeriod): string {
  return `channel-usage-${peerId.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 64)}-${period}`;
}
