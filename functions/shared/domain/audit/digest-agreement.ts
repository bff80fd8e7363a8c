import type { CounterPlace, SealableCounter } from '../daily-counter.ts';
import {
  type Digest,
  EMPTY_DIGEST,
  fingerprintIn,
  sumOfDigests,
  sumOfFingerprintsIn,
  withoutDigest,
} from '../digest.ts';
import { equal, METRICS } from '../metrics.ts';
import type { MonthOfSnapshots, PeerTotals } from '../peer-totals.ts';
import type { EpochMillis, UtcDay } from '../utc-day.ts';
import { isExpiring, type SealedState } from './counter-agreement.ts';
import type { Difference } from './difference.ts';
import type { DistinctFingerprints } from './distinct-fingerprints.ts';
import { digestOfMonths, type MonthDigests } from './mended-digests.ts';

/** What of a counter its proof is held against. */
type WithDigest = Pick<SealableCounter, 'messageCount' | 'digest'>;

/**
 * Whether there is proof of as many messages as a counter holds, and they are others than those of its digest. Where the
 * numbers differ, that is told of the counts.
 */
export function contradictsProof(
  { messageCount, digest }: WithDigest,
  proven: DistinctFingerprints,
): boolean {
  if (digest === undefined || proven.count !== messageCount) return false;
  return proven.sum !== sumOfFingerprintsIn(digest);
}

/** Where the digest of a counter is not of the messages that there is proof of. */
export function compareWithFingerprints(
  counter: CounterPlace & WithDigest,
  proven: DistinctFingerprints,
): Difference[] {
  if (counter.digest === undefined || !contradictsProof(counter, proven)) return [];
  const { peerId, day, channelId, channelNumber } = counter;
  const expected = { sumOfFingerprints: proven.sum.toString(16).padStart(16, '0') };
  const found = { sumOfFingerprints: fingerprintIn(counter.digest) };
  return [{ code: 'counter_digest_differs', peerId, day, channelId, channelNumber, expected, found }];
}

/**
 * Where the digest of a channel in a month is not the sum of its counters', all of one moment. Only where each of its
 * days has its counter, which holds the same counts and a digest, can that be told.
 *
 * @param counters of the month; those of channels that are not to be compared may be missing
 */
export function compareMonthDigests(
  peerId: string,
  { totals, month }: SealedState,
  counters: readonly SealableCounter[],
  now: EpochMillis,
): Difference[] {
  const written = { writtenIn: month.revision, writtenAt: totals.changedAt };
  const byNumber = Map.groupBy(counters, ({ channelNumber }) => channelNumber);
  return [...month.digests].flatMap(([channelNumber, digest]): Difference[] => {
    const ofChannel = byNumber.get(channelNumber) ?? [];
    const expected = digestOfCounters(month, channelNumber, ofChannel, now);
    if (expected === undefined || expected === digest) return [];
    const [channelId] = ofChannel.map((counter) => counter.channelId);
    const day = daysOfChannel(month, channelNumber).at(0) ?? `${month.month}-01`;
    const place = { peerId, month: month.month, day, channelNumber };
    return [
      {
        ...{ code: 'month_digest_differs', ...place, ...(channelId !== undefined && { channelId }) },
        ...{ expected: { digest: expected }, found: { digest }, ...written },
      },
    ];
  });
}

/** What the counters of a channel tell of a month; nothing where they do not tell all of it. */
function digestOfCounters(
  month: MonthOfSnapshots,
  channelNumber: number,
  ofChannel: readonly SealableCounter[],
  now: EpochMillis,
): Digest | undefined {
  // A counter that was stored before its first message is in no snapshot.
  const sealed = ofChannel.filter(({ sealedIn, messageCount }) => sealedIn !== undefined && messageCount > 0);
  const days = daysOfChannel(month, channelNumber);
  const isWhole =
    sealed.length === days.length && sealed.every((counter) => isAsInSnapshot(counter, month, now));
  return isWhole ? sumOfDigests(sealed.map(({ digest }) => digest)) : undefined;
}

function isAsInSnapshot(counter: SealableCounter, { days }: MonthOfSnapshots, now: EpochMillis): boolean {
  const held = days.get(counter.day)?.channels.get(counter.channelNumber);
  return held !== undefined && equal(held, counter) && !isExpiring(counter, now);
}

function daysOfChannel({ days }: MonthOfSnapshots, channelNumber: number): UtcDay[] {
  return [...days]
    .flatMap(([day, { channels }]) => {
      const held = channels.get(channelNumber);
      return held === undefined || METRICS.every(({ field }) => held[field] === 0) ? [] : [day];
    })
    .sort();
}

/**
 * The digest of one counter, as its month and all of the channel's other counters in it tell; nothing where they do not.
 *
 * @param others all of the channel in the month but that counter
 */
export function digestAsMonthTells(
  month: MonthOfSnapshots,
  counter: SealableCounter,
  others: readonly SealableCounter[],
  now: EpochMillis,
): Digest | undefined {
  const { channelNumber, sealedIn } = counter;
  if (sealedIn === undefined) return undefined;
  // Of the counter itself nothing but its digest is in doubt.
  const withAny = [...others, { ...counter, digest: EMPTY_DIGEST }];
  const sumOfOthers = digestOfCounters(month, channelNumber, withAny, now);
  return withoutDigest(month.digests.get(channelNumber), sumOfOthers);
}

/**
 * Where the digest of a channel in the totals is not the sum of the months', or a month has lost its own: what joins
 * an unknown sum leaves it unknown.
 *
 * @param months all that are stored, each of the revision that the totals name
 */
export function compareTotalsDigests(
  peerId: string,
  totals: PeerTotals,
  months: readonly (MonthDigests & Pick<MonthOfSnapshots, 'month'>)[],
): Difference[] {
  const written = { writtenIn: totals.revision, writtenAt: totals.changedAt };
  return [...totals.channels].flatMap(([channelNumber, { digest }]): Difference[] => {
    if (digest === undefined) return [];
    const expected = digestOfMonths(months, channelNumber);
    if (expected === digest) return [];
    const unknown = months.filter(
      ({ channels, digests }) => channels.has(channelNumber) && !digests.has(channelNumber),
    );
    const [month] = expected === undefined ? unknown.map((one) => one.month).sort() : [];
    const place = { peerId, channelNumber, ...(month !== undefined && { month }) };
    const told = { expected: { digest: expected ?? null }, found: { digest } };
    return [{ code: 'totals_digest_differs', ...place, ...told, ...written }];
  });
}
