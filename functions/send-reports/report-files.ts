import type { MonthlyReport } from '../shared/domain/monthly-report.ts';
import { reportCsv } from '../shared/domain/report-csv.ts';
import { reportHtml } from '../shared/domain/report-html.ts';
import { REPORTS_PREFIX } from '../shared/runtime/export-settings.ts';

/** A file of a report. */
export interface ReportFile {
  /** Its path in the bucket of reports and exported days, with a part for the month and one for the peer. */
  key: string;
  body: string;
  contentType: string;
}

/** A report as the files that the API answers with. */
export function reportFiles({ peerId, month, report }: MonthlyReport): ReportFile[] {
  const folder = `${REPORTS_PREFIX}${month}/peer=${encodeURIComponent(peerId)}`;
  return [
    { key: `${folder}/report.json`, body: JSON.stringify(report), contentType: 'application/json' },
    { key: `${folder}/report.csv`, body: reportCsv(report), contentType: 'text/csv; charset=utf-8' },
    { key: `${folder}/report.html`, body: reportHtml(report), contentType: 'text/html; charset=utf-8' },
  ];
}
