import { describe, expect, test } from 'vitest';
import { HttpTarget, type SentMessage } from '../../../../../packages/cli/src/import/http-target.ts';
import { exported } from './spooled.ts';

describe('messages over HTTP', () => {
  test('are sent with an instant in RFC 3339, and what is refused is named by its place', async () => {
    const target = new HttpTarget(500, async (messages) => ({
      recorded: messages.length - 1,
      duplicates: 0,
      rejected: [{ index: 1, code: 'too_old', message: 'sentAt must not be …' }],
    }));
    expect(await target.record([exported('a').message, exported('b').message])).toEqual({
      recorded: 1,
      duplicates: 0,
      refused: [{ index: 1, code: 'too_old', reason: 'sentAt must not be …' }],
    });
  });

  test('are never more than a request may hold, in bytes either', async () => {
    const requests: (readonly SentMessage[])[] = [];
    const target = new HttpTarget(500, async (messages) => {
      requests.push(messages);
      return {
        recorded: 0,
        duplicates: 0,
        rejected: messages.map((_, index) => ({ index, code: 'c', message: 'm' })),
      };
    });
    // Each of these characters takes two bytes, and another one before it in JSON.
    const longest = '\\'.repeat(128);
    const fields = { conversationId: longest, channelId: longest, channelName: longest, galleryKey: longest };
    const wide = '𝒳'.repeat(64);
    const messages = Array.from({ length: 500 }, (_, index) => exported(`${index}${wide}`, fields).message);
    const padded = [...messages, ...messages, ...messages];
    const { refused } = await target.record(padded);
    expect(refused.map(({ index }) => index)).toEqual(padded.map((_, index) => index));
    const sizes = requests.map((sent) => Buffer.byteLength(JSON.stringify({ messages: sent })));
    expect(Math.max(...sizes)).toBeLessThan(1_000_000);
    expect(requests).toHaveLength(Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 950_000));
    expect(requests.flat().map(({ messageId }) => messageId)).toEqual(
      padded.map(({ messageId }) => messageId),
    );
  });
});
