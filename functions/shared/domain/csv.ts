/** What a cell can hold. Numbers stay numbers, also negative ones; texts come from outside. */
export type CsvCell = string | number | boolean | null;

// Without it some spreadsheets take UTF-8 for something else, and names arrive garbled.
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Writes rows as CSV by RFC 4180, for UTF-8 with a byte order mark. No cell is one that a spreadsheet would
 * run as a formula. Where there is no value, the cell is empty.
 *
 * @param rows the first one names the columns
 */
export function csv(rows: readonly (readonly CsvCell[])[]): string {
  return BYTE_ORDER_MARK + rows.map((row) => `${row.map(written).join(',')}\r\n`).join('');
}

function written(value: CsvCell): string {
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
