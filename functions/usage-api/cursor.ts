import { createHash } from 'node:crypto';

const CHECKSUM_BYTES = 8;

/** A text that should be a cursor is none of this context, or was changed. */
export class CursorError extends Error {
  override name = 'CursorError';
}

/**
 * Makes the cursor of a list that goes on behind a position: the position, behind a checksum of it and of what the
 * cursor belongs to, in base64url.
 *
 * The checksum finds mistakes, and is no secret: whoever takes a position from a cursor has to look whether it may be one.
 *
 * @param context what has to be the same when the cursor comes back
 */
export function cursorAt(position: string, context: readonly string[]): string {
  const checksum = createHash('sha256')
    .update(JSON.stringify([...context, position]))
    .digest()
    .subarray(0, CHECKSUM_BYTES);
  return Buffer.concat([checksum, Buffer.from(position)]).toString('base64url');
}

/** The position in a cursor. @throws CursorError where it is no cursor that was made for this context */
export function positionIn(cursor: string, context: readonly string[]): string {
  const position = Buffer.from(cursor, 'base64url').subarray(CHECKSUM_BYTES).toString('utf8');
  // Decoding passes over what is neither base64url nor UTF-8. A cursor made of the position would not have it.
  if (cursorAt(position, context) !== cursor) throw new CursorError('this is no cursor of this list');
  return position;
}
