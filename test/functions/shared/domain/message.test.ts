import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import {
  ageProblem,
  countingLimits,
  messageFields,
  recordingLimits,
} from '../../../../functions/shared/domain/message.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const message = { messageId: 'm1', conversationId: 'c1', channelId: 'direct', role: 'user' };

function problemsOf(sent: unknown): string[] | undefined {
  return z.safeParse(messageFields(), sent).error?.issues.map((issue) => issue.message);
}

describe('the fields of a message', () => {
  test('are kept where they are known, and dropped where they are not', () => {
    const whole = {
      ...message,
      sentAt: '2026-11-22T11:00:00+01:00',
      channelName: 'Direct',
      galleryKey: 'custom',
    };
    expect(z.parse(messageFields(), { ...whole, text: 'hello', peerId: 'peer_1' })).toEqual({
      ...whole,
      sentAt: NOW,
    });
  });

  test('may leave out the instant and what is told of the channel', () => {
    expect(z.parse(messageFields(), message)).toEqual(message);
  });

  test.each([
    ['2026-11-22T10:00:00Z', '2026-11-22T10:00:00.000Z'],
    ['2026-11-22T10:00:00.123456Z', '2026-11-22T10:00:00.123Z'],
    ['2026-11-22T23:30:00-01:00', '2026-11-23T00:30:00.000Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  ])('sentAt %s is %s', (sentAt, instant) => {
    expect(z.parse(messageFields(), { ...message, sentAt }).sentAt).toBe(Date.parse(instant));
  });

  test.each([
    '2026-11-22',
    '2026-11-22T10:00:00',
    '2026-02-29T10:00:00Z',
    '2026-11-22T25:00:00Z',
    '2026-11-22T10:60:00Z',
    'yesterday',
    '',
    '1795341600000',
  ])('sentAt %j is refused', (sentAt) => {
    expect(problemsOf({ ...message, sentAt })).toEqual([
      'sentAt must be an RFC 3339 instant with a time zone, such as 2026-11-22T10:00:00Z',
    ]);
  });

  test.each([
    [{ ...message, role: 'User' }, ['role must be one of user, assistant, system, tool']],
    [{ ...message, role: undefined }, ['role must be one of user, assistant, system, tool']],
    [
      { ...message, sentAt: null },
      ['sentAt must be an RFC 3339 instant with a time zone, such as 2026-11-22T10:00:00Z'],
    ],
    [{ ...message, channelName: null }, ['channelName must be a string']],
    [
      { ...message, messageId: '', channelId: 1 },
      ['messageId must not be empty', 'channelId must be a string'],
    ],
    [undefined, ['a message must be an object']],
    ['m1', ['a message must be an object']],
  ])('%j is refused with the names of the fields', (sent, problems) => {
    expect(problemsOf(sent)).toEqual(problems);
  });
});

describe('the age of a message', () => {
  const at = (instant: string) => Date.parse(instant);

  test.each([
    ['2026-11-22T10:05:00.000Z', undefined],
    ['2026-11-22T10:05:00.001Z', 'sent_in_future'],
    ['2026-10-23T10:00:00.000Z', undefined],
    ['2026-10-23T09:59:59.999Z', 'too_old'],
  ])('to be recorded, sent at %s and kept for 30 days: %s', (sentAt, problem) => {
    expect(ageProblem(at(sentAt), NOW, recordingLimits(30))).toBe(problem);
  });

  test.each([
    ['2026-11-22T10:06:00.000Z', undefined],
    ['2026-11-22T10:06:00.001Z', 'sent_in_future'],
    ['2026-10-22T10:00:00.000Z', undefined],
    ['2026-10-22T09:59:59.999Z', 'too_old'],
  ])('to be counted, sent at %s and kept for 30 days: %s', (sentAt, problem) => {
    expect(ageProblem(at(sentAt), NOW, countingLimits(30))).toBe(problem);
  });
});
