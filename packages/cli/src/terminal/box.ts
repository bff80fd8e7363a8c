import { padEnd } from './text-width.ts';

/** What the frame takes of a line: an edge and a space at both ends. */
const FRAME = 4;
const NARROWEST = 24;
/** From here on a longer way from a name to its figure only makes them harder to read together. */
const WIDEST = 100;

/** How wide a box is on a screen of so many columns. */
export function boxWidth(screenWidth: number): number {
  return Math.min(WIDEST, Math.max(NARROWEST, screenWidth));
}

/** How much room there is in a box of this width. */
export function innerWidth(width: number): number {
  return width - FRAME;
}

/**
 * Draws a box around sections of lines, with a rule between the sections.
 *
 * @param sections of lines that are no wider than `innerWidth`
 * @param quiet draws the frame
 */
export function box(
  width: number,
  sections: readonly (readonly string[])[],
  quiet: (text: string) => string,
): string {
  const rule = (start: string, end: string) => quiet(`${start}${'─'.repeat(width - 2)}${end}`);
  const edge = quiet('│');
  const drawn = sections.map((lines) =>
    lines.map((line) => `${edge} ${padEnd(line, innerWidth(width))} ${edge}\n`).join(''),
  );
  return `${rule('┌', '┐')}\n${drawn.join(`${rule('├', '┤')}\n`)}${rule('└', '┘')}\n`;
}
