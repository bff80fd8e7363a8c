import { describe, expect, test } from 'vitest';
import { type StackOptions, stackHistory } from '../../dashboard/src/features/over-time/stack.ts';
import { plainName } from '../../functions/shared/domain/display-names.ts';
import type { HistoryAnswer } from '../../functions/usage-api/get-history.ts';

const OPTIONS: StackOptions = {
  figure: 'messageCount',
  today: '2026-11-22',
  fromFirstMessage: false,
  colors: new Map(),
};

type Bucket = HistoryAnswer['buckets'][number];

/** A bucket of one day with some channels: messages, and a conversation for every ten. */
function bucket(day: string, messages: Record<string, number>, part: Partial<Bucket> = {}): Bucket {
  const channels = Object.entries(messages).map(([channelId, messageCount]) => ({
    channelId,
    channelName: channelId.toUpperCase(),
    messageCount,
    conversationCount: Math.floor(messageCount / 10),
  }));
  const total = {
    messageCount: channels.reduce((sum, { messageCount }) => sum + messageCount, 0),
    conversationCount: channels.reduce((sum, { conversationCount }) => sum + conversationCount, 0),
  };
  return { start: day, end: day, complete: true, channels, total, cumulative: total, ...part };
}

function answer(...buckets: Bucket[]): HistoryAnswer {
  return {
    query: { peerId: 'peer_123', from: '2026-11-20', to: '2026-11-22', interval: 'day', timezone: 'UTC' },
    buckets,
    asOf: '2026-11-22T10:00:00Z',
  };
}

describe('a stacked history', () => {
  test('has a series for every channel that was used, the most used one first', () => {
    const history = answer(
      bucket('2026-11-21', { a: 10, b: 25, unused: 0 }),
      bucket('2026-11-22', { a: 5, b: 0, unused: 0 }, { complete: false }),
    );
    expect(stackHistory(history, { ...OPTIONS, colors: new Map([['a', '#2f7fd8']]) })).toEqual({
      series: [
        { id: 'channel b', name: 'B', color: '#d0467f', total: 25 },
        { id: 'channel a', name: 'A', color: '#2f7fd8', total: 15 },
      ],
      bars: [
        { start: '2026-11-21', end: '2026-11-21', values: [25, 10], total: 35 },
        { start: '2026-11-22', end: '2026-11-22', values: [0, 5], total: 5, incomplete: 'so far' },
      ],
    });
  });

  test('of conversations ranks by conversations, and leaves out who had none', () => {
    const history = answer(bucket('2026-11-20', { a: 30, b: 9 }), bucket('2026-11-21', { a: 0, b: 9 }));
    const { series, bars } = stackHistory(history, { ...OPTIONS, figure: 'conversationCount' });
    expect(series.map(({ name, total }) => ({ name, total }))).toEqual([{ name: 'A', total: 3 }]);
    expect(bars.map(({ values, total }) => ({ values, total }))).toEqual([
      { values: [3], total: 3 },
      { values: [0], total: 0 },
    ]);
  });

  test('names eight channels, and adds up the others', () => {
    const used = Object.fromEntries(Array.from('abcdefghij', (id, index) => [id, 100 - index]));
    const { series, bars } = stackHistory(answer(bucket('2026-11-20', used)), OPTIONS);
    expect(series.map(plainName)).toEqual(['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'Other channels']);
    expect(series.at(-1)).toEqual({
      id: 'Other channels',
      name: 'Other channels',
      color: '#868e99',
      total: 92 + 91,
    });
    expect(bars[0]?.values).toEqual([100, 99, 98, 97, 96, 95, 94, 93, 183]);
    expect(new Set(series.map(({ color }) => color)).size).toBe(9);
  });

  test('of nine channels has nine series, the last one of a single channel', () => {
    const used = Object.fromEntries(Array.from('abcdefghi', (id, index) => [id, 9 - index]));
    const { series } = stackHistory(answer(bucket('2026-11-20', used)), OPTIONS);
    expect(series.map(({ total }) => total)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  test('tells a bucket that is not over from one that the range cuts', () => {
    const history = answer(
      bucket('2026-11-12', { a: 1 }, { start: '2026-11-12', end: '2026-11-15', complete: false }),
      bucket('2026-11-16', { a: 1 }, { start: '2026-11-16', end: '2026-11-22', complete: false }),
    );
    expect(stackHistory(history, OPTIONS).bars.map(({ incomplete }) => incomplete)).toEqual([
      'cut by the range',
      'so far',
    ]);
  });

  test('of all time begins with the first message', () => {
    const history = answer(
      bucket('2026-11-19', { a: 0 }),
      bucket('2026-11-20', { a: 3 }),
      bucket('2026-11-21', { a: 0 }, { cumulative: { messageCount: 3, conversationCount: 0 } }),
    );
    const starts = (fromFirstMessage: boolean) =>
      stackHistory(history, { ...OPTIONS, fromFirstMessage }).bars.map(({ start }) => start);
    expect(starts(true)).toEqual(['2026-11-20', '2026-11-21']);
    expect(starts(false)).toEqual(['2026-11-19', '2026-11-20', '2026-11-21']);
  });

  test('of a peer without messages is empty', () => {
    const history = answer(bucket('2026-11-20', { a: 0 }), bucket('2026-11-21', { a: 0 }));
    expect(stackHistory(history, { ...OPTIONS, fromFirstMessage: true })).toEqual({ series: [], bars: [] });
  });

  test('tells channels of the same name apart by their ids', () => {
    const history = answer(bucket('2026-11-20', { a: 2, b: 1, c: 1 }));
    for (const channel of history.buckets[0]?.channels ?? []) {
      if (channel.channelId !== 'c') channel.channelName = 'Slack';
    }
    expect(stackHistory(history, OPTIONS).series.map(plainName)).toEqual(['Slack (a)', 'Slack (b)', 'C']);
  });

  test('also where the other one has no series', () => {
    const history = answer(bucket('2026-11-20', { slack: 2, Slack: 0, b: 1 }));
    expect(stackHistory(history, OPTIONS).series.map(plainName)).toEqual(['SLACK (slack)', 'B']);
  });
});
