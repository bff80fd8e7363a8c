import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { ApiKeyRecord } from '../shared/domain/api-key.ts';
import { identifierProblem } from '../shared/domain/identifier.ts';

/** What a cursor is bound to: it is worth nothing anywhere else. */
export interface CursorContext {
  key: Pick<ApiKeyRecord, 'keyId' | 'secretHash'>;
  prefix: string;
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A text that should be a cursor is none of this context, or was changed. */
export class CursorError extends Error {
  override name = 'CursorError';
}

/**
 * Makes the cursor of a list that goes on behind a peer. It is encrypted, because the ids of peers are
 * nobody's business but the API key's, and authenticated together with its context.
 *
 * What encrypts it follows from the API key. So whoever holds the key could make one, and gain nothing: a
 * position says where the list of the peers that the key may read goes on, and not which these are.
 *
 * @param randomBytes gives so many unpredictable bytes
 */
export function makeCursor(
  peerId: string,
  context: CursorContext,
  randomBytes: (length: number) => Uint8Array,
): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, cursorKey(context), nonce).setAAD(authenticated(context));
  const encrypted = Buffer.concat([cipher.update(peerId, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, encrypted, cipher.getAuthTag()]).toString('base64url');
}

/**
 * The peer behind which the list of a cursor goes on.
 *
 * @throws CursorError where it is no cursor that was made for this context
 */
export function readCursor(cursor: string, context: CursorContext): string {
  const bytes = Buffer.from(cursor, 'base64url');
  // Decoding passes over what is not base64url, and over bits beyond the last byte.
  const isCanonical = bytes.toString('base64url') === cursor;
  if (!isCanonical || bytes.length <= NONCE_BYTES + TAG_BYTES) throw new CursorError('this is no cursor');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, cursorKey(context), nonce, { authTagLength: TAG_BYTES })
    .setAAD(authenticated(context))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  let peerId: string;
  try {
    const decrypted = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    peerId = Buffer.concat([decrypted, decipher.final()]).toString('utf8');
  } catch (error) {
    throw new CursorError('this cursor is not authentic', { cause: error });
  }
  // What the key's holder made up need not be a position in the list, which DynamoDB would refuse.
  const isPosition = identifierProblem('peerId', peerId) === undefined && peerId.startsWith(context.prefix);
  if (!isPosition) throw new CursorError('this cursor holds no position in the list');
  return peerId;
}

/** A key of its own, so that a cursor tells nothing of the hash that the API key is known by. */
function cursorKey({ key }: CursorContext): Uint8Array {
  return createHmac('sha256', key.secretHash).update('cursor of the list of peers').digest();
}

function authenticated({ key, prefix }: CursorContext): Uint8Array {
  return Buffer.from(JSON.stringify([key.keyId, prefix]));
}
