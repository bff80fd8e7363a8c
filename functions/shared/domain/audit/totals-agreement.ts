import type { SealableCounter } from '../daily-counter.ts';
import { add, type Counts, countsOf, equal, METRICS, ZERO } from '../metrics.ts';
import { type Month, monthOf } from '../month.ts';
import type { CountsByChannel, MonthOfSnapshots, PeerTotals } from '../peer-totals.ts';
import type { UtcDay } from '../utc-day.ts';
import type { Difference, Told } from './difference.ts';
import { compareTotalsDigests } from './digest-agreement.ts';

/** What a month comes to, and when it was written: all that totals are compared with. */
export interface MonthSums {
  month: Month;
  /** 0 means that the month is not stored. */
  revision: number;
  channels: CountsByChannel;
  lastDay?: UtcDay;
}

/** What a month comes to, with its digests. */
export type SumsWithDigests = MonthSums & Pick<MonthOfSnapshots, 'digests'>;

/** What the snapshots of a month add up to, and its digests. */
export function sumsOf({ month, revision, days, digests }: MonthOfSnapshots): SumsWithDigests {
  const channels = new Map<number, Counts>();
  for (const { channels: ofDay } of days.values()) addAll(channels, ofDay);
  const used = [...days].flatMap(([day, snapshot]) => (snapshot.channels.size > 0 ? day : []));
  const lastDay = used.sort().at(-1);
  return { month, revision, channels, digests, ...(lastDay !== undefined && { lastDay }) };
}

/** What months add up to, by channel. */
export function sumOfMonths(months: Iterable<Pick<MonthSums, 'channels'>>): Map<number, Counts> {
  const sums = new Map<number, Counts>();
  for (const { channels } of months) addAll(sums, channels);
  return sums;
}

function addAll(sums: Map<number, Counts>, channels: CountsByChannel): void {
  for (const [number, counts] of channels) sums.set(number, add(sums.get(number) ?? ZERO, counts));
}

/**
 * Where a month is not the one that the totals name, or recent days of it are not what they hold; both of one moment.
 *
 * @param month as it is stored; of revision 0 where it is not
 */
export function compareMonth(peerId: string, month: MonthOfSnapshots, totals: PeerTotals): Difference[] {
  const ofRevision = compareMonthRevision(peerId, month, totals);
  return ofRevision.length > 0 ? ofRevision : compareRecent(peerId, month, totals);
}

/** Where a month is not the one that the totals name. */
export function compareMonthRevision(
  peerId: string,
  { month, revision, days }: MonthOfSnapshots,
  totals: PeerTotals,
): Difference[] {
  const named = totals.months.get(month) ?? 0;
  if (named === revision) return [];
  const code = revision === 0 ? 'month_lost' : revision < named ? 'month_older' : 'month_newer';
  const day = [...days.keys()].sort().at(0) ?? `${month}-01`;
  const [expected, found] = [{ revision: named }, { revision }];
  const written = { writtenIn: revision, writtenAt: totals.changedAt };
  return [{ code, peerId, month, day, expected, found, ...written }];
}

function compareRecent(peerId: string, month: MonthOfSnapshots, totals: PeerTotals): Difference[] {
  const { completeThrough = '' } = totals;
  const held = [...totals.recent.keys()].filter((day) => monthOf(day) === month.month);
  const stored = [...month.days.keys()].filter((day) => day > completeThrough);
  return [...new Set([...held, ...stored])].sort().flatMap((day): Difference[] => {
    const [inTotals, inMonth] = [sumOfDay(totals.recent.get(day)), sumOfDay(month.days.get(day)?.channels)];
    if (inTotals === inMonth) return [];
    const place = { peerId, month: month.month, day };
    const written = { writtenIn: totals.revision, writtenAt: totals.changedAt };
    return [
      { code: 'recent_differs', ...place, expected: { day: inMonth }, found: { day: inTotals }, ...written },
    ];
  });
}

