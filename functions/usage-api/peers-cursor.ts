import { createHash } from 'node:crypto';
import type { ApiKeyRecord } from '../shared/domain/api-key.ts';
import { identifierProblem } from '../shared/domain/identifier.ts';

/** What a cursor belongs to: with another key or another prefix it is refused. */
export interface CursorContext {
  key: Pick<ApiKeyRecord, 'keyId' | 'peers'>;
  prefix: string;
}

const CHECKSUM_BYTES = 8;

/** A text that should be a cursor is none of this context, or was changed. */
export class CursorError extends Error {
  override name = 'CursorError';
}

/**
 * Makes the cursor of a list that goes on behind a peer: the peer's id, behind a checksum of the id and the
 * context, in base64url.
 *
 * The checksum finds mistakes, and is no secret. Whoever makes up a cursor gains nothing: a position says
 * where the list of the peers that the key may read goes on, and not which these are.
 */
export function makeCursor(peerId: string, { key, prefix }: CursorContext): string {
  const checksum = createHash('sha256')
    .update(JSON.stringify([key.keyId, prefix, peerId]))
    .digest()
    .subarray(0, CHECKSUM_BYTES);
  return Buffer.concat([checksum, Buffer.from(peerId)]).toString('base64url');
}

/**
 * The peer behind which the list of a cursor goes on.
 *
 * @throws CursorError where it is no cursor that was made for this context
 */
export function readCursor(cursor: string, context: CursorContext): string {
  const peerId = Buffer.from(cursor, 'base64url').subarray(CHECKSUM_BYTES).toString('utf8');
  // Decoding passes over what is neither base64url nor UTF-8. A cursor made of the id would not have it.
  if (makeCursor(peerId, context) !== cursor) throw new CursorError('this is no cursor of this list');
  if (!isPosition(peerId, context)) throw new CursorError('this cursor holds no position in the list');
  return peerId;
}

/** What somebody made up need not be a position in the list, which DynamoDB would refuse. */
function isPosition(peerId: string, { key, prefix }: CursorContext): boolean {
  return (
    identifierProblem('peerId', peerId) === undefined &&
    peerId.startsWith(prefix) &&
    (key.peers === 'all' || key.peers.includes(peerId))
  );
}
