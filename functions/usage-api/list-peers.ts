import * as z from 'zod/mini';
import { described } from '../shared/domain/described.ts';
import { identifierPrefix, MAX_CHARACTERS } from '../shared/domain/identifier.ts';
import { peersAnswer } from '../shared/domain/peer-directory.ts';
import { InvalidRequestError } from '../shared/http/api-errors.ts';
import { operation } from '../shared/http/operation.ts';
import { wholeNumberParameter } from '../shared/http/parameters.ts';
import type { UsageContext } from './context.ts';
import { CursorError } from './cursor.ts';
import { type CursorContext, makeCursor, readCursor } from './peers-cursor.ts';

/** How many peers an answer lists. */
const LIMIT = { least: 1, most: 100, default: 50 };

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
    limit: wholeNumberParameter('limit', LIMIT, {
      description: 'How many peers to list at most.',
      example: LIMIT.default,
    }),
    cursor: described(z.optional(z.string()), {
      override: { pattern: '^[A-Za-z0-9_-]+$' },
      param: {
        description:
          'The `cursor` of the page before, to get the next one. It goes with the API key and the prefix that it ' +
          'was given for.',
      },
    }),
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
    message: `limit must be a whole number from ${LIMIT.least} to ${LIMIT.most}`,
  },

  async handle({ key, query: { prefix, limit, cursor } }, { directory }: Pick<UsageContext, 'directory'>) {
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
  },
});

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
