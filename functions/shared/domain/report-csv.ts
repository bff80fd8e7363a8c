import type { Comparison } from './comparison.ts';
import { type CsvCell, csv } from './csv.ts';
import type { Report } from './report.ts';

const COLUMNS = [
  'scope',
  'period',
  'complete',
  'peer',
  'name',
  'messages',
  'conversations',
  'avgMessagesPerConversation',
  'marketShare',
  'engagement',
  'previousMessages',
  'messagesChange',
  'messagesChangePercent',
  'previousConversations',
  'conversationsChange',
  'conversationsChangePercent',
] as const;

type Row = Partial<Record<(typeof COLUMNS)[number], CsvCell>>;

/**
 * A report as CSV: a row for each channel, whose `scope` is `channel`, and one for all of them, whose
 * `scope` is `total`. What there is no value for is left empty.
 */
export function reportCsv(report: Report): string {
  const { period, complete, peer, overview, channels, change } = report;
  const rows: Row[] = [
    ...channels.map((channel) => ({ scope: 'channel', period, complete, peer, ...channel })),
    {
      scope: 'total',
      ...{ period, complete, peer },
      messages: overview.totalMessages,
      conversations: overview.totalConversations,
      ...changeCells(change?.messages, 'previousMessages', 'messagesChange', 'messagesChangePercent'),
      ...changeCells(
        change?.conversations,
        'previousConversations',
        'conversationsChange',
        'conversationsChangePercent',
      ),
    },
  ];
  return csv([COLUMNS, ...rows.map((row) => COLUMNS.map((column) => row[column] ?? null))]);
}

function changeCells<Name extends keyof Row>(
  comparison: Comparison | undefined,
  previous: Name,
  change: Name,
  changePercent: Name,
): Row {
  if (comparison === undefined) return {};
  return {
    [previous]: comparison.previous,
    [change]: comparison.change,
    [changePercent]: comparison.changePercent,
  };
}
