import { dashboardLink } from './dashboard-link.ts';
import { daysOfMonth } from './interval.ts';
import type { Month } from './month.ts';
import { type Notification, notification } from './notification.ts';
import type { Report } from './report.ts';
import { toldId } from './told-id.ts';
import { type EpochMillis, isoSeconds } from './utc-day.ts';

/** A peer's report on a month that is over. */
export interface MonthlyReport {
  peerId: string;
  month: Month;
  report: Report;
}

/** As many channels as people read in a message; with the longest names it stays below 20 kB. */
const MOST_CHANNELS_TOLD = 10;

/**
 * What people are told of a report.
 *
 * @param dashboardUrl where the dashboard is, without a query
 */
export function reportNotification(
  { peerId, month, report }: MonthlyReport,
  dashboardUrl: string,
  now: EpochMillis,
): Notification {
  const channels = report.channels.slice(0, MOST_CHANNELS_TOLD);
  return notification(toldId(['report.monthly', peerId, month]), {
    type: 'report.monthly',
    timestamp: isoSeconds(now),
    data: {
      peerId,
      month,
      report: { ...report, channels },
      furtherChannels: report.channels.length - channels.length,
      url: dashboardLink(dashboardUrl, { peerId, range: daysOfMonth(month) }),
    },
  });
}
