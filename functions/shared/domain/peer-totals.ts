import { type CounterSealing, lastMessageAt, type SealingAsItIs } from './daily-counter.ts';
import { type Digest, EMPTY_DIGEST, sumOfDigests, withoutDigest } from './digest.ts';
import { add, byField, type Counts, equal, subtract, sum, ZERO } from './metrics.ts';
import { type Month, monthOf } from './month.ts';
import { type EpochMillis, SECOND_MS, type UtcDay } from './utc-day.ts';

/** Counts of some channels of a peer, by the channels' numbers. */
export type CountsByChannel = ReadonlyMap<number, Counts>;

/** Digests of some channels of a peer, by the channels' numbers; of one that has none here, nobody can tell it. */
export type DigestsByChannel = ReadonlyMap<number, Digest>;

/** How much a channel was used on all days that are sealed. */
export interface ChannelTotal extends Counts {
  /** When the last of those messages was sent. */
  lastMessageAt: EpochMillis;
  /** That of those messages; nothing where nobody can tell it. */
  digest?: Digest | undefined;
}

/** How much the channels of a peer were used on all days that are sealed. */
export interface PeerTotals {
  /** Goes up by one with every change; 0 means that the totals are not stored yet. */
  revision: number;
  /** When a counter joined them last. */
  changedAt: EpochMillis;
  /** The last day of which a counter is part of the totals. */
  sealedThrough?: UtcDay;
  /** The last day of which, and of all days before, every counter is part of the totals. */
  completeThrough?: UtcDay;
  channels: ReadonlyMap<number, ChannelTotal>;
  /** What the totals hold of the days after `completeThrough`. */
  recent: ReadonlyMap<UtcDay, CountsByChannel>;
  /** The revision in which each month's snapshots were written last. */
  months: ReadonlyMap<Month, number>;
}

/** The snapshot of a day: how much the channels of a peer were used on it. */
export interface DailySnapshot {
  channels: CountsByChannel;
  /** When the snapshot changed last, to the second. */
  changedAt: EpochMillis;
  /** The revision of the totals with which it changed last: no other state of the day has it. */
  revision: number;
}

/** The daily snapshots of a month. */
export interface MonthOfSnapshots {
  month: Month;
  /** The revision of the totals with which they were written last; 0 means that they are not stored yet. */
  revision: number;
  days: ReadonlyMap<UtcDay, DailySnapshot>;
  /** The digests of all messages of channels in the month. */
  digests: DigestsByChannel;
}

/** A step of a counter by which it joins the totals. */
type AnySealing = CounterSealing | SealingAsItIs;

/** What counters of days of one month change of the totals and of the month. */
export interface Settling<Sealing extends AnySealing = AnySealing> {
  totals: PeerTotals;
  month: MonthOfSnapshots;
  /** The revision of the month that they were made from. */
  monthRead: number;
  sealings: readonly Sealing[];
}

/** Totals that are not stored yet. */
export const NO_TOTALS: PeerTotals = {
  revision: 0,
  changedAt: 0,
  channels: new Map(),
  recent: new Map(),
  months: new Map(),
};

/** A month whose snapshots are not stored yet. */
export function newMonth(month: Month): MonthOfSnapshots {
  return { month, revision: 0, days: new Map(), digests: new Map() };
}

/**
 * Whether the counters of a day were sealed, at least some of them. One that comes later joins the totals in
 * the same step in which it changes.
 */
export function isSealed({ sealedThrough }: PeerTotals, day: UtcDay): boolean {
  return sealedThrough !== undefined && sealedThrough >= day;
}

/**
 * Lets counters of days of one month join the totals, and the days' snapshots. At every moment the totals are the
 * sum of the sealed counters, and the sum of the snapshots.
 *
 * @param sealings steps of different counters; at least one, and all of the month
 * @param totals as they were read
 * @param month as it was read after the totals
 * @param completeThrough what the totals are to say of it; not before what they say now
 */
