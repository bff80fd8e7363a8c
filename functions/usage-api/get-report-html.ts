import { createHash } from 'node:crypto';
import { REPORT_STYLE, reportHtml } from '../shared/domain/report-html.ts';
import { PlainText } from '../shared/http/answers.ts';
import { operation } from '../shared/http/operation.ts';
import {
  REPORT_WORDS,
  type ReportContext,
  reportQuery,
  requestedReport,
  WRONG_PERIOD,
} from './report-request.ts';

/** Answers with a report as a page to be printed. */
export const getReportHtml = operation('getReportHtml', {
  tag: 'Statistics',
  summary: 'Get a report as a page',
  description: [
    `${REPORT_WORDS} It is a page to be printed, which loads nothing and runs nothing.`,
    '',
    'Names and ids come from outside: they are escaped and isolated.',
  ],
  query: reportQuery,
  answer: { description: 'The report.', text: { mediaType: 'text/html' } },
  badRequest: WRONG_PERIOD,

  async handle(request, context: ReportContext) {
    const { made } = await requestedReport(request, context);
    return new PlainText(reportHtml(made), {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': PAGE_POLICY,
    });
  },
});

/** A page that may do nothing but show itself in its own style. */
const PAGE_POLICY = [
  'sandbox',
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(REPORT_STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
