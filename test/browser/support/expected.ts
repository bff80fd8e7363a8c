import type { ChannelStats } from '../../../functions/shared/domain/channel-stats.ts';
import type { Health } from '../../../functions/shared/domain/health.ts';
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

const SHORT_NAMES: Readonly<Record<Health['findings'][number]['code'], string>> = {
  inactive_channel: 'inactive',
  dominant_channel: 'dominant',
  traffic_drop: 'drop',
  traffic_spike: 'spike',
  high_traffic: 'high traffic',
  new_channel: 'new channel',
  counting_behind: 'counting behind',
};

/** What is shown beside a history: what is found about its days, and the history before it. */
interface Beside {
  findings?: Health['findings'];
  /** So many days, weeks or months lie between. */
  earlier?: { before: number; answer: HistoryAnswer };
}

/** The table behind a chart. */
export function expectedHistory(
  { query, buckets, asOf }: HistoryAnswer,
  figureName: 'messageCount' | 'conversationCount',
  { findings = [], earlier }: Beside = {},
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
  const found = buckets.map(({ start, end, channels }) => {
    const called = new Map(channels.map(({ channelId, channelName }) => [channelId, channelName]));
    return findings
      .filter(({ evidence }) => {
        const { day, from = day, to = day } = { day: '', from: undefined, to: undefined, ...evidence };
        return from <= end && to >= start;
      })
      .map((one) => `${SHORT_NAMES[one.code]}: ${'channelId' in one && called.get(one.channelId)}`)
      .join('; ');
  });
  const isMarked = figureName === 'messageCount' && found.some((text) => text !== '');
  const compared = earlier?.answer.buckets.map(({ total, cumulative }) =>
    cumulative.messageCount === 0 ? 'no figures before' : figure(total[figureName]),
  );
  return {
    caption: `${title} by ${query.interval}, UTC`,
    columns: [
      { day: 'Day', week: 'Week', month: 'Month' }[query.interval],
      'Total',
      ...(earlier ? [`${earlier.before} ${query.interval}${earlier.before === 1 ? '' : 's'} before`] : []),
      ...names,
      ...(isMarked ? ['Findings'] : []),
    ],
    rows: buckets
      .map(({ start, end, complete, channels, total }, index) => {
        const byName = new Map(channels.map((channel) => [channel.channelName, channel[figureName]]));
        const note = complete ? '' : end >= asOf.slice(0, 10) ? ' (so far)' : ' (cut by the range)';
        return [
          `${days(start, end)}${note}`,
          figure(total[figureName]),
          ...(compared ? [compared[index] ?? ''] : []),
          ...names.map((name) => figure(byName.get(name) ?? 0)),
          ...(isMarked ? [found[index] ?? ''] : []),
        ];
      })
      .toReversed(),
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
