import * as z from 'zod/mini';
import { component, described } from '../shared/domain/described.ts';
import { MESSAGES_PER_REQUEST } from '../shared/domain/message.ts';
import { soughtMessage } from '../shared/domain/sought-message.ts';
import { operation } from '../shared/http/operation.ts';
import { lookedUpMessages } from './looked-up-message.ts';
import type { MessageLookup } from './message-lookup.ts';
import { REASONS } from './reasons.ts';

const HOW_MANY = `messages must be an array of 1 to ${MESSAGES_PER_REQUEST} messages to look up`;

/** Tells of messages of a peer whether they were counted, and why not. */
export const postLookup = operation('lookUpMessages', {
  tag: 'Messages',
  summary: 'Look up messages',
  description: [
    `Tells of 1 to ${MESSAGES_PER_REQUEST} messages of a peer, in order, whether each is in the figures, and why, or why not.`,
    '',
    'While a message is stored, its two ids are enough. When it was removed or has expired, the evidence of what was ' +
      'counted answers for as long as that is kept (460 days after the day, unless the deployment says otherwise). ' +
      'Evidence is kept for each channel and day: so give `channelId`, and `sentAt` or `day`, as the message was ' +
      'recorded. With `day` all of the day is looked through, with `sentAt` less. Without these hints the evidence ' +
      'answers for messages that started a conversation; with the day alone, for those of a conversation on one channel.',
    '',
    'All of a request is right, or it is refused with a 400 that names each field that is wrong, by the place of its ' +
      'message (`messages.2.sentAt`): here nothing is lost by that, and a hint that is misspelt must not be passed over.',
    '',
    'What `reason` says, with which `status`:',
    ...Object.entries(REASONS).map(([reason, words]) => `- \`${reason}\`: ${words}`),
  ],
  body: {
    description: 'The messages to look up.',
    schema: component(
      'MessagesToLookUp',
      'Messages to look up. Unknown fields are refused, also those of a message.',
      z.strictObject(
        {
          messages: described(
            // First how many there are: what is wrong with more than that need not be found out.
            z.pipe(
              z
                .array(z.unknown(), HOW_MANY)
                .check(z.minLength(1, HOW_MANY), z.maxLength(MESSAGES_PER_REQUEST, HOW_MANY)),
              z.array(soughtMessage),
            ),
            {
              description: 'The messages to look up. The same one may stand there more than once.',
              override: { items: { $ref: '#/components/schemas/MessageToLookUp' } },
            },
          ),
        },
        'the body must be an object with messages',
      ),
    ),
    examples: {
      messages: {
        summary: 'A message by its ids, and one that may have expired, with hints',
        value: {
          messages: [
            { conversationId: 'conv_1', messageId: 'msg_1' },
            { conversationId: 'conv_0', messageId: 'msg_9', channelId: 'integration_123', day: '2025-10-14' },
          ],
        },
      },
    },
  },
  answer: {
    description: 'What became of the messages.',
    schema: lookedUpMessages,
    examples: {
      found: {
        summary: 'One was counted; the other is of a role that does not count',
        value: {
          messages: [
            {
              status: 'counted',
              channelId: 'integration_123',
              role: 'user',
              sentAt: '2026-11-22T09:54:58.000Z',
              day: '2026-11-22',
              startedConversation: true,
            },
            {
              status: 'not_counted',
              reason: 'role_not_counted',
              explanation: 'it is stored with the role assistant, and only the role user counts',
              channelId: 'integration_123',
              role: 'assistant',
              sentAt: '2026-11-22T09:55:00.000Z',
            },
          ],
        },
      },
      unknown: {
        summary: 'It is not stored any more, and hints are missing',
        value: {
          messages: [
            {
              status: 'unknown',
              reason: 'hints_needed',
              explanation:
                'it is not stored. Add channelId, and sentAt or day, as it was recorded, and the evidence of that day answers',
            },
          ],
        },
      },
    },
  },
  badRequest: { path: 'messages.0.messageId', message: 'messageId must be a string' },

  async handle({ peerId, body: { messages } }, { lookup }: { lookup: Pick<MessageLookup, 'lookUp'> }) {
    return { messages: await lookup.lookUp(peerId, messages) };
  },
});
