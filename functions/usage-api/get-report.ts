import { reportAnswer } from '../shared/domain/report.ts';
import { operation } from '../shared/http/operation.ts';
import {
  EXAMPLE_REPORT,
  EXAMPLE_RUNNING_REPORT,
  REPORT_WORDS,
  type ReportContext,
  reportQuery,
  requestedReport,
  WRONG_PERIOD,
} from './report-request.ts';

/** Answers with the report on a month, or on everything. */
export const getReport = operation('getReport', {
  tag: 'Statistics',
  summary: 'Get a report',
  description: [
    REPORT_WORDS,
    '',
    'The same report is a table for spreadsheets at `report.csv`, a text at `report.md`, and a page to be printed ' +
      'at `report.html`, with the same parameters.',
  ],
  query: reportQuery,
  answer: {
    description: 'The report.',
    schema: reportAnswer,
    examples: {
      report: { summary: 'A month', value: EXAMPLE_REPORT },
      running: { summary: 'A month that is not over', value: EXAMPLE_RUNNING_REPORT },
    },
  },
  badRequest: WRONG_PERIOD,

  async handle(request, context: ReportContext) {
    return (await requestedReport(request, context)).made;
  },
});