export function settled<Sealing extends AnySealing>(
  sealings: readonly Sealing[],
  totals: PeerTotals,
  month: MonthOfSnapshots,
  completeThrough: UtcDay | undefined,
  now: EpochMillis,
): Settling<Sealing> {
  const byDay = Map.groupBy(sealings, ({ counter }) => counter.day);
  const lastDay = [...byDay.keys()].sort().at(-1);
  if (lastDay === undefined) throw new Error('nothing is to be settled');
  const revision = totals.revision + 1;
  const channels = new Map(totals.channels);
  const days = new Map(month.days);
  const digests = withDigestsOf(sealings, month);
  const recent = new Map(totals.recent);
  for (const [day, ofDay] of byDay) {
    if (monthOf(day) !== month.month) throw new Error(`${day} is not to be settled with ${month.month}`);
    const snapshot = new Map(month.days.get(day)?.channels);
    for (const step of ofDay) join(step, channels, snapshot);
    if (snapshot.size === 0) continue;
    days.set(day, { channels: snapshot, changedAt: Math.floor(now / SECOND_MS) * SECOND_MS, revision });
    recent.set(day, snapshot);
  }
  return {
    totals: {
      revision,
      changedAt: now,
      sealedThrough: latest(lastDay, totals.sealedThrough),
      ...(completeThrough !== undefined && { completeThrough }),
      channels,
      recent: laterThan(completeThrough, recent),
      months: new Map(totals.months).set(month.month, revision),
    },
    month: { month: month.month, revision, days, digests },
    monthRead: month.revision,
    sealings: sealings.map((step) => ({ ...step, counter: { ...step.counter, sealedIn: revision } })),
  };
}

/** The digest of a channel's messages in a month; nothing where nobody can tell it. */
export function digestInMonth(
  { days, digests }: Pick<MonthOfSnapshots, 'days' | 'digests'>,
  channelNumber: number,
): Digest | undefined {
  const isUsed = [...days.values()].some(({ channels }) => channels.has(channelNumber));
  return isUsed ? digests.get(channelNumber) : EMPTY_DIGEST;
}

/** The digests of a month once counters have joined it. */
function withDigestsOf(sealings: readonly AnySealing[], month: MonthOfSnapshots): DigestsByChannel {
  const digests = new Map(month.digests);
  const joining = sealings.filter((step) => lastMessageIn(step) !== undefined);
  for (const [number, steps] of Map.groupBy(joining, ({ counter }) => counter.channelNumber)) {
    const added = steps.map(({ addToDigests }) => addToDigests);
    setDigest(digests, number, sumOfDigests([digestInMonth(month, number), ...added]));
  }
  return digests;
}

function setDigest(digests: Map<number, Digest>, channelNumber: number, digest: Digest | undefined): void {
  if (digest === undefined) digests.delete(channelNumber);
  else digests.set(channelNumber, digest);
}

function lastMessageIn(step: AnySealing): EpochMillis | undefined {
  return 'isAsItIs' in step ? step.counter.lastMessageAt : lastMessageAt(step.counter);
}

/** Adds what the totals lack of a counter to those of its channel, and to the snapshot of its day. */
function join(step: AnySealing, channels: Map<number, ChannelTotal>, snapshot: Map<number, Counts>): void {
  const { counter, addToTotals, addToDigests } = step;
  const last = lastMessageIn(step);
  // A counter may be stored before its first message is counted: it makes no channel and no day.
  if (last === undefined) return;
  const { channelNumber } = counter;
  const total = channels.get(channelNumber);
  channels.set(channelNumber, {
    ...add(total ?? ZERO, addToTotals),
    digest: sumOfDigests([total === undefined ? EMPTY_DIGEST : total.digest, addToDigests]),
    lastMessageAt: Math.max(last, total?.lastMessageAt ?? last),
  });
  snapshot.set(channelNumber, add(snapshot.get(channelNumber) ?? ZERO, addToTotals));
}

/** The totals once every counter up to `sealedThrough` is part of them. */
export function completed(totals: PeerTotals): PeerTotals {
  const { sealedThrough } = totals;
  return {
    ...totals,
    revision: totals.revision + 1,
    ...(sealedThrough !== undefined && { completeThrough: sealedThrough }),
    recent: laterThan(sealedThrough, totals.recent),
  };
}

function laterThan(
  day: UtcDay | undefined,
  days: ReadonlyMap<UtcDay, CountsByChannel>,
): ReadonlyMap<UtcDay, CountsByChannel> {
  return day === undefined ? days : new Map([...days].filter(([recent]) => recent > day));
}

function latest(day: UtcDay, other: UtcDay | undefined): UtcDay {
  return other !== undefined && other > day ? other : day;
}

/**
 * Totals without some months, which go with them: of a peer that is erased.
 *
 * @param totals as they were read
 * @param months as they were read after the totals; without any, nothing is left
 */
