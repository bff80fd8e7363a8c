import type { CliContext } from '../cli-context.ts';
import { type Style, styleFor } from '../terminal/style.ts';
import { spread, widthOf, wrap } from '../terminal/text-width.ts';

/** From here on lines are hard to read. */
const WIDEST = 120;

/** What is drawn for people who look at a screen of some width. */
export interface Page {
  /** In columns. */
  width: number;
  style: Style;
}

export function pageFor({ screen }: Pick<CliContext, 'screen'>): Page {
  const { width, hasColors } = screen();
  return { width: Math.min(WIDEST, width), style: styleFor({ hasColors }) };
}

/** Lines as a text, each with its end. */
export function inLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** A title, and what it is of: beside it, or below it where there is no room. */
export function headingLines(title: string, note: string, { width, style }: Page): string[] {
  const isBeside = widthOf(title) + 2 + widthOf(note) <= width;
  if (isBeside) return [spread(style.strong(title), style.quiet(note), width)];
  return [...wrap(title, width).map(style.strong), ...wrap(note, width).map(style.quiet)];
}
