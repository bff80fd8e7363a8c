import type { Comparison } from './comparison.ts';
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

type Row = Partial<Record<(typeof COLUMNS)[number], string | number | boolean | null>>;

// Without it some spreadsheets take UTF-8 for something else, and names arrive garbled.
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * A report as CSV by RFC 4180, in UTF-8 with a byte order mark: a row for each channel, whose `scope` is
 * `channel`, and one for all of them, whose `scope` is `total`. What there is no value for is left empty.
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
  const lines = [
    COLUMNS.join(','),
    ...rows.map((row) => COLUMNS.map((column) => cell(row[column] ?? null)).join(',')),
  ];
  return BYTE_ORDER_MARK + lines.map((line) => `${line}\r\n`).join('');
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

/** Numbers stay numbers, also negative ones; texts come from outside. */
function cell(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = defused(value);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * Puts an apostrophe before whatever a spreadsheet could run as a formula, in their full-width forms as
 * well. A line break and a semicolon begin a new cell for spreadsheets that expect semicolons.
 */
function defused(text: string): string {
  return text.replace(/^(?=[\t\r\n])|(?<=^|[;\t\r\n])(?=\s*[=+\-@＝＋－＠])/g, "'");
}
