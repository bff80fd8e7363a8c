import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHANNEL_STATUSES, type UsedChannel } from '../../../../functions/shared/domain/channel.ts';
import {
  channelStats,
  type DayCounts,
  INCLUDABLE,
  type Includable,
  type PeerUsage,
  percentageOf,
} from '../../../../functions/shared/domain/channel-stats.ts';

function channel(
  channelId: string,
  messageCount: number,
  conversationCount: number,
  more: Partial<UsedChannel> = {},
): UsedChannel {
  return {
    channelId,
    number: 1,
    status: 'enabled',
    registeredAt: 0,
    allTime: { messageCount, conversationCount },
    ...more,
  };
}

function day(channelId: string, text: string, messageCount: number, conversationCount: number): DayCounts {
  return { channelId, day: text, messageCount, conversationCount };
}

function including(...include: Includable[]): { include: ReadonlySet<Includable> } {
  return { include: new Set(include) };
}

/** What is shown of each channel: its figures, and its share. */
function rows(usage: PeerUsage) {
  const { channels, total } = channelStats(usage, including('percentage'));
  return {
    channels: channels.map((entry) => [
      entry.channelName,
      entry.messageCount,
      entry.percentage,
      entry.conversationCount,
    ]),
    total,
  };
}

describe('the examples of the product', () => {
  test('a support peer on several channels', () => {
    const usage = {
      channels: [
        channel('direct', 195, 12),
        channel('integration_1', 1_120, 78, { messageGalleryKey: 'email' }),
        channel('integration_2', 8_245, 485, { messageGalleryKey: 'webchat' }),
        channel('integration_3', 2_890, 156, { messageGalleryKey: 'slack' }),
      ],
      days: [],
    };
    expect(rows(usage)).toEqual({
      channels: [
        ['WebChat', 8_245, 66.2, 485],
        ['Slack', 2_890, 23.2, 156],
        ['Email', 1_120, 9, 78],
        ['Direct/Web', 195, 1.6, 12],
      ],
      total: { messageCount: 12_450, conversationCount: 731 },
    });
  });

  test('a peer that is used within a company', () => {
    const usage = {
      channels: [channel('direct', 290, 45), channel('slack_1', 2_950, 890, { messageGalleryKey: 'slack' })],
      days: [],
    };
    expect(rows(usage)).toEqual({
      channels: [
        ['Slack', 2_950, 91, 890],
        ['Direct/Web', 290, 9, 45],
      ],
      total: { messageCount: 3_240, conversationCount: 935 },
    });
  });

  test('the answer to a call', () => {
    const usage = {
      channels: [
        channel('direct', 195, 12),
        channel('integration_456', 2_890, 156, { messageName: 'Slack Support', messageGalleryKey: 'slack' }),
        channel('integration_123', 8_245, 485, { messageGalleryKey: 'webchat' }),
      ],
      days: [],
    };
    expect(channelStats(usage, {})).toEqual({
      channels: [
        {
          channelId: 'integration_123',
          channelName: 'WebChat',
          galleryKey: 'webchat',
          conversationCount: 485,
          messageCount: 8_245,
        },
        {
          channelId: 'integration_456',
          channelName: 'Slack Support',
          galleryKey: 'slack',
          conversationCount: 156,
          messageCount: 2_890,
        },
        { channelId: 'direct', channelName: 'Direct/Web', conversationCount: 12, messageCount: 195 },
      ],
      total: { conversationCount: 653, messageCount: 11_330 },
    });
  });
});

describe('the figures', () => {
  const days = [
    day('a', '2026-11-01', 5, 2),
    day('a', '2026-11-20', 7, 1),
    day('a', '2026-11-21', 11, 0),
    day('b', '2026-11-21', 13, 4),
    // The counter of a channel that the reader did not see yet: it belongs to nobody.
    day('c', '2026-11-21', 17, 4),
  ];
  const usage: PeerUsage = {
    channels: [channel('a', 116, 12), channel('b', 13, 4), channel('d', 0, 0)],
    days,
  };

  test.each<[title: string, query: { from?: string; to?: string }, a: [number, number], b: [number, number]]>(
    [
      ['of all time are those of the channels, whatever days were read', {}, [116, 12], [13, 4]],
      ['of a range are its days', { from: '2026-11-01', to: '2026-11-20' }, [12, 3], [0, 0]],
      ['of one day', { from: '2026-11-20', to: '2026-11-20' }, [7, 1], [0, 0]],
      ['from a day on', { from: '2026-11-20' }, [18, 1], [13, 4]],
      ['up to a day', { to: '2026-11-20' }, [12, 3], [0, 0]],
      ['of a range without messages', { from: '2026-11-02', to: '2026-11-19' }, [0, 0], [0, 0]],
    ],
  )('%s', (_title, query, a, b) => {
    const figures = channelStats(usage, query);
    const byId = Object.fromEntries(
      figures.channels.map((entry) => [entry.channelId, [entry.messageCount, entry.conversationCount]]),
    );
    expect(byId).toEqual({ a, b, d: [0, 0] });
    expect(figures.total).toEqual({ messageCount: a[0] + b[0], conversationCount: a[1] + b[1] });
  });

  test('of a peer without channels are nothing', () => {
    expect(channelStats({ channels: [], days: [] }, including('percentage', 'activity'))).toEqual({
      channels: [],
      total: { messageCount: 0, conversationCount: 0 },
    });
  });
});

