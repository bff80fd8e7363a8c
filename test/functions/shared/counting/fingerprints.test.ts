import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { Fingerprints } from '../../../../functions/shared/counting/fingerprints.ts';

const SECRET = new Uint8Array(Buffer.from('a secret of thirty-two bytes ...'));
const MESSAGE = { peerId: 'peer_123', conversationId: 'conversation_ä', messageId: 'message_1' };

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}

test('whoever has a peer’s proof key can tell the fingerprint of a message from its ids', () => {
  const fingerprints = new Fingerprints(SECRET);
  const proofKey = hmac(SECRET, 'proof\npeer_123');
  expect(Buffer.from(fingerprints.proofKey('peer_123'))).toEqual(proofKey);
  expect(fingerprints.ofMessage(MESSAGE)).toBe(
    hmac(proofKey, 'conversation_ä\nmessage_1').subarray(0, 8).toString('hex'),
  );
});

test('conversations are hashed under another key, which the proof key does not tell', () => {
  const fingerprints = new Fingerprints(SECRET);
  const { peerId, conversationId } = MESSAGE;
  const hash = fingerprints.ofConversation(peerId, conversationId);
  expect(hash).toBe(
    hmac(hmac(SECRET, 'conversations\npeer_123'), conversationId).subarray(0, 16).toString('base64url'),
  );
  const withProofKey = hmac(fingerprints.proofKey(peerId), conversationId);
  expect(hash).not.toBe(withProofKey.subarray(0, 16).toString('base64url'));
});

test.each([
  ['peer', { ...MESSAGE, peerId: 'peer_124' }],
  ['conversation', { ...MESSAGE, conversationId: 'conversation' }],
  ['message', { ...MESSAGE, messageId: 'message_2' }],
  ['division into ids', { ...MESSAGE, conversationId: 'conversation_', messageId: 'ämessage_1' }],
])('a message of another %s has another fingerprint', (_what, other) => {
  const fingerprints = new Fingerprints(SECRET);
  expect(fingerprints.ofMessage(other)).not.toBe(fingerprints.ofMessage(MESSAGE));
});

test('another secret makes other hashes', () => {
  const [one, other] = [new Fingerprints(SECRET), new Fingerprints(new Uint8Array(32))];
  expect(other.ofMessage(MESSAGE)).not.toBe(one.ofMessage(MESSAGE));
  expect(other.ofConversation('p', 'k')).not.toBe(one.ofConversation('p', 'k'));
  expect(other.proofKey('p')).not.toEqual(one.proofKey('p'));
});
