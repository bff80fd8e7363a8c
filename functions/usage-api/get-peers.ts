import { InvalidRequestError } from '../shared/http/api-errors.ts';
import type { KeyRequest } from '../shared/http/http.ts';
import { parseQuery } from '../shared/http/request-parsing.ts';
import type { PeerDirectoryStore } from '../shared/store/peer-directory-store.ts';
import { type PeersAnswer, peersQuery } from './contract.ts';
import { type CursorContext, CursorError, makeCursor, readCursor } from './peers-cursor.ts';

/** Answers with the peers that the caller's key may read, one page at a time. */
export function getPeers(
  directory: Pick<PeerDirectoryStore, 'list' | 'listAmong'>,
): (request: KeyRequest) => Promise<PeersAnswer> {
  return async ({ key, query }) => {
    const { prefix, limit, cursor } = parseQuery(peersQuery, query);
    const context: CursorContext = { key, prefix };
    const after = cursor === undefined ? undefined : positionOf(cursor, context);
    const selection = {
      prefix,
      ...(after !== undefined && { after }),
      // One more tells whether there is another page.
      limit: limit + 1,
    };
    const found =
      key.peers === 'all' ? await directory.list(selection) : await directory.listAmong(key.peers, selection);
    const peers = found.slice(0, limit);
    const last = peers.at(-1);
    if (found.length <= limit || last === undefined) return { peers, cursor: null };
    return { peers, cursor: makeCursor(last.peerId, context) };
  };
}

function positionOf(cursor: string, context: CursorContext): string {
  try {
    return readCursor(cursor, context);
  } catch (error) {
    if (!(error instanceof CursorError)) throw error;
    throw new InvalidRequestError([
      {
        path: 'cursor',
        message: 'cursor must be one that this list gave, for the same API key and the same prefix',
      },
    ]);
  }
}
