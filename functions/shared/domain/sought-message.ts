import * as z from 'zod/mini';
import { described } from './described.ts';
import { IDENTIFIER_WORDS, identifier } from './identifier.ts';
import { sentAtField } from './message.ts';
import { dayOf, isUtcDay } from './utc-day.ts';

const DAY_WORDS = 'day must be a day that exists, as YYYY-MM-DD, such as 2026-11-22';

/** A message that is looked up: its ids, and where it may have been counted. */
export const soughtMessage = described(
  z
    .strictObject(
      {
        conversationId: described(
          identifier('conversationId'),
          `The conversation that the message is part of. ${IDENTIFIER_WORDS}.`,
        ),
        messageId: described(
          identifier('messageId'),
          `Names the message within its conversation. ${IDENTIFIER_WORDS}.`,
        ),
        channelId: described(
          z.exactOptional(identifier('channelId')),
          `A hint: the channel on which it was sent. ${IDENTIFIER_WORDS}.`,
        ),
        sentAt: described(z.exactOptional(sentAtField()), 'A hint: when it was sent, as it was recorded.'),
        day: described(
          z.exactOptional(
            described(z.string('day must be a string').check(z.refine(isUtcDay, DAY_WORDS)), {
              override: { type: 'string', format: 'date' },
            }),
          ),
          'A hint in place of `sentAt`: the UTC day on which it was sent.',
        ),
      },
      'a message to look up must be an object with conversationId and messageId',
    )
    .check(
      z.refine(({ sentAt, day }) => sentAt === undefined || day === undefined || dayOf(sentAt) === day, {
        error: 'day must be the UTC day of sentAt, where both are given',
        path: ['day'],
      }),
    ),
  'A message to look up. The hints are needed where the message itself is not stored any more.',
);
export type SoughtMessage = z.output<typeof soughtMessage>;
