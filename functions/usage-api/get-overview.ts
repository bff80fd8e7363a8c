import * as z from 'zod/mini';
import { compareCounts } from '../shared/domain/comparison.ts';
import { described } from '../shared/domain/described.ts';
import { exampleCounts } from '../shared/domain/metrics.ts';
import {
  comparePositions,
  MAX_ORDERED_PEERS,
  ORDER_REMEMBERED_SECONDS,
  OVERVIEW_DAYS,
  OVERVIEW_SORTS,
  type OverviewAnswer,
  type OverviewQuery,
  overviewAnswer,
  overviewRanges,
  type PeerOverview,
  positionOf,
} from '../shared/domain/overview.ts';
import { dayOf, isoSeconds } from '../shared/domain/utc-day.ts';
import { InvalidRequestError } from '../shared/http/api-errors.ts';
import { operation } from '../shared/http/operation.ts';
import { wholeNumberParameter } from '../shared/http/parameters.ts';
import type { UsageContext } from './context.ts';
import { makeOverviewCursor, type OverviewCursorContext, readOverviewCursor } from './overview-cursor.ts';
import {
  cursorParameter,
  listPeersOf,
  PEERS_LIMIT,
  positionOr400,
  searchParameter,
} from './peers-request.ts';

const TOO_MANY =
  `sort must be name where the API key reads more than ${MAX_ORDERED_PEERS} peers, or where as many ids have the ` +
  'search in them';

/** Answers with the figures of all peers that the caller's key may read, one page at a time. */
export const getOverview = operation('getOverview', {
  tag: 'Peers',
  summary: 'Get an overview of the peers',
  description: [
    'Answers with one row for each peer that the API key may read, one page at a time: the messages and ' +
      'conversations of the last complete days beside those of as many days before, the messages of each day, how ' +
      'much needs attention, when the last message was sent, and how far that may be trusted. Figures are of the ' +
      'enabled channels. Today is in none but `lastMessageAt`, and in what health says of it.',
    '',
    `Orders other than by name need the figures of all peers. They are there for up to ${MAX_ORDERED_PEERS} peers, ` +
      'of those that are searched for. Figures are always those of the moment. What peers are ordered by may be up ' +
      `to ${ORDER_REMEMBERED_SECONDS} seconds older; one that moves meanwhile may be on two pages, or on none.`,
  ],
  query: z.object({
    days: wholeNumberParameter('days', OVERVIEW_DAYS, {
      description: 'How many complete days, the last one being yesterday.',
      example: OVERVIEW_DAYS.default,
    }),
    sort: described(
      z._default(z.enum(OVERVIEW_SORTS, `sort must be one of ${OVERVIEW_SORTS.join(', ')}`), 'attention'),
      {
        param: {
          description: [
            'What the peers are ordered by.',
            '- `attention`: those with the most warnings first; then those whose figures may be trusted least ' +
              '(`stalled`, `behind`, `incomplete`, `current`); then those whose messages fell most, or rose least, ' +
              'as a number (0 where there is no history); then those with the most messages.',
            '- `messages`: those with the most messages first.',
            '- `change`: those whose messages rose most first, as a number, and those that fell most last; behind ' +
              'them those without history.',
            '- `name`: in the order of the list of peers, for any number of them.',
          ].join('\n'),
          example: 'attention',
        },
      },
    ),
    search: searchParameter(),
    limit: wholeNumberParameter('limit', PEERS_LIMIT, {
      description: 'How many peers to answer with at most.',
      example: PEERS_LIMIT.default,
    }),
    cursor: cursorParameter('the days, the order and the search'),
  }),
  answer: {
    description: 'A page of the overview.',
    schema: overviewAnswer,
    examples: {
      overview: {
        summary: 'Two peers, of three days',
        value: {
          query: {
            days: 3,
            from: '2026-11-19',
            to: '2026-11-21',
            previousRange: { from: '2026-11-16', to: '2026-11-18' },
            sort: 'attention',
            timezone: 'UTC',
          },
          peers: [
            {
              peerId: 'peer_support',
              ...compareCounts(exampleCounts(40, 5), exampleCounts(80, 11)),
              daily: [25, 12, 3],
              warnings: 2,
              lastMessageAt: '2026-11-22T09:55:00.000Z',
              trust: 'current',
            },
            {
              peerId: 'peer_new',
              ...compareCounts(exampleCounts(0, 0), undefined),
              daily: [0, 0, 0],
              warnings: 0,
              lastMessageAt: null,
              trust: 'current',
            },
          ],
          cursor: null,
          asOf: '2026-11-22T10:00:00Z',
        },
      },
    },
  },
  badRequest: { path: 'sort', message: TOO_MANY },

  async handle(
    { key, query: { days, sort, search, limit, cursor } },
    context: OverviewContext,
  ): Promise<OverviewAnswer> {
    const asked = { key, days, sort, search };
    const query = await context.overviews.begin(days);
    const { range, previousRange } = overviewRanges(days, dayOf(query.now));
    const page = await pageOf({ ...asked, limit, cursor }, query, context);
    return {
      query: { days, ...range, previousRange, sort, ...(search !== '' && { search }), timezone: 'UTC' },
      ...page,
      asOf: isoSeconds(query.now),
    };
  },
});

type OverviewContext = Pick<UsageContext, 'directory' | 'overviews'>;

interface Asked extends OverviewCursorContext {
  limit: number;
  cursor: string | undefined;
}

async function pageOf(
  { limit, cursor, ...asked }: Asked,
  query: OverviewQuery,
  { directory, overviews }: OverviewContext,
): Promise<Pick<OverviewAnswer, 'peers' | 'cursor'>> {
  const after =
    cursor === undefined
      ? undefined
      : positionOr400(() => readOverviewCursor(cursor, asked), 'the same days, order and search');
  const { key, sort, search } = asked;
  if (sort === 'name') {
    const selection = {
      prefix: '',
      search,
      ...(after !== undefined && { after: after.peerId }),
      limit: limit + 1,
    };
    const found = (await listPeersOf(directory, key, selection)).map(({ peerId }) => peerId);
    const peers = await overviews.read(found.slice(0, limit), query);
    return { peers, cursor: cursorBehind(peers, found.length > limit, asked) };
  }
  const found = await listPeersOf(directory, key, { prefix: '', search, limit: MAX_ORDERED_PEERS + 1 });
  if (found.length > MAX_ORDERED_PEERS) throw new InvalidRequestError([{ path: 'sort', message: TOO_MANY }]);
  const { rows, readNow } = await overviews.recent(
    found.map(({ peerId }) => peerId),
    query,
  );
  const behind = rows
    .map((row) => ({ row, position: positionOf(row, sort) }))
    .filter(({ position }) => after === undefined || comparePositions(position, after) > 0)
    .sort((a, b) => comparePositions(a.position, b.position))
    .map(({ row }) => row);
  const page = behind.slice(0, limit);
  const remembered = page.filter(({ peerId }) => !readNow.has(peerId)).map(({ peerId }) => peerId);
  const now = new Map((await overviews.read(remembered, query)).map((row) => [row.peerId, row]));
  return {
    peers: page.map((row) => now.get(row.peerId) ?? row),
    cursor: cursorBehind(page, behind.length > limit, asked),
  };
}

/** @param page the rows by which it was ordered */
function cursorBehind(
  page: readonly PeerOverview[],
  isMore: boolean,
  asked: OverviewCursorContext,
): string | null {
  const last = page.at(-1);
  return !isMore || last === undefined ? null : makeOverviewCursor(positionOf(last, asked.sort), asked);
}