export function withoutMonths(
  totals: PeerTotals,
  months: readonly MonthOfSnapshots[],
  now: EpochMillis,
): PeerTotals {
  const gone = new Set(months.map(({ month }) => month));
  const revisions = new Map([...totals.months].filter(([month]) => !gone.has(month)));
  const channels = new Map(totals.channels);
  for (const { channels: ofDay } of months.flatMap(({ days }) => [...days.values()])) {
    for (const [number, counts] of ofDay) {
      const total = channels.get(number);
      if (total === undefined) continue;
      // Totals that are older than a month, as after a restore, must not keep a peer from being erased.
      const left = subtract(total, counts);
      channels.set(number, { ...total, ...byField(({ field }) => Math.max(0, left[field])) });
    }
  }
  for (const [number, total] of channels) {
    const ofMonths = sumOfDigests(months.map((month) => digestInMonth(month, number)));
    channels.set(number, { ...total, digest: withoutDigest(total.digest, ofMonths) });
  }
  return {
    ...totals,
    revision: totals.revision + 1,
    changedAt: now,
    channels: revisions.size === 0 ? new Map() : channels,
    recent: new Map([...totals.recent].filter(([day]) => !gone.has(monthOf(day)))),
    months: revisions,
  };
}

/** Which days of a channel are taken away. */
export interface TakenDays {
  has(day: UtcDay): boolean;
  /** What the channel's digest in a month loses by it, where some of its days stay; nothing where nobody can tell it. */
  digest?: Digest | undefined;
}

/** What taking figures away changes of totals and months. */
export interface TakenAway {
  totals: PeerTotals;
  /** The months that are changed, each with the revision that it was read with. */
  months: { month: MonthOfSnapshots; monthRead: number }[];
}

/**
 * Takes the figures of a channel away, from the totals and from the snapshots of some days alike: no figure becomes
 * smaller but by this.
 *
 * @param totals as they were read
 * @param months as they were read after the totals
 * @param takenDays where it tells a digest, of one month alone
 */
export function takenAway(
  totals: PeerTotals,
  months: readonly MonthOfSnapshots[],
  channelNumber: number,
  takenDays: TakenDays,
  now: EpochMillis,
): TakenAway {
  const revision = totals.revision + 1;
  const changedAt = Math.floor(now / SECOND_MS) * SECOND_MS;
  const recent = new Map(totals.recent);
  const taken: Counts[] = [];
  const takenDigests: (Digest | undefined)[] = [];
  const changed: TakenAway['months'] = [];
  for (const month of months) {
    const days = new Map(month.days);
    for (const [day, { channels: before }] of month.days) {
      const counts = before.get(channelNumber);
      if (counts === undefined || !takenDays.has(day)) continue;
      taken.push(counts);
      const channels = new Map([...before].filter(([number]) => number !== channelNumber));
      // A day on which nothing is left stays, as those who follow changes have to be told of it.
      days.set(day, { channels, changedAt, revision });
      if (recent.has(day)) recent.set(day, channels);
    }
    if ([...days.values()].every((day) => day.revision !== revision)) continue;
    const left = withoutTaken(month, days, channelNumber, takenDays);
    takenDigests.push(left.taken);
    changed.push({ month: { ...month, revision, days, digests: left.digests }, monthRead: month.revision });
  }
  const channels = new Map(totals.channels);
  const total = channels.get(channelNumber);
  if (total !== undefined) {
    const left = subtract(total, sum(taken));
    if (equal(left, ZERO)) channels.delete(channelNumber);
    else {
      const digest = withoutDigest(total.digest, sumOfDigests(takenDigests));
      channels.set(channelNumber, { ...total, ...left, digest });
    }
  }
  const revisions = new Map(totals.months);
  for (const { month } of changed) revisions.set(month.month, revision);
  return {
    totals: { ...totals, revision, changedAt: now, channels, recent, months: revisions },
    months: changed,
  };
}

/** The digests of a month once days of a channel are taken away, and that of what is taken. */
function withoutTaken(
  month: MonthOfSnapshots,
  days: MonthOfSnapshots['days'],
  channelNumber: number,
  takenDays: TakenDays,
): { digests: DigestsByChannel; taken: Digest | undefined } {
  const digests = new Map(month.digests);
  const before = digests.get(channelNumber);
  const isLeft = [...days.values()].some(({ channels }) => channels.has(channelNumber));
  if (!isLeft) {
    digests.delete(channelNumber);
    return { digests, taken: before };
  }
  setDigest(digests, channelNumber, withoutDigest(before, takenDays.digest));
  return { digests, taken: takenDays.digest };
}
