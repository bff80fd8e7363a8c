import { expect, test } from 'vitest';
import {
  compareChannels,
  type NumberUse,
} from '../../../../../functions/shared/domain/audit/channel-agreement.ts';

function used(uses: Record<number, string[]>): Map<number, NumberUse> {
  return new Map(
    Object.entries(uses).map(([number, ids]) => [
      Number(number),
      { day: '2026-11-20', channelIds: new Set(ids) },
    ]),
  );
}

const lost = (channelNumber: number, channelId: string | null) => ({
  code: 'channel_lost',
  peerId: 'p',
  channelNumber,
  day: '2026-11-20',
  ...(channelId !== null && { channelId }),
  expected: { channelId },
  found: { channelId: null },
});

test('channels whose numbers figures name, and no others, are right', () => {
  const channels = [
    { channelId: 'slack', number: 1 },
    { channelId: 'email', number: 3 },
  ];
  expect(compareChannels('p', { channels, channelCount: 3 }, used({ 1: ['slack'] }))).toEqual([]);
});

test('a channel is lost whose figures are there, whether a counter names it or not', () => {
  expect(compareChannels('p', { channels: [], channelCount: 2 }, used({ 1: ['slack'], 2: [] }))).toEqual([
    lost(1, 'slack'),
    lost(2, null),
  ]);
});

test('a channel is lost also where its number was given to another one since', () => {
  const channels = [{ channelId: 'email', number: 1 }];
  for (const ids of [['slack'], ['slack', 'email'], ['email', 'slack']]) {
    expect(compareChannels('p', { channels, channelCount: 1 }, used({ 1: ids }))).toEqual([lost(1, 'slack')]);
  }
});

test('of two channels with one number that one keeps it whose counters were the first', () => {
  const channels = [
    { channelId: 'email', number: 1 },
    { channelId: 'slack', number: 1 },
  ];
  for (const [ids, keeps] of [
    [['slack', 'email'], 'slack'],
    [['email', 'slack'], 'email'],
    [[], 'email'],
  ] as const) {
    expect(compareChannels('p', { channels, channelCount: 1 }, used({ 1: [...ids] }))).toEqual([
      {
        code: 'channel_number_twice',
        peerId: 'p',
        channelNumber: 1,
        day: '2026-11-20',
        expected: { channelId: keeps },
        found: { channelId: 'email, slack' },
      },
    ]);
  }
});

test('a number of channels below one that was given is too low', () => {
  const found = compareChannels(
    'p',
    { channels: [{ channelId: 'slack', number: 2 }], channelCount: 1 },
    new Map(),
  );
  expect(found).toEqual([
    { code: 'channel_count_low', peerId: 'p', expected: { channelCount: 2 }, found: { channelCount: 1 } },
  ]);
});
