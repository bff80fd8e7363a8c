import type { ChannelStats } from '../../../../functions/shared/domain/channel-stats.ts';
import { type CsvCell, csv } from '../../../../functions/shared/domain/csv.ts';
import type { DayRange } from '../../../../functions/shared/domain/interval.ts';
import { FURTHER_METRICS, MESSAGES } from '../../../../functions/shared/domain/metrics.ts';
import { messagesPerConversation } from '../../../../functions/shared/domain/report.ts';
import { kindNameOf } from '../../../shared/channel-icons.ts';

const COLUMNS = [
  'Channel',
  'Channel id',
  'Kind',
  MESSAGES.title,
  'Share %',
  ...FURTHER_METRICS.map(({ title }) => title),
  'Messages per conversation',
];

/** The figures of channels as CSV, in the order in which they are shown. */
export function usageCsv(channels: ChannelStats['channels']): string {
  const rows = channels.map((channel): CsvCell[] => [
    channel.channelName,
    channel.channelId,
    kindNameOf(channel),
    channel.messageCount,
    channel.percentage ?? null,
    ...FURTHER_METRICS.map(({ field }) => channel[field]),
    messagesPerConversation(channel),
  ]);
  return csv([COLUMNS, ...rows]);
}

/** A name for the file, such as `channel-usage-peer_123-2026-11-01_2026-11-15.csv`. */
export function usageFileName(peerId: string, days: DayRange | undefined): string {
  const range = days === undefined ? 'all-time' : `${days.from}_${days.to}`;
  // Whatever else a peer is called, no system minds these in the name of a file.
  const peer = peerId.replace(/[^\p{Letter}\p{Number}._-]/gu, '_');
  return `channel-usage-${peer}-${range}.csv`;
}
