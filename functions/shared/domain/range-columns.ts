import type { CsvCell } from './csv.ts';
import type { UtcDay } from './utc-day.ts';

/** The days that figures are of. */
export interface FiguresRange {
  /** The first day; `null` where they are of all that was ever counted. */
  from: UtcDay | null;
  /** The last day. */
  to: UtcDay;
  /** Whether these days are over. */
  complete: boolean;
}

/**
 * The columns by which a row of a file says which days its figures are of. A line before the rows would say it
 * to people, and keep programs and spreadsheets from reading the rest.
 */
export const RANGE_COLUMNS: readonly {
  name: string;
  title: string;
  cell: (range: FiguresRange) => CsvCell;
}[] = [
  { name: 'from', title: 'From', cell: ({ from }) => from },
  { name: 'to', title: 'To', cell: ({ to }) => to },
  { name: 'timezone', title: 'Time zone', cell: () => 'UTC' },
  { name: 'complete', title: 'Complete', cell: ({ complete }) => complete },
];
