import type { ChannelStats } from '../../../functions/shared/domain/channel-stats.ts';
import { addDays, dayOf } from '../../../functions/shared/domain/utc-day.ts';
import type { RunningHost } from '../../support/host/local-host.ts';
import { askHistory, askStats } from './api.ts';

// What the API says of the view that an address names, read without the page's own code.

/** What an address asks for. */
export interface WalkedView {
  peerId: string;
  withPeerId: string | undefined;
  range: { from: string; to: string } | undefined;
  /** Where the range is narrowed to a part of it. */
  days: { from: string; to: string } | undefined;
  channelId: string | undefined;
  interval: 'day' | 'week' | 'month';
}

/** What there is to see of a view. */
export interface Expected {
  stats: ChannelStats;
  /** The messages of each bar, the earliest first. */
  totals: number[];
}

/** The view that an address names. @param search with its `?` */
export function viewIn(search: string): WalkedView {
  const parameters = new URLSearchParams(search);
  const day = parameters.get('day');
  const [from = '', to = from] = day?.split('_') ?? [];
  const interval = parameters.get('interval');
  return {
    peerId: parameters.get('peer') ?? '',
    withPeerId: parameters.get('with') ?? undefined,
    range: rangeNamed(parameters.get('range') ?? 'all'),
    days: day === null ? undefined : { from, to },
    channelId: parameters.get('channel') ?? undefined,
    interval: interval === 'week' || interval === 'month' ? interval : 'day',
  };
}

function rangeNamed(name: string): WalkedView['range'] {
  const today = dayOf(Date.now());
  switch (name) {
    case 'last-7-days':
      return { from: addDays(today, -6), to: today };
    case 'last-30-days':
      return { from: addDays(today, -29), to: today };
    case 'this-month':
      return { from: `${today.slice(0, 7)}-01`, to: today };
    default:
      return undefined;
  }
}

/** What the API says of a view. A channel that the peer has not narrows nothing. */
export async function expectedOf(
  host: Pick<RunningHost, 'url' | 'apiKey'>,
  { peerId, range, days, channelId, interval }: WalkedView,
): Promise<Expected> {
  const stats = await askStats(host, peerId, { ...(days ?? range) });
  const history = await askHistory(host, peerId, { ...(range ?? allTime(interval)), interval });
  const first =
    range === undefined ? history.buckets.findIndex(({ cumulative }) => cumulative.messageCount > 0) : 0;
  const buckets = first < 0 ? [] : history.buckets.slice(first);
  const channel = stats.channels.find((one) => one.channelId === channelId);
  if (channel === undefined) return { stats, totals: buckets.map(({ total }) => total.messageCount) };
  const { messageCount, conversationCount } = channel;
  return {
    stats: { ...stats, channels: [channel], total: { messageCount, conversationCount } },
    totals: buckets.map(
      ({ channels }) => channels.find((one) => one.channelId === channelId)?.messageCount ?? 0,
    ),
  };
}

/** The days that the chart of all time reaches back. */
function allTime(interval: WalkedView['interval']): { from: string; to: string } {
  const today = dayOf(Date.now());
  const monday = addDays(today, -((new Date(today).getUTCDay() + 6) % 7));
  switch (interval) {
    case 'day':
      return { from: addDays(today, -89), to: today };
    case 'week':
      return { from: addDays(monday, -52 * 7), to: today };
    case 'month':
      return { from: `${Number(today.slice(0, 4)) - 1}-${today.slice(5, 7)}-01`, to: today };
  }
}
