import type { ApiKeyRecord } from '../shared/domain/api-key.ts';
import { identifierProblem } from '../shared/domain/identifier.ts';
import { CursorError, cursorAt, positionIn } from './cursor.ts';

/** What a cursor belongs to: with another key or another prefix it is refused. */
export interface CursorContext {
  key: Pick<ApiKeyRecord, 'keyId' | 'peers'>;
  prefix: string;
}

/**
 * Makes the cursor of a list that goes on behind a peer. Whoever makes one up gains nothing: a position says where the
 * list of the peers that the key may read goes on, and not which these are.
 */
export function makeCursor(peerId: string, { key, prefix }: CursorContext): string {
  return cursorAt(peerId, [key.keyId, prefix]);
}

/**
 * The peer behind which the list of a cursor goes on.
 *
 * @throws CursorError where it is no cursor that was made for this context
 */
export function readCursor(cursor: string, context: CursorContext): string {
  const peerId = positionIn(cursor, [context.key.keyId, context.prefix]);
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
