import { describe, expect, test } from 'vitest';
import { OTHER_COLOR } from '../../dashboard/shared/channel-colors.ts';
import { type StackOptions, stackHistory } from '../../dashboard/src/features/over-time/stack.ts';
import { plainName } from '../../functions/shared/domain/display-names.ts';
import type { HistoryAnswer } from '../../functions/usage-api/get-history.ts';

const OPTIONS: StackOptions = {
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
    expect(stackHistory(history, { ...OPTIONS, colors: new Map([['a', '#3f90da']]) }).messages).toEqual({
      series: [
        { id: 'channel b', channel: 'b', name: 'B', color: '#bd1f01', total: 25 },
        { id: 'channel a', channel: 'a', name: 'A', color: '#3f90da', total: 15 },
      ],
      bars: [
        { start: '2026-11-21', end: '2026-11-21', values: [25, 10], total: 35 },
        { start: '2026-11-22', end: '2026-11-22', values: [0, 5], total: 5, incomplete: 'so far' },
      ],
    });
  });

  test('of conversations has the series of the one of messages, in their order', () => {
    const history = answer(bucket('2026-11-20', { a: 9, b: 30 }), bucket('2026-11-21', { a: 25, b: 0 }));
    const { messages, conversations } = stackHistory(history, OPTIONS);
    expect(messages.series.map(({ name, total }) => ({ name, total }))).toEqual([
      { name: 'A', total: 34 },
      { name: 'B', total: 30 },
    ]);
    expect(conversations.series.map(({ name, total }) => ({ name, total }))).toEqual([
      { name: 'A', total: 2 },
      { name: 'B', total: 3 },
    ]);
    expect(conversations.bars.map(({ values, total }) => ({ values, total }))).toEqual([
      { values: [0, 3], total: 3 },
      { values: [2, 0], total: 2 },
    ]);
  });

  test('has the figures of an earlier one beside its own, bucket by bucket', () => {
    const none = { messageCount: 0, conversationCount: 0 };
    const history = answer(bucket('2026-11-20', { a: 9 }), bucket('2026-11-21', { a: 25 }));
    const earlier = answer(
      bucket('2026-11-13', { a: 0 }, { cumulative: none }),
      bucket('2026-11-14', { a: 7 }),
    );
    const { messages, conversations } = stackHistory(history, { ...OPTIONS, earlier });
    expect(messages.bars.map((bar) => bar.earlier)).toEqual([
      { start: '2026-11-13', end: '2026-11-13', total: undefined },
      { start: '2026-11-14', end: '2026-11-14', total: 7 },
    ]);
    expect(conversations.bars.map((bar) => bar.earlier?.total)).toEqual([undefined, 0]);
  });

  test('puts a channel further up where its colour is as light as the one below', () => {
    const history = answer(bucket('2026-11-20', { a: 9, b: 8, c: 7 }));
    const colors = new Map([
      ['a', '#3f90da'],
      ['b', '#e76300'],
      ['c', '#ffa90e'],
    ]);
    const { series } = stackHistory(history, { ...OPTIONS, colors }).messages;
    expect(series.map(({ name }) => name)).toEqual(['A', 'C', 'B']);
  });

  test('names eight channels, and adds up the others', () => {
    const used = Object.fromEntries(Array.from('abcdefghij', (id, index) => [id, 100 - index]));
    const { series, bars } = stackHistory(answer(bucket('2026-11-20', used)), OPTIONS).messages;
    expect(series.map(plainName).toSorted()).toEqual([
      'A',
      'B',
      'C',
      'D',
      'E',
      'F',
      'G',
      'H',
      'Other channels',
    ]);
    expect(series.at(-1)).toEqual({
      id: 'Other channels',
      name: 'Other channels',
      color: OTHER_COLOR,
      total: 92 + 91,
    });
    expect(bars[0]?.values.toSorted((one, other) => other - one)).toEqual([
      183, 100, 99, 98, 97, 96, 95, 94, 93,
    ]);
    expect(bars[0]?.values).toEqual(series.map(({ total }) => total));
    expect(new Set(series.map(({ color }) => color)).size).toBe(9);
  });

  test('of nine channels has nine series, the last one of a single channel', () => {
    const used = Object.fromEntries(Array.from('abcdefghi', (id, index) => [id, 9 - index]));
    const { series } = stackHistory(answer(bucket('2026-11-20', used)), OPTIONS).messages;
    expect(series.map(({ total }) => total).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('tells a bucket that is not over from one that the range cuts', () => {
    const history = answer(
      bucket('2026-11-12', { a: 1 }, { start: '2026-11-12', end: '2026-11-15', complete: false }),
      bucket('2026-11-16', { a: 1 }, { start: '2026-11-16', end: '2026-11-22', complete: false }),
    );
    expect(stackHistory(history, OPTIONS).messages.bars.map(({ incomplete }) => incomplete)).toEqual([
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
      stackHistory(history, { ...OPTIONS, fromFirstMessage }).messages.bars.map(({ start }) => start);
    expect(starts(true)).toEqual(['2026-11-20', '2026-11-21']);
    expect(starts(false)).toEqual(['2026-11-19', '2026-11-20', '2026-11-21']);
  });

  test('of a peer without messages is empty', () => {
    const history = answer(bucket('2026-11-20', { a: 0 }), bucket('2026-11-21', { a: 0 }));
    expect(stackHistory(history, { ...OPTIONS, fromFirstMessage: true }).messages).toEqual({
      series: [],
      bars: [],
    });
  });

  test('tells channels of the same name apart by their ids', () => {
    const history = answer(bucket('2026-11-20', { a: 2, b: 1, c: 1 }));
    for (const channel of history.buckets[0]?.channels ?? []) {
      if (channel.channelId !== 'c') channel.channelName = 'Slack';
    }
    expect(stackHistory(history, OPTIONS).messages.series.map(plainName)).toEqual([
      'Slack (a)',
      'Slack (b)',
      'C',
    ]);
  });

  test('also where the other one has no series', () => {
    const history = answer(bucket('2026-11-20', { slack: 2, Slack: 0, b: 1 }));
    expect(stackHistory(history, OPTIONS).messages.series.map(plainName)).toEqual(['SLACK (slack)', 'B']);
  });
});
