import type { ChannelStats } from '../../../../functions/shared/domain/channel-stats.ts';
import { type CsvCell, type CsvSeparator, csv } from '../../../../functions/shared/domain/csv.ts';
import type { DayRange } from '../../../../functions/shared/domain/interval.ts';
import { FURTHER_METRICS, MESSAGES, METRICS } from '../../../../functions/shared/domain/metrics.ts';
import { RANGE_COLUMNS } from '../../../../functions/shared/domain/range-columns.ts';
import { messagesPerConversation } from '../../../../functions/shared/domain/report.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { kindNameOf } from '../../../shared/channel-icons.ts';
import type { PageFormats } from '../../page-formats.ts';

const COLUMNS = [
  'Channel',
  'Channel id',
  'Kind',
  MESSAGES.title,
  'Share %',
  ...FURTHER_METRICS.map(({ title }) => title),
  'Messages per conversation',
  ...RANGE_COLUMNS.map(({ title }) => title),
];
/** Only where the figures are compared with those of the days before. */
const COMPARISON_COLUMNS = [
  ...METRICS.flatMap(({ title }) => [`${title} before`, `${title} change`, `${title} change %`]),
  'Before from',
  'Before to',
];
/** Only where channels are shown whose status is not told by their being there. */
const STATUS_COLUMN = 'Status';

export interface UsageCsvOptions {
  /** The days that the figures are of, from the first one on where no other is said; nothing for all time. */
  days: { from: UtcDay | null; to: UtcDay } | undefined;
  /** The days that they are compared with; nothing where they are not. */
  previousRange?: DayRange | undefined;
  /** The reader's day. */
  today: UtcDay;
  separator: CsvSeparator;
}

/** The figures of channels as CSV, in the order in which they are shown. Every row says of which days it is. */
export function usageCsv(channels: ChannelStats['channels'], options: UsageCsvOptions): string {
  const { days, previousRange, today, separator } = options;
  const { from, to } = days ?? { from: null, to: today };
  const range = { from, to, complete: to < today };
  const hasStatus = channels.some(({ status }) => status !== undefined);
  const rows = channels.map((channel): CsvCell[] => [
    channel.channelName,
    channel.channelId,
    kindNameOf(channel),
    channel.messageCount,
    channel.percentage ?? null,
    ...FURTHER_METRICS.map(({ field }) => channel[field]),
    messagesPerConversation(channel),
    ...RANGE_COLUMNS.map(({ cell }) => cell(range)),
    ...(previousRange === undefined ? [] : comparisonCells(channel, previousRange)),
    ...(hasStatus ? [channel.status ?? null] : []),
  ]);
  const columns = [
    ...COLUMNS,
    ...(previousRange === undefined ? [] : COMPARISON_COLUMNS),
    ...(hasStatus ? [STATUS_COLUMN] : []),
  ];
  return csv([columns, ...rows], separator);
}

/** What is not known of the days before is empty. */
function comparisonCells({ previous }: ChannelStats['channels'][number], range: DayRange): CsvCell[] {
  const figures = METRICS.flatMap(({ name }): CsvCell[] => {
    const comparison = previous?.[name];
    return [comparison?.previous ?? null, comparison?.change ?? null, comparison?.changePercent ?? null];
  });
  return [...figures, range.from, range.to];
}

/** What the spreadsheets of a reader expect between cells: semicolons, where numbers have a decimal comma. */
export function separatorFor({ ratio }: PageFormats): CsvSeparator {
  return ratio(0.5).includes(',') ? 'semicolon' : 'comma';
}

/**
 * A name for the file, such as `channel-usage-peer_123-2026-11-01_2026-11-15.csv`.
 *
 * @param channelId where it holds this channel alone
 */
export function usageFileName(peerId: string, days: DayRange | undefined, channelId?: string): string {
  return `${fileStem([peerId, channelId], days)}.csv`;
}

/**
 * What a file is called, without its extension: whose and which figures it holds, and of which days.
 *
 * @param days nothing for all time
 */
export function fileStem(parts: readonly (string | undefined)[], days: DayRange | undefined): string {
  const range = days === undefined ? 'all-time' : `${days.from}_${days.to}`;
  // Whatever else a peer is called, no system minds these in the name of a file.
  const ids = parts.filter((part) => part !== undefined).map(fileNamePart);
  return `channel-usage-${ids.join('-')}-${range}`;
}

/** An id as a part of a file's name. */
export function fileNamePart(id: string): string {
  return id.replace(/[^\p{Letter}\p{Number}._-]/gu, '_');
}
