import * as z from 'zod/mini';
import { described } from './described.ts';
import { IDENTIFIER_WORDS, identifier } from './identifier.ts';
import { INSTANT_WORDS, parseInstant } from './instant.ts';
import { lazily } from './lazily.ts';
import { DAY_MS, type EpochMillis, MINUTE_MS } from './utc-day.ts';

export const ROLES = ['user', 'assistant', 'system', 'tool'] as const;
export type Role = (typeof ROLES)[number];

/** The only role whose messages count. */
export const COUNTED_ROLE: Role = 'user';

/** How many messages one request may record, or look up. */
export const MESSAGES_PER_REQUEST = 500;

/** What names a message: sent again with the same three, it is the same message. */
export interface MessageIdentity {
  peerId: string;
  conversationId: string;
  messageId: string;
}

/** How far ahead of the service's clock a message may be that is recorded over HTTP. */
const RECORDED_AHEAD_MS = 5 * MINUTE_MS;

const SENT_AT_WORDS = `sentAt must be ${INSTANT_WORDS}`;

/** When a message was sent: an instant with a time zone, which becomes milliseconds. */
export const sentAtField = lazily(() =>
  described(
    z.codec(z.string(SENT_AT_WORDS), z.int(), {
      decode: (text, { issues }): EpochMillis => {
        const instant = parseInstant(text);
        if (instant !== undefined) return instant;
        issues.push({ code: 'custom', input: text, message: SENT_AT_WORDS });
        return z.NEVER;
      },
      encode: (instant) => new Date(instant).toISOString(),
    }),
    { override: { type: 'string', format: 'date-time' } },
  ),
);

/** The fields that a sender gives, whichever way the message comes. */
export const messageFields = lazily(() =>
  described(
    z.object(
      {
        messageId: described(
          identifier('messageId'),
          `Names the message within its conversation. ${IDENTIFIER_WORDS}.`,
        ),
        conversationId: described(
          identifier('conversationId'),
          `The conversation that the message is part of. ${IDENTIFIER_WORDS}.`,
        ),
        channelId: described(
          identifier('channelId'),
          `The channel on which it was sent; a new one registers itself. ${IDENTIFIER_WORDS}.`,
        ),
        role: described(
          z.enum(ROLES, `role must be one of ${ROLES.join(', ')}`),
          'Who sent it. Only messages of users are counted.',
        ),
        sentAt: described(
          z.exactOptional(sentAtField()),
          'When it was sent: RFC 3339, and what common platforms send: the offset as `+0000` or `+00`, small letters, ' +
            `no seconds, up to nine decimals. At most ${RECORDED_AHEAD_MS / MINUTE_MS} minutes ahead, and no ` +
            'older than the message retention (400 days, unless the deployment says otherwise). Without it: now.',
        ),
        channelName: described(
          z.exactOptional(identifier('channelName')),
          `A name for the channel, shown until the registry has one. ${IDENTIFIER_WORDS}.`,
        ),
        galleryKey: described(
          z.exactOptional(identifier('galleryKey')),
          `The kind of integration, such as \`slack\`. ${IDENTIFIER_WORDS}.`,
        ),
      },
      'a message must be an object',
    ),
    'A message, without its text. Fields that are not listed here are dropped; one that is a listed one in other ' +
      'letters, such as `sent_at`, is refused.',
  ),
);

/** One utterance, without its text. */
export interface Message extends MessageIdentity, Omit<z.output<ReturnType<typeof messageFields>>, 'sentAt'> {
  /** When it was sent; the day of this instant is the day on which it counts. */
  sentAt: EpochMillis;
}

/** A message of the role that counts, as it reaches the counters. */
export type UserMessage = Omit<Message, 'role'>;

/** How old or how far ahead a message may be. */
export interface AgeLimits {
  /** How long messages are stored, in days; an older message could not be told from a repeated one. */
  retentionDays: number;
  /** How far ahead of the clock `sentAt` may be, in milliseconds. */
  aheadMs: number;
  /** How much older than the retention `sentAt` may still be, in milliseconds. */
  graceMs: number;
}

/** The limits that a message must keep to be recorded over HTTP. */
export function recordingLimits(retentionDays: number): AgeLimits {
  return { retentionDays, aheadMs: RECORDED_AHEAD_MS, graceMs: 0 };
}

/**
 * The limits that a stored message must keep to be counted. They are a little wider than those for
 * recording, so that whatever was recorded is counted although the stream's clock is another one.
 */
export function countingLimits(retentionDays: number): AgeLimits {
  return { retentionDays, aheadMs: 6 * MINUTE_MS, graceMs: DAY_MS };
}

export type AgeProblem = 'too_old' | 'sent_in_future';

/** What is wrong with the `sentAt` of a message that is beyond the limits, in words. */
export function ageProblemWords(problem: AgeProblem, { retentionDays, aheadMs }: AgeLimits): string {
  return problem === 'too_old'
    ? `sentAt must not be more than ${retentionDays} days ago`
    : `sentAt must not be more than ${aheadMs / MINUTE_MS} minutes ahead`;
}

/** Tells whether a message sent at `sentAt` is beyond the limits at the instant `now`. */
export function ageProblem(sentAt: EpochMillis, now: EpochMillis, limits: AgeLimits): AgeProblem | undefined {
  if (sentAt > now + limits.aheadMs) return 'sent_in_future';
  if (sentAt < now - limits.retentionDays * DAY_MS - limits.graceMs) return 'too_old';
  return undefined;
}
