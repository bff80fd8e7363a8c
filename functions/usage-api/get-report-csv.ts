import * as z from 'zod/mini';
import { CSV_SEPARATORS } from '../shared/domain/csv.ts';
import { described } from '../shared/domain/described.ts';
import type { Report, ReportPeriod } from '../shared/domain/report.ts';
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
    `${REPORT_WORDS} It is a download for spreadsheets: a row for each channel, and one with the totals. Every ` +
      'row says of which days its figures are (`from`, `to`, both included, `timezone`) and whether they are ' +
      'over; the total also which days it is compared with (`previousFrom`, `previousTo`). In a report on ' +
      'everything, `from` is empty.',
    '',
    'Names and ids come from outside: an apostrophe goes before whatever a spreadsheet could run as a formula.',
  ],
  query: z.extend(reportQuery, { separator: separatorParameter() }),
  answer: {
    description: 'The report.',
    text: {
      mediaType: 'text/csv',
      examples: {
        report: { summary: 'A month', value: reportCsv(EXAMPLE_REPORT) },
        semicolon: { summary: 'With separator=semicolon', value: reportCsv(EXAMPLE_REPORT, 'semicolon') },
      },
    },
    isDownload: true,
  },
  badRequest: WRONG_PERIOD,

  async handle(request, context: ReportContext) {
    const { made, period } = await requestedReport(request, context);
    const { separator } = request.query;
    const extension = separator === 'tab' ? 'tsv' : 'csv';
    return new PlainText(reportCsv(made, separator), {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${fileName(made, period)}.${extension}"`,
    });
  },
});

function separatorParameter() {
  const error = `separator must be one of ${CSV_SEPARATORS.join(', ')}`;
  return described(z._default(z.enum(CSV_SEPARATORS, error), 'comma'), {
    param: {
      description: [
        'What separates the cells of a row.',
        '- `comma`: as RFC 4180 says.',
        '- `semicolon`: for spreadsheets of languages in which numbers have a decimal comma; so have those of ' +
          'this file.',
        '- `tab`: for what reads tabs; numbers have a decimal point.',
      ].join('\n'),
      example: 'comma',
    },
  });
}

/**
 * A name that is one on every system, and nothing but a name in a header. That of a report on a period that is not
 * over has the day up to which it goes: the one of tomorrow is another file.
 */
function fileName({ peer, complete, range }: Report, period: ReportPeriod): string {
  const days = complete ? period : `${period}-to-${range.to}`;
  return `channel-usage-${peer.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 64)}-${days}`;
}
