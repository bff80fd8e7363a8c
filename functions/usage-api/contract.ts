import * as z from 'zod/mini';
import { CHANNEL_STATUSES } from '../domain/channel.ts';
import { INCLUDABLE } from '../domain/channel-stats.ts';
import { identifierPrefix } from '../domain/identifier.ts';
import { isUtcDay } from '../domain/utc-day.ts';

/** A day in a query string. */
function dayParameter(name: string) {
  return z
    .string()
    .check(z.refine(isUtcDay, `${name} must be a day that exists, as YYYY-MM-DD, such as 2026-11-22`));
}

const includable = z.enum(INCLUDABLE);

/** The query of channel-stats: a range of days, both included, and what else to tell. */
export const channelStatsQuery = z
  .object({
    from: z.optional(dayParameter('from')),
    to: z.optional(dayParameter('to')),
    include: z.optional(
      z.pipe(
        z
          .string()
          .check(
            z.refine(
              (text) => text.split(',').every((word) => z.safeParse(includable, word).success),
              `include must be a comma-separated list of ${INCLUDABLE.join(', ')}`,
            ),
          ),
        z.transform((text: string) => new Set(text.split(',').map((word) => z.parse(includable, word)))),
      ),
    ),
  })
  .check(
    z.refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
      error: 'from must not be after to',
      path: ['from'],
    }),
  );

/** A schema of its own for every field, so that each can be described. */
function count() {
  return z.int().check(z.nonnegative());
}

/** Messages, and conversations that started. */
export const counts = z.object({ conversationCount: count(), messageCount: count() });

/** One channel in the answer of channel-stats. */
export const channelStatsEntry = z.object({
  channelId: z.string(),
  channelName: z.string(),
  galleryKey: z.exactOptional(z.string()),
  conversationCount: count(),
  messageCount: count(),
  percentage: z.exactOptional(z.number().check(z.minimum(0), z.maximum(100))),
  lastMessageAt: z.exactOptional(z.iso.datetime()),
  status: z.exactOptional(z.enum(CHANNEL_STATUSES)),
});

/** The answer of channel-stats. */
export const channelStatsAnswer = z.object({ channels: z.array(channelStatsEntry), total: counts });
export type ChannelStatsAnswer = z.output<typeof channelStatsAnswer>;

/** How many peers an answer lists. */
export const PEERS_LIMIT = { least: 1, most: 100, default: 50 } as const;

/** The query of the list of peers. */
export const peersQuery = z.object({
  prefix: z._default(identifierPrefix('prefix'), ''),
  limit: z._default(
    z.pipe(
      z
        .string()
        .check(
          z.refine(
            (text) => /^[1-9]\d{0,2}$/.test(text) && Number(text) <= PEERS_LIMIT.most,
            `limit must be a whole number from ${PEERS_LIMIT.least} to ${PEERS_LIMIT.most}`,
          ),
        ),
      z.transform(Number),
    ),
    PEERS_LIMIT.default,
  ),
  cursor: z.optional(z.string()),
});

/** A peer in the list of peers. */
export const listedPeer = z.object({ peerId: z.string(), lastActiveDay: z.iso.date() });

/** The answer of the list of peers. */
export const peersAnswer = z.object({ peers: z.array(listedPeer), cursor: z.nullable(z.string()) });
export type PeersAnswer = z.output<typeof peersAnswer>;
