import { reportMarkdown } from '../shared/domain/report-markdown.ts';
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

/** Answers with a report as a text in Markdown. */
export const getReportMarkdown = operation('getReportMarkdown', {
  tag: 'Statistics',
  summary: 'Get a report as Markdown',
  description: [
    `${REPORT_WORDS} It is a text with a table.`,
    '',
    'Names and ids come from outside: they are escaped and isolated.',
  ],
  query: reportQuery,
  answer: {
    description: 'The report.',
    text: {
      mediaType: 'text/markdown',
      examples: { report: { summary: 'A month', value: reportMarkdown(EXAMPLE_REPORT) } },
    },
  },
  badRequest: WRONG_PERIOD,

  async handle(request, context: ReportContext) {
    const { made } = await requestedReport(request, context);
    return new PlainText(reportMarkdown(made), { 'content-type': 'text/markdown; charset=utf-8' });
  },
});
