import * as z from 'zod/mini';
import { described } from '../shared/domain/described.ts';
import { identifierPrefix, MAX_CHARACTERS } from '../shared/domain/identifier.ts';
import { peersAnswer } from '../shared/domain/peer-directory.ts';
import { operation } from '../shared/http/operation.ts';
import { wholeNumberParameter } from '../shared/http/parameters.ts';
import type { UsageContext } from './context.ts';
import { type CursorContext, makeCursor, readCursor } from './peers-cursor.ts';
import {
  cursorParameter,
  listPeersOf,
  PEERS_LIMIT,
  positionOr400,
  searchParameter,
} from './peers-request.ts';

/** Answers with the peers that the caller's key may read, one page at a time. */
export const listPeers = operation('listPeers', {
  tag: 'Peers',
  summary: 'List peers',
  description:
    'Lists the peers that had messages or have channels, of those that the API key may read, one page at a ' +
    'time. The cursor of a page asks for the next one.',
  query: z.object({
    prefix: described(z._default(identifierPrefix('prefix'), ''), {
      param: {
        description: `What the peers' ids begin with. At most ${MAX_CHARACTERS} characters, and otherwise as an id.`,
        example: 'peer_',
      },
    }),
    search: searchParameter(),
    limit: wholeNumberParameter('limit', PEERS_LIMIT, {
      description: 'How many peers to list at most.',
      example: PEERS_LIMIT.default,
    }),
    cursor: cursorParameter('the prefix and the search'),
  }),
  answer: {
    description: 'A page of peers.',
    schema: peersAnswer,
    examples: {
      peers: {
        summary: 'The only page',
        value: {
          peers: [
            { peerId: 'peer_123', lastActiveDay: '2026-11-22' },
            { peerId: 'peer_hr', lastActiveDay: '2026-11-20' },
            { peerId: 'peer_new', lastActiveDay: null },
            { peerId: 'peer_support', lastActiveDay: '2026-11-22' },
          ],
          cursor: null,
        },
      },
    },
  },
  badRequest: {
    path: 'limit',
    message: `limit must be a whole number from ${PEERS_LIMIT.least} to ${PEERS_LIMIT.most}`,
  },

  async handle(
    { key, query: { prefix, search, limit, cursor } },
    { directory }: Pick<UsageContext, 'directory'>,
  ) {
    const context: CursorContext = { key, prefix, search };
    const after =
      cursor === undefined
        ? undefined
        : positionOr400(() => readCursor(cursor, context), 'the same prefix and search');
    // One more tells whether there is another page.
    const selection = { prefix, search, ...(after !== undefined && { after }), limit: limit + 1 };
    const found = await listPeersOf(directory, key, selection);
    const peers = found.slice(0, limit);
    const last = peers.at(-1);
    if (found.length <= limit || last === undefined) return { peers, cursor: null };
    return { peers, cursor: makeCursor(last.peerId, context) };
  },
});