/** The counts of a day in a text, by which two of them are told apart. */
function sumOfDay(channels: CountsByChannel | undefined): string {
  const inOrder = [...(channels ?? [])].sort(([a], [b]) => a - b);
  return inOrder
    .map(([number, counts]) => `${number}: ${Object.values(countsOf(counts)).join('/')}`)
    .join(', ');
}

/**
 * Where the totals are not what the snapshots add up to.
 *
 * @param months all that are stored, each of the revision that the totals name
 */
export function compareTotals(
  peerId: string,
  totals: PeerTotals,
  months: readonly SumsWithDigests[],
): Difference[] {
  const sums = sumOfMonths(months);
  const differences: Difference[] = [];
  const written = { writtenIn: totals.revision, writtenAt: totals.changedAt };
  const first = [...months]
    .map(({ month }) => `${month}-01`)
    .sort()
    .at(0);
  const since = first === undefined ? {} : { day: first };
  for (const channelNumber of [...new Set([...totals.channels.keys(), ...sums.keys()])].sort(
    (a, b) => a - b,
  )) {
    const expected = sums.get(channelNumber) ?? ZERO;
    const found = countsOf(totals.channels.get(channelNumber) ?? ZERO);
    if (equal(expected, found)) continue;
    differences.push({
      code: 'totals_differ',
      peerId,
      channelNumber,
      ...since,
      expected: told(expected),
      found: told(found),
      ...written,
    });
  }
  differences.push(...compareTotalsDigests(peerId, totals, months));
  const lastDay = months
    .flatMap(({ lastDay: last }) => last ?? [])
    .sort()
    .at(-1);
  if (lastDay !== undefined && lastDay > (totals.sealedThrough ?? '')) {
    differences.push({
      code: 'sealed_through_early',
      peerId,
      day: lastDay,
      expected: { sealedThrough: lastDay },
      found: { sealedThrough: totals.sealedThrough ?? null },
      ...written,
    });
  }
  return differences;
}

/** Where the totals hold less of a channel than one month of it, which names no other revision than they do. */
export function compareWithMonth(peerId: string, month: MonthOfSnapshots, totals: PeerTotals): Difference[] {
  const written = { writtenIn: totals.revision, writtenAt: totals.changedAt };
  return [...sumsOf(month).channels].flatMap(([channelNumber, expected]): Difference[] => {
    const found = totals.channels.get(channelNumber) ?? ZERO;
    if (METRICS.every(({ field }) => expected[field] <= found[field])) return [];
    const place = { peerId, day: `${month.month}-01`, channelNumber };
    return [{ code: 'totals_differ', ...place, expected: told(expected), found: told(found), ...written }];
  });
}

function told(counts: Counts): Told {
  return { ...countsOf(counts) };
}

/** Totals that are not there, although there are months, or counters that were sealed. */
export function compareTotalsPresence(
  peerId: string,
  { revision }: PeerTotals,
  sealed: { day: UtcDay; sealedIn: number } | undefined,
): Difference[] {
  if (revision > 0 || sealed === undefined) return [];
  const [expected, found] = [{ revision: sealed.sealedIn }, { revision: null }];
  return [{ code: 'totals_lost', peerId, day: sealed.day, expected, found, writtenIn: sealed.sealedIn }];
}

/** Totals that are not sealed through the day of a counter that is sealed. */
export function compareSealedThrough(counter: SealableCounter, totals: PeerTotals): Difference[] {
  const { sealedIn, day, peerId, channelId, channelNumber } = counter;
  if (sealedIn === undefined || sealedIn > totals.revision || day <= (totals.sealedThrough ?? '')) return [];
  const found = { sealedThrough: totals.sealedThrough ?? null };
  const place = { peerId, day, channelId, channelNumber };
  return [{ code: 'sealed_through_early', ...place, expected: { sealedThrough: day }, found }];
}
