import * as z from 'zod/mini';
import { component, described } from '../shared/domain/described.ts';
import { operation } from '../shared/http/operation.ts';
import type { UsageContext } from './context.ts';

const HASHED_BYTES = '{conversationId}\n{messageId}';

/** The answer with a proof key. */
export const proofKeyAnswer = component(
  'ProofKey',
  'What the messages of a peer are hashed with.',
  z.object({
    peerId: described(z.string(), 'The peer.'),
    key: described(z.nullable(z.string().check(z.regex(/^[0-9a-f]{64}$/))), {
      description:
        'The proof key, 32 bytes in hexadecimal, always the same; `null` while no message was ever counted.',
    }),
    algorithm: described(z.literal('HMAC-SHA-256'), 'The keyed hash.'),
    message: described(
      // A literal with a line feed in it breaks the code that generators of clients make.
      z.string(),
      'The bytes that are hashed, as UTF-8: the id of the conversation, one line feed and the id of the message.',
    ),
    digestBytes: described(
      z.literal(16),
      'So many of the first bytes of the hash, as a number with the most significant byte first, are added up.',
    ),
    fingerprintBytes: described(z.literal(8), 'So many of the last of these bytes are the fingerprint.'),
  }),
);
export type ProofKeyAnswer = z.output<typeof proofKeyAnswer>;

/** Answers with the key and the bytes by which anyone computes a digest. */
export const getProofKey = operation('getProofKey', {
  tag: 'Proof',
  summary: 'Get the proof key',
  description: [
    'Answers with the key of a peer, and with the exact bytes that are hashed, so that whoever has the ids of messages ' +
      'computes the same digests.',
    '',
    'It tells nothing of other peers, and not how conversations are hashed.',
  ],
  answer: {
    description: 'The proof key.',
    schema: proofKeyAnswer,
    examples: {
      key: {
        summary: 'The key of a peer',
        value: {
          peerId: 'peer_123',
          key: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
          algorithm: 'HMAC-SHA-256',
          message: HASHED_BYTES,
          digestBytes: 16,
          fingerprintBytes: 8,
        },
      },
    },
  },

  async handle({ peerId }, { directory }: Pick<UsageContext, 'directory'>): Promise<ProofKeyAnswer> {
    const key = await directory.proofKey(peerId);
    return {
      peerId,
      key: key === undefined ? null : Buffer.from(key).toString('hex'),
      algorithm: 'HMAC-SHA-256',
      message: HASHED_BYTES,
      digestBytes: 16,
      fingerprintBytes: 8,
    };
  },
});
