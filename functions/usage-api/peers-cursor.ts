import type { ApiKeyRecord } from '../shared/domain/api-key.ts';
import { identifierProblem } from '../shared/domain/identifier.ts';
import { isFoundBy } from '../shared/domain/peer-directory.ts';
import { CursorError, cursorAt, positionIn } from './cursor.ts';

/** What a cursor belongs to: with another key, another prefix or another search it is refused. */
export interface CursorContext {
  key: Pick<ApiKeyRecord, 'keyId' | 'peers'>;
  prefix: string;
  search: string;
}

/**
 * Makes the cursor of a list that goes on behind a peer. Whoever makes one up gains nothing: a position says where the
 * list of the peers that the key may read goes on, and not which these are.
 */
export function makeCursor(peerId: string, { key, prefix, search }: CursorContext): string {
  return cursorAt(peerId, [key.keyId, prefix, search]);
}

/**
 * The peer behind which the list of a cursor goes on.
 *
 * @throws CursorError where it is no cursor that was made for this context
 */
export function readCursor(cursor: string, context: CursorContext): string {
  const peerId = positionIn(cursor, [context.key.keyId, context.prefix, context.search]);
  if (!mayBeListed(peerId, context)) throw new CursorError('this cursor holds no position in the list');
  return peerId;
}

/**
 * Whether a peer may be in a list. What somebody made up need not be a position in one, which DynamoDB would refuse.
 */
export function mayBeListed(
  peerId: string,
  { key, prefix, search }: Pick<CursorContext, 'prefix' | 'search'> & { key: Pick<ApiKeyRecord, 'peers'> },
): boolean {
  return (
    identifierProblem('peerId', peerId) === undefined &&
    peerId.startsWith(prefix) &&
    isFoundBy(search, peerId) &&
    (key.peers === 'all' || key.peers.includes(peerId))
  );
}
