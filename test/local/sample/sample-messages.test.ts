import { describe, expect, it } from 'vitest';
import { DAY_MS, dayOf, MINUTE_MS, startOf } from '../../../functions/shared/domain/utc-day.ts';
import { type SampleMessage, sampleMessages } from '../../../local/sample/sample-messages.ts';
import { demoFindings } from '../../support/usage/demo-findings.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const MESSAGES = sampleMessages(NOW);

describe("the sample's messages", () => {
  it('have exactly the figures of the document, and of the demonstration of health', () => {
    const userMessages = MESSAGES.filter(({ body }) => body.role === 'user');
    const figures = Object.fromEntries(
      [...Map.groupBy(userMessages, ({ peerId, body }) => `${peerId} ${body.channelId}`)].map(
        ([channel, messages]) => [channel, [messages.length, conversationsOf(messages).size]],
      ),
    );
    expect(figures).toEqual({
      'peer_support integration_webchat': [8245, 485],
      'peer_support integration_slack': [2890, 156],
      'peer_support integration_email': [1120, 78],
      'peer_support direct': [195, 12],
      'peer_hr integration_slack': [2950, 890],
      'peer_hr direct': [290, 45],
      'peer_123 integration_123': [8245, 485],
      'peer_123 integration_456': [2890, 156],
      'peer_123 direct': [195, 12],
      'peer_demo integration_webchat': [3000, 600],
      'peer_demo integration_slack': [133, 28],
      'peer_demo integration_email': [97, 22],
      'peer_demo integration_telegram': [48, 24],
      'peer_demo integration_whatsapp': [12, 3],
    });
  });

  it('have an identity of their own each', () => {
    const identities = MESSAGES.map(({ peerId, body }) =>
      JSON.stringify([peerId, body.conversationId, body.messageId]),
    );
    expect(new Set(identities).size).toBe(MESSAGES.length);
  });

  it('include some thousand replies, only in conversations that a user started', () => {
    const started = new Set<string>();
    let replies = 0;
    for (const { peerId, body } of MESSAGES) {
      const conversation = JSON.stringify([peerId, body.channelId, body.conversationId]);
      if (body.role === 'user') {
        started.add(conversation);
        continue;
      }
      replies += 1;
      expect(started).toContain(conversation);
    }
    expect(replies).toBeGreaterThan(2_000);
    expect(replies).toBeLessThan(6_000);
  });

  it('lie within eight weeks, in the order of time, up to now', () => {
    const times = MESSAGES.map(({ body }) => Date.parse(body.sentAt));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThan(NOW - 57 * DAY_MS);
    expect(times[0]).toBeLessThan(NOW - 54 * DAY_MS);
    expect(times.at(-1)).toBeGreaterThan(NOW - DAY_MS);
    expect(times.at(-1)).toBeLessThanOrEqual(NOW);
  });

  it('of one conversation lie close together', () => {
    const longest = Math.max(
      ...[...conversationsOf(MESSAGES).values()].map((messages) => {
        const times = messages.map(({ body }) => Date.parse(body.sentAt));
        return Math.max(...times) - Math.min(...times);
      }),
    );
    expect(longest).toBeLessThan(6 * 60 * MINUTE_MS);
  });

  it('are most on working days and in office hours', () => {
    const dates = MESSAGES.map(({ body }) => new Date(body.sentAt));
    const share = (holds: (date: Date) => boolean) => dates.filter(holds).length / dates.length;
    expect(share((date) => date.getUTCDay() % 6 === 0)).toBeLessThan(0.12);
    expect(share((date) => date.getUTCHours() >= 7 && date.getUTCHours() < 19)).toBeGreaterThan(0.8);
  });

  it('are the same for the same instant, and those of the document keep their identities for another', () => {
    expect(sampleMessages(NOW)).toEqual(MESSAGES);
    const identities = (messages: SampleMessage[]) =>
      messages
        .filter(({ peerId, body }) => peerId !== 'peer_demo' && body.role === 'user')
        .map(({ peerId, body }) => `${peerId} ${body.conversationId} ${body.messageId}`)
        .toSorted();
    expect(identities(sampleMessages(NOW + DAY_MS))).toEqual(identities(MESSAGES));
  });
});

describe('the peer of the sample that shows what health finds', () => {
  const firstAndLastInstants = Array.from({ length: 7 }, (_, index) => {
    const midnight = startOf('2026-11-22') + index * DAY_MS;
    return [midnight, midnight + DAY_MS - 1];
  }).flat();

  it.each(firstAndLastInstants.map((instant) => [new Date(instant).toISOString(), instant] as const))(
    'has every kind of finding that one peer can have when it is loaded at %s, and no message after that',
    (_instant, now) => {
      const messages = sampleMessages(now);
      expect(demoFindings(messages, now, dayOf(now))).toEqual([
        ['inactive_channel', 'integration_discord'],
        ['inactive_channel', 'integration_telegram'],
        ['dominant_channel', 'integration_webchat'],
        ['traffic_drop', 'integration_email'],
        ['traffic_spike', 'integration_slack'],
        ['new_channel', 'integration_whatsapp'],
      ]);
      expect(messages.filter(({ body }) => Date.parse(body.sentAt) > now)).toEqual([]);
    },
  );
});

function conversationsOf(messages: SampleMessage[]): Map<string, SampleMessage[]> {
  return Map.groupBy(messages, ({ peerId, body }) =>
    JSON.stringify([peerId, body.channelId, body.conversationId]),
  );
}
