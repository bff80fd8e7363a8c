import { createHmac, Hmac } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { Fingerprints } from '../../../../functions/shared/counting/fingerprints.ts';

const SECRET = new Uint8Array(Buffer.from('a secret of thirty-two bytes ...'));
const MESSAGE = { peerId: 'peer_123', conversationId: 'conversation_ä', messageId: 'message_1' };

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}

test('whoever has a peer’s proof key can tell the digest and the fingerprint of a message from its ids', () => {
  const fingerprints = new Fingerprints(SECRET);
  const proofKey = hmac(SECRET, 'proof\npeer_123');
  expect(Buffer.from(fingerprints.proofKey('peer_123'))).toEqual(proofKey);
  const hash = hmac(proofKey, 'conversation_ä\nmessage_1');
  expect(fingerprints.digestOf(MESSAGE)).toBe(hash.subarray(0, 16).toString('hex'));
  expect(fingerprints.ofMessage(MESSAGE)).toBe(hash.subarray(8, 16).toString('hex'));
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

test('a message takes one HMAC, once its peer and its conversation are known', () => {
  const fingerprints = new Fingerprints(SECRET);
  const hashed = vi.spyOn(Hmac.prototype, 'digest');
  const hashesOf = (messageId: string) => {
    hashed.mockClear();
    const message = { ...MESSAGE, messageId };
    fingerprints.ofMessage(message);
    fingerprints.ofConversation(message.peerId, message.conversationId);
    return hashed.mock.calls.length;
  };
  // Those of the message and of the conversation, behind the two that make the peer's keys.
  expect(hashesOf('first')).toBe(4);
  expect(hashesOf('second')).toBe(1);
  hashed.mockRestore();
});

test('conversations of the same id are told apart by their peers, however often they are asked for', () => {
  const fingerprints = new Fingerprints(SECRET);
  const hashes = ['p', 'q', 'p', 'q'].map((peerId) => fingerprints.ofConversation(peerId, 'k'));
  expect(new Set(hashes).size).toBe(2);
  expect(hashes[0]).toBe(hashes[2]);
});

test('a history mark stands for all by which a message counts, under a key that nothing else tells', () => {
  const fingerprints = new Fingerprints(SECRET);
  const message = { ...MESSAGE, channelId: 'c', role: 'user', sentAt: 1_683_194_400_000 } as const;
  const until = 1_800_000_000_000;
  const key = hmac(SECRET, 'history\npeer_123');
  const text = `conversation_ä\nmessage_1\nc\nuser\n1683194400000\n${until}`;
  const mark = { until, code: hmac(key, text).subarray(0, 16).toString('base64url') };
  expect(fingerprints.historyMark(message, until)).toEqual(mark);
  expect(fingerprints.isMarkOf(message, mark)).toBe(true);
  // Names of channels and kinds are told to whoever counts first, and count nothing.
  expect(fingerprints.isMarkOf({ ...message, channelName: 'A name' }, mark)).toBe(true);
  const others = [
    { ...message, peerId: 'peer_124' },
    { ...message, conversationId: 'conversation' },
    { ...message, messageId: 'message_2' },
    { ...message, channelId: 'd' },
    { ...message, role: 'assistant' as const },
    { ...message, sentAt: message.sentAt + 1 },
  ];
  expect(others.map((other) => fingerprints.isMarkOf(other, mark))).toEqual(others.map(() => false));
  expect(fingerprints.isMarkOf(message, { ...mark, until: until + 1 })).toBe(false);
  expect(new Fingerprints(new Uint8Array(32)).isMarkOf(message, mark)).toBe(false);
});
