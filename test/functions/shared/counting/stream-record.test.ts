import { describe, expect, test } from 'vitest';
import { parseStreamRecord } from '../../../../functions/shared/counting/stream-record.ts';
import { streamRecord } from '../../../faults/history.ts';

// What others put into the messages table themselves.

const NOW = '2026-11-22T10:00:00.000Z';
const MESSAGE = {
  peerId: 'p',
  channelId: 'c',
  conversationId: 'k',
  messageId: 'm',
  role: 'user',
  sentAt: Date.parse(NOW),
} as const;
const { role: _, ...COUNTED } = MESSAGE;

/** The record of a message, put with this text, and perhaps with other attributes. */
function recordOf(sentAt: string, others: Record<string, { S: string }> = {}) {
  const record = streamRecord(MESSAGE, 1);
  const image = { ...record.dynamodb?.NewImage, sentAt: { S: sentAt }, ...others };
  const madeAt = Date.parse(NOW) / 1000;
  return {
    ...record,
    dynamodb: { ...record.dynamodb, NewImage: image, ApproximateCreationDateTime: madeAt },
  };
}

describe('the record of a message that was put directly', () => {
  test.each([
    ['2026-11-22T10:00:00Z', NOW],
    ['2026-11-22t10:00:00z', NOW],
    ['2026-11-22T10:00Z', NOW],
    ['2026-11-22 10:00:00+00', NOW],
    ['2026-11-22T11:00:00+0100', NOW],
    ['2026-11-22T09:59:59.999999999Z', '2026-11-22T09:59:59.999Z'],
    ['2026-11-21T23:59:60Z', '2026-11-22T00:00:00.000Z'],
  ])('sent at %s is counted at %s', (sentAt, instant) => {
    expect(parseStreamRecord(recordOf(sentAt), 400)).toEqual({
      kind: 'message',
      message: { ...COUNTED, sentAt: Date.parse(instant) },
    });
  });

  test.each(['1795341600', '2026-11-22', '2026-11-22T10:00:00', '2026-11-22T10:00:00.1234567890Z', ''])(
    'sent at %j is malformed',
    (sentAt) => {
      expect(parseStreamRecord(recordOf(sentAt), 400)).toEqual({
        kind: 'unusable',
        reason: 'malformed',
        explanation: 'sentAt must be an RFC 3339 instant with a time zone, such as 2026-11-22T10:00:00Z',
      });
    },
  );

  test('with attributes that are none of the contract is counted without them', () => {
    const others = { text: { S: 'hello' }, sent_at: { S: '2020-01-01T00:00:00Z' } };
    expect(parseStreamRecord(recordOf(NOW, others), 400)).toEqual({ kind: 'message', message: COUNTED });
  });
});
