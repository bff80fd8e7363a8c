import { describe, expect, test } from 'vitest';
import type { PeerUsage } from '../../../../../functions/shared/domain/channel-stats.ts';
import { ago, found, names, read, THROUGH, TODAY } from '../../../../support/usage/judged-health.ts';
import type { Day } from '../../../../support/usage/peer-usage.ts';

describe('new_channel', () => {
  /** A peer that was there before, and a channel whose first message was sent so many days ago. */
  function firstUsed(days: number, more: Day[] = []): PeerUsage {
    return read([['old', ago(200), 1, 1], ['c', ago(days), 3, 1], ...more]);
  }

  test.each([
    [0, true],
    [6, true],
    [7, false],
    [8, false],
    [40, false],
  ])('a channel whose first message was sent %i days before the last complete one', (days, isNew) => {
    expect(found('new_channel', firstUsed(days, [['c', THROUGH, 1, 0]]))).toHaveLength(isNew ? 1 : 0);
  });

  test('tells the day, and what came since', () => {
    const usage = firstUsed(3, [
      ['c', ago(2), 20, 1],
      ['c', THROUGH, 25, 1],
      ['c', TODAY, 1_000, 1],
    ]);
    expect(found('new_channel', usage)).toEqual([
      {
        code: 'new_channel',
        severity: 'info',
        channelId: 'c',
        message: 'c had its first message on 2026-11-18 (48 messages up to 2026-11-21; new for 7 days)',
        evidence: {
          firstMessageDay: '2026-11-18',
          from: '2026-11-15',
          to: '2026-11-21',
          messageCount: 48,
          thresholdDays: 7,
        },
      },
    ]);
  });

  test('a channel whose first message is of today is not news yet', () => {
    expect(found('new_channel', firstUsed(-1))).toEqual([]);
  });

  test('a channel whose late message lies before is none', () => {
    expect(found('new_channel', firstUsed(3, [['c', ago(90), 1, 1]]))).toEqual([]);
    expect(found('new_channel', firstUsed(3, [['c', ago(7), 1, 1]]))).toEqual([]);
  });

  test.each([
    [7, true],
    [6, false],
  ])('beside another channel, first used %i days before', (days, isNew) => {
    const usage = read([
      ['other', ago(days), 1, 1],
      ['c', ago(3), 3, 1],
    ]);
    expect(names({ status: 'ok', findings: found('new_channel', usage) })).toEqual(
      isNew ? ['new_channel c'] : [],
    );
  });

  test('the limit can be set', () => {
    const days = (newForDays: number, first: number) =>
      found('new_channel', firstUsed(first), { newForDays }).map(({ message }) => message);
    expect(days(1, 0)).toEqual([
      'c had its first message on 2026-11-21 (3 messages up to 2026-11-21; new for 1 day)',
    ]);
    expect(days(1, 1)).toEqual([]);
    expect(days(28, 27)).toEqual([
      'c had its first message on 2026-10-25 (3 messages up to 2026-11-21; new for 28 days)',
    ]);
    expect(days(28, 28)).toEqual([]);
  });
});
