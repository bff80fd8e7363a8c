import type { ChannelStats } from '../../../functions/shared/domain/channel-stats.ts';
import type { GrowthAnswer } from '../../../functions/usage-api/get-growth.ts';
import type { HistoryAnswer } from '../../../functions/usage-api/get-history.ts';
import type { ShownChannel, ShownTable } from './dashboard-page.ts';

// How answers of the API have to look on the page, for a reader of American English.

/** `12,450` */
export function figure(count: number): string {
  return count.toLocaleString('en-US');
}

/** `1 message`, `12,450 messages` */
export function counted(count: number, noun: 'message' | 'conversation'): string {
  return `${figure(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Rows of the Channel Usage card, whose bars are as wide as the share. */
export function expectedChannels({ channels }: ChannelStats): Omit<ShownChannel, 'barWidth'>[] {
  return channels.map(({ channelName, messageCount, conversationCount, percentage = 0 }) => ({
    name: channelName,
    messages: messageCount === 0 ? 'no messages' : `${figure(messageCount)} (${percentage.toFixed(1)}%)`,
    conversations: counted(conversationCount, 'conversation'),
    bar: { label: `${channelName}: share of messages`, value: String(percentage) },
  }));
}

const dayFormat = new Intl.DateTimeFormat('en-US', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});

/** `Nov 22, 2026`; `Nov 16 – 22, 2026` */
export function days(start: string, end = start): string {
  return dayFormat.formatRange(Date.parse(start), Date.parse(end)).replace(/\s+/g, ' ');
}

/** The table behind a chart. */
export function expectedHistory(
  { query, buckets, asOf }: HistoryAnswer,
  figureName: 'messageCount' | 'conversationCount',
): ShownTable {
  const totals = new Map<string, number>();
  for (const { channels } of buckets) {
    for (const channel of channels) {
      totals.set(channel.channelName, (totals.get(channel.channelName) ?? 0) + channel[figureName]);
    }
  }
  const names = [...totals]
    .filter(([, total]) => total > 0)
    .sort((one, other) => other[1] - one[1])
    .map(([name]) => name);
  const title = figureName === 'messageCount' ? 'Messages over time' : 'New conversations';
  return {
    caption: `${title} by ${query.interval}, UTC`,
    columns: [{ day: 'Day', week: 'Week', month: 'Month' }[query.interval], 'Total', ...names],
    rows: buckets.toReversed().map(({ start, end, complete, channels, total }) => {
      const byName = new Map(channels.map((channel) => [channel.channelName, channel[figureName]]));
      const note = complete ? '' : end >= asOf.slice(0, 10) ? ' (so far)' : ' (cut by the range)';
      return [
        `${days(start, end)}${note}`,
        figure(total[figureName]),
        ...names.map((name) => figure(byName.get(name) ?? 0)),
      ];
    }),
  };
}

type Comparison = GrowthAnswer['weeks'][number]['total']['messages'];

/** `▲ up 8 (+25.0%)` */
export function change({ change: by, changePercent, reason }: Comparison): string {
  if (reason === 'no_history' || by === null) return 'no earlier week';
  if (reason === 'zero_baseline' || changePercent === null) return `▲ up ${figure(by)} (new)`;
  if (by === 0) return 'no change';
  const percent = `${changePercent > 0 ? '+' : '-'}${Math.abs(changePercent).toFixed(1)}%`;
  return `${by > 0 ? '▲ up' : '▼ down'} ${figure(Math.abs(by))} (${percent})`;
}
