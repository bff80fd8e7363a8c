import { type Month, monthBefore, monthOf } from '../../../../functions/shared/domain/month.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { fileNamePart } from '../channel-usage/usage-csv.ts';

/** A form in which the service gives reports. */
export interface ReportFormat {
  extension: 'html' | 'csv' | 'md';
  label: string;
  type: string;
}

export const REPORT_FORMATS: readonly ReportFormat[] = [
  { extension: 'html', label: 'HTML, to print', type: 'text/html' },
  { extension: 'csv', label: 'CSV', type: 'text/csv' },
  { extension: 'md', label: 'Markdown', type: 'text/markdown' },
];

const MONTHS_OFFERED = 24;

/**
 * The running month and those before it, the newest first, and all time.
 *
 * @param monthName what a month is called
 */
export function monthsOffered(
  today: UtcDay,
  monthName: (month: Month) => string,
): { value: string; label: string }[] {
  const running = monthOf(today);
  const offered = [{ value: running, label: `${monthName(running)}, so far` }];
  let month: Month = running;
  while (offered.length < MONTHS_OFFERED) {
    month = monthBefore(month);
    offered.push({ value: month, label: monthName(month) });
  }
  return [...offered, { value: 'all', label: 'All time' }];
}

/** What the file of a report is called. @param period a month, or `all` */
export function reportFileName(peerId: string, period: string, { extension }: ReportFormat): string {
  return `channel-usage-${fileNamePart(peerId)}-${period}.${extension}`;
}
