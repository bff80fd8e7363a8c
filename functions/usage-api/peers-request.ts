import * as z from 'zod/mini';
import type { ApiKeyRecord } from '../shared/domain/api-key.ts';
import { described } from '../shared/domain/described.ts';
import { identifierPart, MAX_CHARACTERS } from '../shared/domain/identifier.ts';
import type { DirectorySelection, ListedPeer, PeerDirectory } from '../shared/domain/peer-directory.ts';
import { InvalidRequestError } from '../shared/http/api-errors.ts';
import { CursorError } from './cursor.ts';

/** How many peers a page has. */
export const PEERS_LIMIT = { least: 1, most: 100, default: 50 };

/** What is searched for in the ids of peers. */
// @__NO_SIDE_EFFECTS__
export function searchParameter() {
  return described(z._default(identifierPart('search'), ''), {
    param: {
      description:
        `What is in the peers' ids, anywhere, whatever its letters' case. At most ${MAX_CHARACTERS} characters, and ` +
        'otherwise as in an id.',
      example: 'support',
    },
  });
}

/**
 * The cursor of a list of peers.
 *
 * @param what goes with it, beside the API key
 */
// @__NO_SIDE_EFFECTS__
export function cursorParameter(what: string) {
  return described(z.optional(z.string()), {
    override: { pattern: '^[A-Za-z0-9_-]+$' },
    param: {
      description: `The \`cursor\` of the page before, to get the next one. It goes with the API key, ${what} that it was given for.`,
    },
  });
}

/** Lists those of a directory's peers that a key may read. */
export function listPeersOf(
  directory: PeerDirectory,
  { peers }: Pick<ApiKeyRecord, 'peers'>,
  selection: DirectorySelection,
): Promise<ListedPeer[]> {
  return peers === 'all' ? directory.list(selection) : directory.listAmong(peers, selection);
}

/**
 * What is read of a cursor.
 *
 * @param same what has to be the same when it comes back, beside the API key
 * @throws InvalidRequestError where it is no cursor that was made for this
 */
export function positionOr400<Position>(read: () => Position, same: string): Position {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CursorError)) throw error;
    const message = `cursor must be one that this list gave, for the same API key and ${same}`;
    throw new InvalidRequestError([{ path: 'cursor', message }]);
  }
}
