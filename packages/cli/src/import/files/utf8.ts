import { TextDecoder } from 'node:util';
import { ExportError } from '../import-errors.ts';
import type { SourceFile } from './source.ts';

const BYTE_ORDER_MARKS = [
  { encoding: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', bytes: [0xff, 0xfe] },
  { encoding: 'utf-16be', bytes: [0xfe, 0xff] },
] as const;

/** How a file's text is encoded, as its first bytes tell: UTF-8 where they tell nothing. */
export function encodingOf(head: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const mark = BYTE_ORDER_MARKS.find(({ bytes }) => bytes.every((byte, index) => head[index] === byte));
  return mark?.encoding ?? 'utf-8';
}

/**
 * The bytes of a text as UTF-8, without a byte order mark. UTF-16 with one becomes UTF-8; other bytes stay as they are,
 * and may be no UTF-8.
 *
 * @throws {ExportError} for UTF-16 that is none
 */
export async function* utf8Bytes(file: SourceFile): AsyncGenerator<Uint8Array> {
  let decoder: TextDecoder | undefined;
  const encoder = new TextEncoder();
  for await (const piece of beginningWhole(file.open())) {
    if (piece.isFirst) {
      const encoding = encodingOf(piece.bytes);
      if (encoding !== 'utf-8') decoder = new TextDecoder(encoding, { fatal: true });
      else if (piece.bytes[0] === 0xef && piece.bytes[1] === 0xbb && piece.bytes[2] === 0xbf) {
        yield piece.bytes.subarray(3);
        continue;
      }
    }
    yield decoder === undefined ? piece.bytes : encoder.encode(decoded(decoder, piece.bytes, file.name));
  }
  if (decoder !== undefined) yield encoder.encode(decoded(decoder, undefined, file.name));
}

function decoded(decoder: TextDecoder, bytes: Uint8Array | undefined, name: string): string {
  try {
    return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
  } catch (error) {
    throw new ExportError(name, '', `begins as UTF-16 and holds bytes that are none`, { cause: error });
  }
}

/** Pieces of bytes, the first of which is long enough to hold a byte order mark. */
async function* beginningWhole(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ bytes: Uint8Array; isFirst: boolean }> {
  let head: Uint8Array | undefined = new Uint8Array();
  for await (const piece of pieces) {
    if (head === undefined) {
      yield { bytes: piece, isFirst: false };
      continue;
    }
    head = Buffer.concat([head, piece]);
    if (head.length < 3) continue;
    yield { bytes: head, isFirst: true };
    head = undefined;
  }
  if (head !== undefined) yield { bytes: head, isFirst: true };
}
