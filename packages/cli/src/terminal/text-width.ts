import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const ELLIPSIS = '…';

/** How many columns a text takes in a terminal: wide characters two, colours and what combines with others none. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** A text without colours in so many columns at most: cut between its characters, with a sign of that, where it is longer. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let cutText = '';
  let left = width - widthOf(ELLIPSIS);
  for (const { segment } of graphemes.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    cutText += segment;
  }
  return width < 1 ? '' : `${closed(cutText)}${ELLIPSIS}`;
}

/** Closes the isolate of a name that was cut within it. */
function closed(text: string): string {
  return text.includes('\u2068') && !text.includes('\u2069') ? `${text}\u2069` : text;
}

/** A text with spaces behind it, to so many columns. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** A text with spaces before it, to so many columns. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

/** Two texts at both ends of a line; where there is no room for both, the first one is cut. */
export function spread(start: string, end: string, width: number): string {
  const room = width - widthOf(end) - (end === '' ? 0 : 1);
  const fitting = widthOf(start) <= room ? start : cut(start, room);
  return padEnd(fitting, width - widthOf(end)) + end;
}

/** The words of a sentence in lines of so many columns at most. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(longer) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line].map((one) => cut(one, width));
}
