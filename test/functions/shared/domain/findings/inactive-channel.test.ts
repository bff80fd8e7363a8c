import { describe, expect, test } from 'vitest';
import type { PeerUsage } from '../../../../../functions/shared/domain/channel-stats.ts';
import {
  ago,
  daily,
  found,
  judge,
  names,
  read,
  THROUGH,
  TODAY,
} from '../../../../support/usage/judged-health.ts';

describe('inactive_channel', () => {
  /** A channel with a message so many days ago, and another one that is used. */
  function lastUsed(days: number): PeerUsage {
    return read([...daily('busy', 1, 60, 0), ['c', ago(days), 3, 1]]);
  }

  test.each([
    [5, []],
    [6, []],
    [7, ['inactive_channel c']],
    [8, ['inactive_channel c']],
    [27, ['inactive_channel c']],
    [28, ['inactive_channel c']],
  ])('a channel without a message for %i complete days', (days, expected) => {
    expect(names({ status: 'ok', findings: found('inactive_channel', lastUsed(days)) })).toEqual(expected);
  });

  test('tells since when, and what the limit is', () => {
    expect(found('inactive_channel', lastUsed(20))).toEqual([
      {
        code: 'inactive_channel',
        severity: 'warning',
        channelId: 'c',
        message: 'c has had no message since 2026-11-01 (20 days; the limit is 7)',
        evidence: {
          from: '2026-11-15',
          to: '2026-11-21',
          days: 20,
          thresholdDays: 7,
          lastMessageDay: '2026-11-01',
          registeredDay: '1970-01-01',
        },
      },
    ]);
  });

  /** A channel whose counts are all-time ones, from before the days that are read. */
  function allTime(lastMessageAt: string, registeredAt: string): PeerUsage {
    return {
      channels: [
        {
          channelId: 'c',
          number: 1,
          status: 'enabled',
          registeredAt: Date.parse(registeredAt),
          registryName: 'Slack',
          allTime: {
            messageCount: 8_000,
            conversationCount: 400,
            lastMessageAt: Date.parse(lastMessageAt),
          },
        },
      ],
      days: [],
    };
  }

  test('an all-time counter whose channel is silent for a month is found', () => {
    expect(judge(allTime('2026-10-20T23:59:59Z', '2026-01-02T03:04:05Z'))).toEqual({
      status: 'attention',
      findings: [
        {
          code: 'inactive_channel',
          severity: 'warning',
          channelId: 'c',
          message: 'Slack has had no message since 2026-10-20 (32 days; the limit is 7)',
          evidence: {
            from: '2026-11-15',
            to: '2026-11-21',
            days: 32,
            thresholdDays: 7,
            lastMessageDay: '2026-10-20',
            registeredDay: '2026-01-02',
          },
        },
      ],
    });
  });

  test('so is one whose old messages were imported today', () => {
    const imported = allTime('2026-10-20T23:59:59Z', `${TODAY}T09:00:00Z`);
    expect(names(judge(imported))).toEqual(['inactive_channel c']);
  });

  function neverUsed(registeredAt: string): PeerUsage {
    const usage = read([], { channels: ['c'] });
    for (const channel of usage.channels) channel.registeredAt = Date.parse(registeredAt);
    return usage;
  }

  test.each([
    [`${TODAY}T09:00:00Z`, []],
    [`${THROUGH}T00:00:00Z`, []],
    ['2026-11-15T00:00:00Z', []],
    ['2026-11-14T23:59:59Z', ['inactive_channel c']],
    ['2026-11-13T12:00:00Z', ['inactive_channel c']],
  ])('a channel registered at %s and never used', (registeredAt, expected) => {
    expect(names(judge(neverUsed(registeredAt)))).toEqual(expected);
  });

  test('tells that a channel was never used', () => {
    expect(judge(neverUsed('2026-11-13T12:00:00Z')).findings).toEqual([
      {
        code: 'inactive_channel',
        severity: 'warning',
        channelId: 'c',
        message: 'c has had no message since it was registered on 2026-11-13 (8 days; the limit is 7)',
        evidence: {
          from: '2026-11-15',
          to: '2026-11-21',
          days: 8,
          thresholdDays: 7,
          lastMessageDay: null,
          registeredDay: '2026-11-13',
        },
      },
    ]);
  });

  test('a message of today ends it', () => {
    expect(names(judge(read([['c', TODAY, 1, 1]])))).toEqual([]);
    expect(names(judge(allTime(`${TODAY}T00:00:00Z`, '2026-01-01T00:00:00Z')))).toEqual([]);
  });

  test('the limit can be set', () => {
    expect(found('inactive_channel', lastUsed(20), { inactiveAfterDays: 21 })).toEqual([]);
    expect(found('inactive_channel', lastUsed(0), { inactiveAfterDays: 1 })).toEqual([]);
    expect(found('inactive_channel', lastUsed(1), { inactiveAfterDays: 1 })).toEqual([
      {
        code: 'inactive_channel',
        severity: 'warning',
        channelId: 'c',
        message: 'c has had no message since 2026-11-20 (1 day; the limit is 1)',
        evidence: {
          from: '2026-11-21',
          to: '2026-11-21',
          days: 1,
          thresholdDays: 1,
          lastMessageDay: '2026-11-20',
          registeredDay: '1970-01-01',
        },
      },
    ]);
    const old = allTime('2025-11-22T12:00:00Z', '2025-01-01T00:00:00Z');
    expect(names(judge(old, { inactiveAfterDays: 364 }))).toEqual(['inactive_channel c']);
    expect(names(judge(old, { inactiveAfterDays: 365 }))).toEqual([]);
  });
});
