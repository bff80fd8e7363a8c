import { expect, test } from 'vitest';
import {
  compareMonthDigests,
  compareTotalsDigests,
  compareWithFingerprints,
  digestAsMonthTells,
} from '../../../../../functions/shared/domain/audit/digest-agreement.ts';
import { DistinctFingerprints } from '../../../../../functions/shared/domain/audit/distinct-fingerprints.ts';
import type { SealableCounter } from '../../../../../functions/shared/domain/daily-counter.ts';
import {
  type MonthOfSnapshots,
  NO_TOTALS,
  newMonth,
} from '../../../../../functions/shared/domain/peer-totals.ts';

const [FRIDAY, SATURDAY] = ['2026-11-20', '2026-11-21'];
const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const LATER = NOW + 1;

function ones(amount: number): string {
  return amount.toString(16).padStart(32, '0');
}

function counter(
  day: string,
  digest: string | undefined,
  others: Partial<SealableCounter> = {},
): SealableCounter {
  return {
    ...{ peerId: 'p', channelId: 'c', channelNumber: 1, day, messageCount: 2, conversationCount: 1 },
    ...{ version: 1, keepUntil: LATER, sealedIn: 1, digest },
    ...others,
  };
}

function monthWith(digest: string | undefined): MonthOfSnapshots {
  const snapshot = {
    ...{ channels: new Map([[1, { messageCount: 2, conversationCount: 1 }]]), changedAt: 1_000, revision: 1 },
  };
  return {
    ...newMonth('2026-11'),
    revision: 1,
    days: new Map([
      [FRIDAY, snapshot],
      [SATURDAY, snapshot],
    ]),
    digests: digest === undefined ? new Map() : new Map([[1, digest]]),
  };
}

function proofOf(...fingerprints: string[]): DistinctFingerprints {
  const proven = new DistinctFingerprints();
  proven.add(fingerprints);
  return proven;
}

const ofMonth = (digest: string | undefined, counters: readonly SealableCounter[]) =>
  compareMonthDigests(
    'p',
    { totals: { ...NO_TOTALS, revision: 1 }, month: monthWith(digest) },
    counters,
    NOW,
  );

test('a digest is held against as many fingerprints as there are messages, and not against more or fewer', () => {
  const proven = proofOf('0000000000000003', '0000000000000004');
  expect(compareWithFingerprints(counter(FRIDAY, ones(7)), proven)).toEqual([]);
  expect(compareWithFingerprints(counter(FRIDAY, ones(8)), proven)).toEqual([
    {
      ...{ code: 'counter_digest_differs', peerId: 'p', day: FRIDAY, channelId: 'c', channelNumber: 1 },
      expected: { sumOfFingerprints: '0000000000000007' },
      found: { sumOfFingerprints: '0000000000000008' },
    },
  ]);
  expect(compareWithFingerprints(counter(FRIDAY, ones(8), { messageCount: 3 }), proven)).toEqual([]);
  expect(compareWithFingerprints(counter(FRIDAY, undefined), proven)).toEqual([]);
});

test('the digest of a month is held against all of its counters, and against nothing where one is missing', () => {
  const [friday, saturday] = [counter(FRIDAY, ones(3)), counter(SATURDAY, ones(4))];
  expect(ofMonth(ones(7), [friday, saturday])).toEqual([]);
  expect(ofMonth(ones(8), [friday, saturday])).toMatchObject([
    {
      ...{ code: 'month_digest_differs', month: '2026-11', day: FRIDAY, channelId: 'c', channelNumber: 1 },
      ...{ expected: { digest: ones(7) }, found: { digest: ones(8) } },
    },
  ]);
  const cannotTell: SealableCounter[][] = [
    [friday],
    [friday, counter(SATURDAY, undefined)],
    [friday, open(counter(SATURDAY, ones(4)))],
    [friday, counter(SATURDAY, ones(4), { messageCount: 3 })],
    [friday, counter(SATURDAY, ones(4), { keepUntil: NOW })],
  ];
  for (const counters of cannotTell) expect(ofMonth(ones(8), counters)).toEqual([]);
  expect(ofMonth(undefined, [friday, saturday])).toEqual([]);
});

test('a month tells the digest of the only counter that is in doubt', () => {
  const [friday, saturday] = [counter(FRIDAY, ones(9)), counter(SATURDAY, ones(4))];
  expect(digestAsMonthTells(monthWith(ones(7)), friday, [saturday], NOW)).toBe(ones(3));
  expect(digestAsMonthTells(monthWith(ones(7)), friday, [], NOW)).toBeUndefined();
  expect(digestAsMonthTells(monthWith(undefined), friday, [saturday], NOW)).toBeUndefined();
});

test('the digest of totals is that of all months, and is lost where one of them has none', () => {
  const totals = (digest: string | undefined) => ({
    ...{ ...NO_TOTALS, revision: 3 },
    channels: new Map([[1, { messageCount: 4, conversationCount: 2, lastMessageAt: 1, digest }]]),
  });
  const month = (name: string, digest: string | undefined) => ({
    month: name,
    channels: new Map([[1, { messageCount: 2, conversationCount: 1 }]]),
    digests: digest === undefined ? new Map<number, string>() : new Map([[1, digest]]),
  });
  const [october, november] = [month('2026-10', ones(3)), month('2026-11', ones(4))];
  expect(compareTotalsDigests('p', totals(ones(7)), [october, november])).toEqual([]);
  expect(compareTotalsDigests('p', totals(undefined), [october, november])).toEqual([]);
  expect(compareTotalsDigests('p', totals(ones(8)), [october, november])).toMatchObject([
    {
      code: 'totals_digest_differs',
      channelNumber: 1,
      expected: { digest: ones(7) },
      found: { digest: ones(8) },
    },
  ]);
  expect(compareTotalsDigests('p', totals(ones(7)), [october, month('2026-11', undefined)])).toMatchObject([
    { code: 'totals_digest_differs', channelNumber: 1, month: '2026-11', expected: { digest: null } },
  ]);
});

function open({ sealedIn: _, ...others }: SealableCounter): SealableCounter {
  return others;
}
