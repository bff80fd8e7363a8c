import { InvalidRequestError } from '../runtime/api-errors.ts';
import type { KeyRequest } from '../runtime/http.ts';
import { parseQuery } from '../runtime/request-parsing.ts';
import type { HashSecretStore } from '../store/hash-secret-store.ts';
import type { PeerDirectoryStore } from '../store/peer-directory-store.ts';
import { type PeersAnswer, peersQuery } from './contract.ts';
import { type CursorContext, CursorError, makeCursor, readCursor } from './peers-cursor.ts';

interface PeerListing {
  directory: Pick<PeerDirectoryStore, 'list' | 'listAmong'>;
  hashSecrets: Pick<HashSecretStore, 'read'>;
  randomBytes: (length: number) => Uint8Array;
}

/** Answers with the peers that the caller's key may read, one page at a time. */
export function getPeers(listing: PeerListing): (request: KeyRequest) => Promise<PeersAnswer> {
  const { directory, randomBytes } = listing;
  const readSecret = rememberingSecret(listing.hashSecrets);
  return async ({ key, query }) => {
    const { prefix, limit, cursor } = parseQuery(peersQuery, query);
    const context: CursorContext = { keyId: key.keyId, prefix };
    const after = cursor === undefined ? undefined : positionOf(cursor, context, await readSecret());
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
    const secret = await readSecret();
    if (secret === undefined) throw new Error('there are peers, but no hash secret');
    return { peers, cursor: makeCursor(last.peerId, context, secret, randomBytes) };
  };
}

/** Reads the secret until there is one; it never changes. */
function rememberingSecret(
  hashSecrets: Pick<HashSecretStore, 'read'>,
): () => Promise<Uint8Array | undefined> {
  let known: Uint8Array | undefined;
  return async () => {
    known ??= await hashSecrets.read();
    return known;
  };
}

function positionOf(cursor: string, context: CursorContext, secret: Uint8Array | undefined): string {
  try {
    if (secret === undefined) throw new CursorError('no cursor was ever made');
    return readCursor(cursor, context, secret);
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
