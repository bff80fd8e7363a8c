import * as z from 'zod/mini';
import { component, described } from '../shared/domain/described.ts';
import { MESSAGES_PER_REQUEST, ROLES } from '../shared/domain/message.ts';
import { operation } from '../shared/http/operation.ts';
import type { MessageRecorder } from './message-recorder.ts';
import { recordedMessages } from './recorded-messages.ts';

const HOW_MANY = `messages must be an array of 1 to ${MESSAGES_PER_REQUEST} messages`;

/** Records messages of a peer. */
export const postMessages = operation('recordMessages', {
  tag: 'Messages',
  summary: 'Record messages',
  description: [
    `Records 1 to ${MESSAGES_PER_REQUEST} messages of a peer, in a body of at most 1 MB. They are counted within seconds.`,
    '',
    'Good messages are recorded even when others in the same request are rejected. Sending the same request ' +
      'again is safe: a message is known by `peerId`, `conversationId` and `messageId`, and counts once. Its ' +
      'first version stays.',
    '',
    'The text of a message never enters the service: fields other than those listed here are dropped, and named in ' +
      '`ignoredFields`. A field that is a listed one in other letters, such as `sent_at`, rejects its message.',
  ],
  body: {
    description: 'The messages.',
    // What a message itself must look like is checked for each of them alone, so that good ones are recorded
    // although others are not.
    schema: component(
      'MessageList',
      'Messages to record. Unknown fields beside `messages` are refused; those of a message are not.',
      z.strictObject(
        {
          messages: described(
            z
              .array(z.unknown(), HOW_MANY)
              .check(z.minLength(1, HOW_MANY), z.maxLength(MESSAGES_PER_REQUEST, HOW_MANY)),
            {
              description:
                'The messages. Each is checked by itself: those that are wrong do not keep out the others.',
              override: { items: { $ref: '#/components/schemas/Message' } },
            },
          ),
        },
        'the body must be an object with messages',
      ),
    ),
    examples: {
      messages: {
        summary: 'Two messages of a conversation, of which one is counted',
        value: {
          messages: [
            {
              messageId: 'msg_1',
              conversationId: 'conv_1',
              channelId: 'integration_123',
              role: 'user',
              sentAt: '2026-11-22T09:54:58Z',
              channelName: 'WebChat',
              galleryKey: 'webchat',
            },
            {
              messageId: 'msg_2',
              conversationId: 'conv_1',
              channelId: 'integration_123',
              role: 'assistant',
              sentAt: '2026-11-22T09:55:00Z',
            },
          ],
        },
      },
    },
  },
  answer: {
    description: 'What became of the messages.',
    schema: recordedMessages,
    examples: {
      recorded: {
        summary: 'Both were recorded',
        value: { received: 2, recorded: 2, duplicates: 0, rejected: [] },
      },
      rejected: {
        summary: 'One was recorded, one was known, one was wrong',
        value: {
          received: 3,
          recorded: 1,
          duplicates: 1,
          rejected: [
            { index: 2, code: 'invalid_message', message: `role must be one of ${ROLES.join(', ')}` },
          ],
        },
      },
    },
  },
  badRequest: { path: 'messages', message: HOW_MANY },

  handle({ peerId, requestId, body: { messages } }, { recorder }: { recorder: MessageRecorder }) {
    return recorder.record({ peerId, requestId, messages });
  },
});
