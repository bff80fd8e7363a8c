import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

/** What a cursor is bound to: it is worth nothing anywhere else. */
export interface CursorContext {
  keyId: string;
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
 * nobody's business but the key's, and authenticated together with its context.
 *
 * @param secret the usage table's hash secret
 * @param randomBytes gives so many unpredictable bytes
 */
export function makeCursor(
  peerId: string,
  context: CursorContext,
  secret: Uint8Array,
  randomBytes: (length: number) => Uint8Array,
): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, cursorKey(secret), nonce).setAAD(authenticated(context));
  const encrypted = Buffer.concat([cipher.update(peerId, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, encrypted, cipher.getAuthTag()]).toString('base64url');
}

/**
 * The peer behind which the list of a cursor goes on.
 *
 * @throws CursorError where it is no cursor that was made with this secret for this context
 */
export function readCursor(cursor: string, context: CursorContext, secret: Uint8Array): string {
  const bytes = Buffer.from(cursor, 'base64url');
  // Decoding passes over what is not base64url, and over bits beyond the last byte.
  const isCanonical = bytes.toString('base64url') === cursor;
  if (!isCanonical || bytes.length <= NONCE_BYTES + TAG_BYTES) throw new CursorError('this is no cursor');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, cursorKey(secret), nonce, { authTagLength: TAG_BYTES })
    .setAAD(authenticated(context))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const decrypted = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([decrypted, decipher.final()]).toString('utf8');
  } catch (error) {
    throw new CursorError('this cursor is not authentic', { cause: error });
  }
}

/** A key of its own, so that a cursor tells nothing of what else the secret is for. */
function cursorKey(secret: Uint8Array): Uint8Array {
  return createHmac('sha256', secret).update('cursor of the list of peers').digest();
}

function authenticated({ keyId, prefix }: CursorContext): Uint8Array {
  return Buffer.from(JSON.stringify([keyId, prefix]));
}
