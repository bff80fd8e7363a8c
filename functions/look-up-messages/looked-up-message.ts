import * as z from 'zod/mini';
import { component, described, growing } from '../shared/domain/described.ts';
import { ROLES } from '../shared/domain/message.ts';

/** What may have become of a message. */
const LOOKUP_STATUSES = ['counted', 'pending', 'not_counted', 'quarantined', 'unknown'] as const;

/** What became of one message. */
export const lookedUpMessage = component(
  'LookedUpMessage',
  'What became of a message, and why.',
  z.object({
    status: described(
      growing(LOOKUP_STATUSES),
      '`counted`: it is in the figures. `pending`: it is stored, and counting has not come to it. `not_counted`: it is ' +
        'stored, and is none that counts. `quarantined`: it was to be counted, and cannot be. `unknown`: it is ' +
        'neither stored nor known as counted.',
    ),
    reason: described(
      z.exactOptional(z.string()),
      'Why, for programs: one of the words that the operation lists.',
    ),
    explanation: described(z.exactOptional(z.string()), 'Why, in words. It is there where `reason` is.'),
    channelId: described(z.exactOptional(z.string()), 'The channel on which it counts, or would count.'),
    role: described(z.exactOptional(z.enum(ROLES)), 'Who sent it.'),
    sentAt: described(z.exactOptional(z.iso.datetime()), 'When it was sent, as far as that is kept.'),
    day: described(z.exactOptional(z.iso.date()), 'The UTC day on which it counts, or will.'),
    startedConversation: described(
      z.exactOptional(z.boolean()),
      'Of a counted message: whether it is the one by which its conversation counts on this channel, and on its day.',
    ),
  }),
);
export type LookedUpMessage = z.output<typeof lookedUpMessage>;

/** What became of the messages of a request. */
export const lookedUpMessages = component(
  'LookedUpMessages',
  'What became of the messages.',
  z.object({
    messages: described(z.array(lookedUpMessage), 'One for each message that was asked for, in order.'),
  }),
);
