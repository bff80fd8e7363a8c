import type { ReportPeriod } from '../shared/domain/report.ts';
import { reportCsv } from '../shared/domain/report-csv.ts';
import { PlainText } from '../shared/http/answers.ts';
import { operation } from '../shared/http/operation.ts';
import {
  EXAMPLE_REPORT,
  REPORT_WORDS,
  type ReportContext,
  reportQuery,
  requestedReport,
  WRONG_PERIOD,
} from './report-request.ts';

/** Answers with a report as a table for spreadsheets. */
export const getReportCsv = operation('getReportCsv', {
  tag: 'Statistics',
  summary: 'Get a report as CSV',
  description: [
    `${REPORT_WORDS} It is a download for spreadsheets: a row for each channel, and one with the totals.`,
    '',
    'Names and ids come from outside: an apostrophe goes before whatever a spreadsheet could run as a formula.',
  ],
  query: reportQuery,
  answer: {
    description: 'The report.',
    text: {
      mediaType: 'text/csv',
      examples: { report: { summary: 'A month', value: reportCsv(EXAMPLE_REPORT) } },
    },
    isDownload: true,
  },
  badRequest: WRONG_PERIOD,

  async handle(request, context: ReportContext) {
    const { made, period } = await requestedReport(request, context);
    return new PlainText(reportCsv(made), {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${fileName(made.peer, period)}.csv"`,
    });
  },
});

/** A name that is one on every system, and nothing but a name in a header. */
function fileName(peerId: string, period: ReportPeriod): string {
  return `channel-usage-${peerId.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 64)}-${period}`;
}
