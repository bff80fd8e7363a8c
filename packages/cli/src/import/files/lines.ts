import { TextDecoder } from 'node:util';
import type { SourceFile } from './source.ts';
import { utf8Bytes } from './utf8.ts';

/** How long a line, a record or a value may be, in bytes: far more than any message that a platform takes. */
export const MOST_BYTES_AT_ONCE = 16 * 1024 ** 2;

/** What is told of something that is longer. */
export const TOO_LONG = `is longer than ${MOST_BYTES_AT_ONCE / 1024 ** 2} MiB`;
export const NOT_UTF8 = 'is not UTF-8';

/** A line without its end, or what keeps it from being read. The first one has the number 1. */
export type Line = { number: number; text: string } | { number: number; problem: string };

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** A line of bytes without its line feed, of which no more is held than may be. */
interface CutLine {
  bytes: Buffer;
  /** How long it is, also where less of it is held. */
  length: number;
}

/** The lines in pieces of bytes, of each no more than `MOST_BYTES_AT_ONCE`. */
export async function* cutLinesIn(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<CutLine> {
  let begun: Uint8Array[] = [];
  let length = 0;
  const add = (part: Uint8Array): void => {
    const room = MOST_BYTES_AT_ONCE - length;
    if (room > 0 && part.length > 0) begun.push(part.subarray(0, room));
    length += part.length;
  };
  const ended = (): CutLine => {
    const line = { bytes: Buffer.concat(begun), length };
    begun = [];
    length = 0;
    return line;
  };
  for await (const piece of pieces) {
    let from = 0;
    for (let end = piece.indexOf(LINE_FEED); end !== -1; end = piece.indexOf(LINE_FEED, from)) {
      add(piece.subarray(from, end));
      from = end + 1;
      yield ended();
    }
    // A piece may be written over when the next one is read.
    add(Buffer.from(piece.subarray(from)));
  }
  if (length > 0) yield ended();
}

/**
 * The lines of a text, however they end. One that is too long to be held, or that is no UTF-8, is told with its number,
 * and the next one is read.
 */
export function linesOf(file: SourceFile): AsyncGenerator<Line> {
  return linesIn(utf8Bytes(file));
}

/** The same of pieces of bytes, in which a byte order mark is a part of the first line. */
export async function* linesIn(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let number = 1;
  for await (const { bytes, length } of cutLinesIn(pieces)) {
    yield { number: number++, ...read(decoder, length > MOST_BYTES_AT_ONCE ? undefined : bytes) };
  }
}

function read(decoder: TextDecoder, line: Uint8Array | undefined): { text: string } | { problem: string } {
  if (line === undefined) return { problem: TOO_LONG };
  try {
    return { text: decoder.decode(line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line) };
  } catch {
    return { problem: NOT_UTF8 };
  }
}
