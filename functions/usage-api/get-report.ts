import { createHash } from 'node:crypto';
import type { IncludableChannels } from '../shared/domain/channel-stats.ts';
import { monthBefore, monthOf } from '../shared/domain/month.ts';
import {
  firstDayOfReport,
  type Report,
  type ReportFormat,
  type ReportPeriod,
  report,
} from '../shared/domain/report.ts';
import { reportCsv } from '../shared/domain/report-csv.ts';
import { REPORT_STYLE, reportHtml } from '../shared/domain/report-html.ts';
import { reportMarkdown } from '../shared/domain/report-markdown.ts';
import { dayOf, type EpochMillis } from '../shared/domain/utc-day.ts';
import { InvalidRequestError } from '../shared/http/api-errors.ts';
import { type PeerRequest, PlainText } from '../shared/http/http.ts';
import { parseQuery } from '../shared/http/request-parsing.ts';
import type { UsageReader } from '../shared/store/usage-reader.ts';
import { type ReportAnswer, reportQuery } from './contract.ts';

/** Answers with the report on a month, or on everything, in the form that was asked for. */
export function getReport(
  reader: Pick<UsageReader, 'read'>,
  clock: () => EpochMillis,
): (request: PeerRequest) => Promise<ReportAnswer | PlainText> {
  return async ({ peerId, query }) => {
    const today = dayOf(clock());
    const asked = parseQuery(reportQuery, query);
    const { period = monthBefore(monthOf(today)), format, include = new Set<IncludableChannels>() } = asked;
    if (period !== 'all' && period > monthOf(today)) {
      throw new InvalidRequestError([{ path: 'period', message: 'period must not be a month to come' }]);
    }
    const from = firstDayOfReport(period);
    // Consistently, as whether there is history follows from a difference.
    const usage = await reader.read(peerId, today, { ...(from !== undefined && { from }), consistent: true });
    return formatted(report(usage, { peerId, period, include, today }), period, format);
  };
}

function formatted(made: Report, period: ReportPeriod, format: ReportFormat): ReportAnswer | PlainText {
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
