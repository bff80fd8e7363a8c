import { describe, expect, it } from 'vitest';
import { type Digest, EMPTY_DIGEST, sumOfDigests } from '../../../../functions/shared/domain/digest.ts';
import { compareFigures } from '../../../../packages/cli/src/verify/compare-figures.ts';

const A = 'a'.repeat(32);
const B = 'b'.repeat(32);
const C = 'c'.repeat(32);
const NOVEMBER = { from: '2026-11-01', to: '2026-11-02' };

describe('figures of days', () => {
  it('differ where messages changed places within a month', () => {
    const { days, same } = compareFigures([own('2026-11-01', [A]), own('2026-11-02', [B])], {
      days: [day('2026-11-01', [B]), day('2026-11-02', [A])],
      months: [],
      range: NOVEMBER,
    });
    expect(days.map((each) => each.day)).toEqual(['2026-11-01', '2026-11-02']);
    expect(same).toBe(0);
  });

  it('differ where one side has nothing', () => {
    const { days } = compareFigures([own('2026-11-01', [A])], {
      days: [day('2026-11-01', []), day('2026-11-02', [B])],
      months: [],
      range: NOVEMBER,
    });
    expect(days.map(({ here, there }) => [here.messageCount, there.messageCount])).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });

  it('are of nothing on days for which nobody had to ask', () => {
    const { days, notProven } = compareFigures([own('2020-01-01', [A])], { days: [], months: [] });
    expect(days).toMatchObject([{ day: '2020-01-01', there: { messageCount: 0, digest: EMPTY_DIGEST } }]);
    expect(notProven.size).toBe(0);
  });
});

describe('figures of months', () => {
  const range = { from: '2025-11-01', to: '2025-11-30' };
  const days = [day('2025-11-30', [C])];

  it('are compared without the days that are compared themselves', () => {
    const months = [month('2025-11', [A, B, C])];
    const whole = [own('2025-11-02', [A]), own('2025-11-03', [B]), own('2025-11-30', [C])];
    expect(compareFigures(whole, { days, months, range })).toMatchObject({ days: [], months: [], same: 3 });
    const compared = compareFigures(whole.slice(1), { days, months, range });
    expect(compared).toMatchObject({ days: [], same: 1 });
    expect(compared.months).toMatchObject([
      { month: '2025-11', channelId: 'slack', here: { messageCount: 1 }, there: { messageCount: 2 } },
    ]);
  });

  it('are compared by their counts where their digest is not known', () => {
    const [unknown] = month('2025-11', [A, C]).channels;
    const channels = unknown === undefined ? [] : [{ ...unknown, digest: null }];
    const months = [{ month: '2025-11', channels }];
    const compared = compareFigures([own('2025-11-02', [B]), own('2025-11-30', [C])], {
      days,
      months,
      range,
    });
    expect(compared).toMatchObject({ days: [], months: [], same: 2, withoutDigest: 1 });
    expect(compareFigures([own('2025-11-30', [C])], { days, months, range }).months).toHaveLength(1);
  });

  it('are not proven where neither they nor all of their days are', () => {
    const compared = compareFigures([own('2025-11-02', [A])], { days, months: [], range });
    expect([...compared.notProven]).toEqual([['2025-11', 1]]);
    expect(compareFigures([], { days, months: [], range }).notProven).toEqual(new Map([['2025-11', 0]]));
  });
});

function figures(digests: readonly Digest[]) {
  return { messageCount: digests.length, digest: sumOfDigests(digests) ?? EMPTY_DIGEST };
}

function own(onDay: string, digests: readonly Digest[]) {
  return { channelId: 'slack', day: onDay, ...figures(digests) };
}

function channelsOf(digests: readonly Digest[]) {
  const channel = { channelId: 'slack', conversationCount: digests.length, ...figures(digests) };
  return digests.length === 0 ? [] : [channel];
}

function day(onDay: string, digests: readonly Digest[]) {
  return { day: onDay, channels: channelsOf(digests) };
}

function month(ofMonth: string, digests: readonly Digest[]) {
  return { month: ofMonth, channels: channelsOf(digests) };
}
