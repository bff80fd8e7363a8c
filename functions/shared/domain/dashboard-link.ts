import type { DayRange } from './interval.ts';

/** What the dashboard is to show. */
export interface LinkedView {
  peerId: string;
  channelId?: string;
  range?: DayRange;
}

/**
 * The address of a view of the dashboard.
 *
 * @param dashboardUrl where it is, without a query
 */
export function dashboardLink(dashboardUrl: string, { peerId, channelId, range }: LinkedView): string {
  const url = new URL(dashboardUrl);
  url.searchParams.set('peer', peerId);
  if (channelId !== undefined) url.searchParams.set('channel', channelId);
  if (range !== undefined) {
    url.searchParams.set('from', range.from);
    url.searchParams.set('to', range.to);
  }
  return url.href;
}
