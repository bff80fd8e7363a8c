import * as z from 'zod/mini';
import { SCOPES, type Scope } from '../shared/domain/api-key.ts';
import { component, described, growing } from '../shared/domain/described.ts';
import { MESSAGES_PER_REQUEST } from '../shared/domain/message.ts';
import { operation } from '../shared/http/operation.ts';
import type { UsageContext } from './context.ts';

/** The scope of those whom the limits of recording concern. */
const RECORDING: Scope = 'messages:write';

const recordingLimits = component(
  'RecordingLimits',
  'What recording messages is bound by.',
  z.object({
    messageRetentionDays: described(
      z.int().check(z.positive()),
      'So many days ago a message may have been sent at most, to be recorded.',
    ),
    messagesPerRequest: described(
      z.int().check(z.positive()),
      'So many messages one request may record at most.',
    ),
  }),
);

/** What a caller's key may do. */
export const keyAnswer = component(
  'Key',
  'What an API key may do.',
  z.object({
    keyId: described(z.string(), 'Its id: the second part of `cua_<keyId>_<secret>`.'),
    scopes: described(z.array(growing(SCOPES)), 'What it may do.'),
    peers: described(
      z.union([z.literal('all'), z.array(z.string())]),
      'The peers that it may do it with: `all`, or a list, in which there may be peers that were never used.',
    ),
    expiresAt: described(
      z.nullable(z.iso.datetime()),
      'From this instant on (UTC) it is refused; `null` where it does not expire.',
    ),
    label: described(z.exactOptional(z.string()), 'What it was made for; left out where that was not said.'),
    limits: described(
      z.exactOptional(recordingLimits),
      'What recording is bound by; left out where the key may not record messages.',
    ),
  }),
);
export type KeyAnswer = z.output<typeof keyAnswer>;

/** Answers with what the caller's key may do. */
export const getKey = operation('getKey', {
  tag: 'Keys',
  summary: 'Get what the API key may do',
  description:
    'Answers with the scopes and the peers of the API key that the request is sent with, and with what recording is ' +
    'bound by where it may record messages. Its secret is in no answer.',
  answer: {
    description: 'What the key may do.',
    schema: keyAnswer,
    examples: {
      reader: {
        summary: 'A key that reads the figures of all peers',
        value: {
          keyId: 'k7f2',
          scopes: ['stats:read'],
          peers: 'all',
          expiresAt: null,
          label: 'Dashboard',
        },
      },
      onePeer: {
        summary: 'A key for one peer that expires',
        value: {
          keyId: 'p3x9',
          scopes: ['stats:read', 'messages:write'],
          peers: ['peer_123'],
          expiresAt: '2027-01-01T00:00:00.000Z',
          limits: { messageRetentionDays: 400, messagesPerRequest: MESSAGES_PER_REQUEST },
        },
      },
    },
  },

  async handle(
    { key },
    { messageRetentionDays }: Pick<UsageContext, 'messageRetentionDays'>,
  ): Promise<KeyAnswer> {
    const { keyId, scopes, peers, expiresAtInstant, label } = key;
    return {
      keyId,
      // What a key of a later release may do beside these is nothing that this one could name.
      scopes: SCOPES.filter((scope) => scopes.includes(scope)),
      peers: peers === 'all' ? peers : [...peers],
      expiresAt: expiresAtInstant === undefined ? null : new Date(expiresAtInstant).toISOString(),
      ...(label !== undefined && { label }),
      ...(scopes.includes(RECORDING) && {
        limits: { messageRetentionDays, messagesPerRequest: MESSAGES_PER_REQUEST },
      }),
    };
  },
});