describe('channels that are not enabled', () => {
  const usage = {
    channels: [
      channel('on', 1, 1),
      channel('off', 2, 1, { status: 'disabled' }),
      channel('gone', 4, 1, { status: 'removed' }),
    ],
    days: [],
  };

  test.each<[include: Includable[], channelIds: string[], messageCount: number]>([
    [[], ['on'], 1],
    [['disabled'], ['off', 'on'], 3],
    [['removed'], ['gone', 'on'], 5],
    [['disabled', 'removed'], ['gone', 'off', 'on'], 7],
  ])('with include %j', (include, channelIds, messageCount) => {
    const { channels, total } = channelStats(usage, including(...include));
    expect(channels.map(({ channelId }) => channelId)).toEqual(channelIds);
    expect(total).toEqual({ messageCount, conversationCount: channelIds.length });
  });
});

describe('activity', () => {
  const at = (text: string) => Date.parse(text);

  test('is when the last message of the channel was sent, and its status', () => {
    const activeAt = (messageCount: number, lastMessageAt: string) => ({
      allTime: { messageCount, conversationCount: 1, lastMessageAt: at(lastMessageAt) },
    });
    const usage: PeerUsage = {
      channels: [
        channel('a', 9, 1, activeAt(9, '2026-11-21T11:00:00Z')),
        channel('b', 8, 1, { status: 'disabled', ...activeAt(8, '2026-11-21T10:00:00Z') }),
        channel('c', 0, 0),
      ],
      days: [],
    };
    const { channels } = channelStats(usage, including('activity', 'disabled'));
    expect(
      channels.map(({ channelId, lastMessageAt, status }) => ({ channelId, lastMessageAt, status })),
    ).toEqual([
      { channelId: 'a', lastMessageAt: '2026-11-21T11:00:00.000Z', status: 'enabled' },
      { channelId: 'b', lastMessageAt: '2026-11-21T10:00:00.000Z', status: 'disabled' },
      { channelId: 'c', lastMessageAt: undefined, status: 'enabled' },
    ]);
    expect(Object.keys(channels[2] ?? {})).not.toContain('lastMessageAt');
  });
});

describe('a share', () => {
  test.each([
    [0, 0, 0],
    [0, 5, 0],
    [5, 5, 100],
    [1, 3, 33.3],
    [2, 3, 66.7],
    [1, 2_000, 0.1],
    [1, 2_001, 0],
    [29, 800, 3.6],
    // 0.5745 * 100 is a little less than 57.45 in floating point.
    [1_149, 2_000, 57.5],
    [9_007_199_254_740, 9_007_199_254_741, 100],
  ])('%i of %i is %d percent', (part, whole, percentage) => {
    expect(percentageOf(part, whole)).toBe(percentage);
  });
});

test('for any use: totals are the sums, days add up to a range, and every channel has its place', () => {
  const anyDay = fc.integer({ min: 1, max: 9 }).map((number) => `2026-11-0${number}`);
  const anyChannelId = fc.constantFrom('a', 'b', 'c', 'd');
  const anyCount = fc.nat({ max: 1_000 });
  const anyUsage = fc.record({
    channels: fc.uniqueArray(
      fc.record({
        channelId: anyChannelId,
        status: fc.constantFrom(...CHANNEL_STATUSES),
        registeredAt: fc.constant(0),
        number: fc.nat(),
        allTime: fc.record({ messageCount: anyCount, conversationCount: anyCount }),
      }),
      { selector: ({ channelId }) => channelId },
    ),
    days: fc.uniqueArray(
      fc.record({
        channelId: anyChannelId,
        day: anyDay,
        messageCount: anyCount,
        conversationCount: anyCount,
      }),
      { selector: (counts) => `${counts.channelId} ${counts.day}` },
    ),
  });
  fc.assert(
    fc.property(anyUsage, fc.subarray([...INCLUDABLE]), anyDay, anyDay, (usage, include, one, other) => {
      const [from = one, to = one] = [one, other].sort();
      const query = including(...include);
      const daily: { messages: number; conversations: number } = { messages: 0, conversations: 0 };
      for (let number = 1; number <= 9; number += 1) {
        const text = `2026-11-0${number}`;
        if (text < from || text > to) continue;
        const { total } = channelStats(usage, { ...query, from: text, to: text });
        daily.messages += total.messageCount;
        daily.conversations += total.conversationCount;
      }
      const range = channelStats(usage, { ...query, from, to });
      expect({ messages: range.total.messageCount, conversations: range.total.conversationCount }).toEqual(
        daily,
      );
      for (const stats of [range, channelStats(usage, query)]) {
        const { channels, total } = stats;
        expect(channels.reduce((sum, entry) => sum + entry.messageCount, 0)).toBe(total.messageCount);
        expect(channels.reduce((sum, entry) => sum + entry.conversationCount, 0)).toBe(
          total.conversationCount,
        );
        const listed = usage.channels.filter(
          ({ status }) => status === 'enabled' || include.some((word) => word === status),
        );
        expect(channels.map(({ channelId }) => channelId).sort()).toEqual(
          listed.map(({ channelId }) => channelId).sort(),
        );
        const messageCounts = channels.map(({ messageCount }) => messageCount);
        expect(messageCounts).toEqual(messageCounts.toSorted((a, b) => b - a));
      }
    }),
  );
});
