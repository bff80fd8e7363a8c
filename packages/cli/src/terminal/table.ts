import type { Style } from './style.ts';
import { cut, padEnd, padStart, widthOf } from './text-width.ts';

/** A column of a table for people. */
export interface Column<Row> {
  title: string;
  /** What stands in it, without colours. */
  cell: (row: Row) => string;
  /** How a cell stands out, if it does. */
  styled?: (cell: string, row: Row) => string;
  align?: 'start' | 'end';
  /** Whether its cells are cut where there is no room: at least one column has to be so. */
  canShrink?: boolean;
  /** It is left out on screens that are narrower. */
  fromWidth?: number;
}

const GAP = '  ';
const NARROWEST_CELL = 8;

/**
 * A table in lines of so many columns at most: a quiet line of headings, and a line a row. Columns that shrink share
 * what is left for them.
 */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
  { quiet }: Style,
): string[] {
  const shown = columns.filter(({ fromWidth = 0 }) => width >= fromWidth);
  const cells = rows.map((row) => shown.map((column) => column.cell(row)));
  const widths = columnWidths(shown, [shown.map(({ title }) => title), ...cells], width);
  const line = (texts: readonly string[], style: (text: string, index: number) => string) =>
    texts
      .map((text, index) => {
        const fitting = cut(text, widths[index] ?? 0);
        const pad = shown[index]?.align === 'end' ? padStart : padEnd;
        return pad(style(fitting, index), widths[index] ?? 0);
      })
      .join(GAP)
      .trimEnd();
  const headings = line(
    shown.map(({ title }) => title),
    (text) => quiet(text),
  );
  return [
    headings,
    ...rows.map((row, index) =>
      line(cells[index] ?? [], (text, column) => shown[column]?.styled?.(text, row) ?? text),
    ),
  ];
}

function columnWidths<Row>(
  columns: readonly Column<Row>[],
  lines: readonly (readonly string[])[],
  width: number,
): number[] {
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => widthOf(line[index] ?? ''))));
  const total = () => widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1));
  // The widest of those that shrink gives way first.
  for (let excess = total() - width; excess > 0; excess -= 1) {
    const shrinking = columns.flatMap(({ canShrink = false }, index) => (canShrink ? [index] : []));
    const widest = shrinking.sort((one, other) => (widths[other] ?? 0) - (widths[one] ?? 0))[0];
    if (widest === undefined || (widths[widest] ?? 0) <= NARROWEST_CELL) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}
