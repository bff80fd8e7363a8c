/**
 * What a cell can hold. Numbers stay numbers, also negative ones; a number with its unit, such as `66.2%`, is
 * one of ours. All other texts come from outside.
 */
export type CsvCell = string | number | boolean | null | { numberWithUnit: string };

/** What cells may be separated by, by the names that a query has for it. */
export const CSV_SEPARATORS = ['comma', 'semicolon', 'tab'] as const;
export type CsvSeparator = (typeof CSV_SEPARATORS)[number];

interface Dialect {
  separator: string;
  /** What a spreadsheet of these takes for the point of a number. */
  decimalSign: string;
  /** What cannot stand in a cell without quotation marks. */
  quoted: RegExp;
  /** Behind what, within a cell, a spreadsheet that expects another separator could begin a cell. */
  formula: RegExp;
}

// A formula behind a comma is within quotation marks where commas separate cells: there it needs no apostrophe.
const FORMULA = /(?<=^|[;\t\r\n])(?=\s*[=+\-@＝＋－＠])/g;
const FORMULA_ALSO_BEHIND_COMMA = /(?<=^|[,;\t\r\n])(?=\s*[=+\-@＝＋－＠])/g;

const DIALECTS: Readonly<Record<CsvSeparator, Dialect>> = {
  comma: { separator: ',', decimalSign: '.', quoted: /[",\r\n]/, formula: FORMULA },
  // Spreadsheets expect semicolons where numbers have a decimal comma: they take 16.3 for the 16th of March.
  semicolon: {
    separator: ';',
    decimalSign: ',',
    quoted: /[";\r\n]/,
    formula: FORMULA_ALSO_BEHIND_COMMA,
  },
  tab: { separator: '\t', decimalSign: '.', quoted: /["\t\r\n]/, formula: FORMULA_ALSO_BEHIND_COMMA },
};

// Without it some spreadsheets take UTF-8 for something else, and names arrive garbled.
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Writes rows as CSV by RFC 4180, or so with another separator, for UTF-8 with a byte order mark. No cell is one
 * that a spreadsheet would run as a formula, also one that expects another separator. Where there is no value,
 * the cell is empty.
 *
 * @param rows the first one names the columns
 * @param separator numbers between semicolons have a decimal comma, others a decimal point
 */
export function csv(rows: readonly (readonly CsvCell[])[], separator: CsvSeparator = 'comma'): string {
  const dialect = DIALECTS[separator];
  const lines = rows.map((row) => `${row.map((cell) => written(cell, dialect)).join(dialect.separator)}\r\n`);
  return BYTE_ORDER_MARK + lines.join('');
}

function written(value: CsvCell, { decimalSign, quoted, formula }: Dialect): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return String(value).replace('.', decimalSign);
  if (typeof value !== 'string') return value.numberWithUnit.replace('.', decimalSign);
  const safe = defused(value, formula);
  return quoted.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * Puts an apostrophe before whatever a spreadsheet could run as a formula, in their full-width forms as well.
 * What separates cells elsewhere begins a new one there.
 */
function defused(text: string, formula: RegExp): string {
  return text.replace(/^(?=[\t\r\n])/, "'").replace(formula, "'");
}
