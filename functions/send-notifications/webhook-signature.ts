import { createHmac } from 'node:crypto';
import type { EpochMillis } from '../shared/domain/utc-day.ts';

/** What signs for a receiver: the key of its secret, and that of the next or the last one while it is rotated. */
export type SigningKeys = readonly Uint8Array[];

/** A secret cannot be used. What it says holds no part of it. */
export class SigningSecretError extends Error {
  override name = 'SigningSecretError';
}

const PREFIX = 'whsec_';
/** How long the random part of a secret is, in bytes. */
const KEY_LENGTH = { least: 24, most: 64 } as const;
/** One, and a second one while it takes the place of the first. */
const MOST_SECRETS = 2;

/**
 * Reads a secret of Standard Webhooks, or two of them with white space between.
 *
 * @param source where it was found, for the error
 * @throws SigningSecretError that names the source, and says what is wrong
 */
export function signingKeys(text: string, source: string): SigningKeys {
  const secrets = text.split(/\s+/).filter((secret) => secret !== '');
  if (secrets.length === 0) throw new SigningSecretError(`${source} holds no secret`);
  if (secrets.length > MOST_SECRETS) {
    throw new SigningSecretError(`${source} holds ${secrets.length} secrets; there may be ${MOST_SECRETS}`);
  }
  return secrets.map((secret, index) => {
    const problem = secretProblem(secret);
    if (problem === undefined) return keyOf(secret);
    const which = secrets.length === 1 ? 'the secret' : `secret ${index + 1}`;
    throw new SigningSecretError(`${which} in ${source} ${problem}`);
  });
}

function secretProblem(secret: string): string | undefined {
  if (!secret.startsWith(PREFIX)) return `does not begin with ${PREFIX}`;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(secret.slice(PREFIX.length))) return `is not base64 behind ${PREFIX}`;
  const { length } = keyOf(secret);
  if (length >= KEY_LENGTH.least && length <= KEY_LENGTH.most) return undefined;
  return `stands for ${length} bytes; it needs ${KEY_LENGTH.least} to ${KEY_LENGTH.most}`;
}

function keyOf(secret: string): Uint8Array {
  return new Uint8Array(Buffer.from(secret.slice(PREFIX.length), 'base64'));
}

/**
 * The headers by which a receiver knows whose a message is, and that it is new, as Standard Webhooks 1.0 has them.
 *
 * @param id the same in every attempt; it holds no full stop
 * @param body as it is sent, to the byte
 * @param at when this attempt is made
 */
export function signedHeaders(
  keys: SigningKeys,
  { id, body, at }: { id: string; body: string; at: EpochMillis },
): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  const signatures = keys.map((key) => {
    const digest = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
    return `v1,${digest}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
