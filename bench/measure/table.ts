import type { Ratio } from './statistics.ts';

/** A Markdown table: texts to the left, and what follows the first column to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

/** A number with three digits that say something. */
export function short(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 4));
}

/** A ratio with its spread, such as `2.41× ±3%`. */
export function times({ median, spread }: Ratio): string {
  return `${short(median)}× ±${(spread * 100).toFixed(0)}%`;
}
