import type { Archive } from '../domain/archive.ts';
import { mayComeAgain, mendedCounts, withoutProof } from '../domain/audit/counter-agreement.ts';
import { DIFFERENCES, type Difference, nameOfDifference } from '../domain/audit/difference.ts';
import { contradictsProof, digestAsMonthTells } from '../domain/audit/digest-agreement.ts';
import type { DistinctFingerprints } from '../domain/audit/distinct-fingerprints.ts';
import {
  type LostDays,
  type MendedTotals,
  type RestsOn,
  TotalsMending,
  UnsureSumError,
  type UnsureSums,
} from '../domain/audit/mended-totals.ts';
import {
  type CounterPlace,
  type CounterRules,
  type DailyCounter,
  fenced,
  missingInTotals,
  newDailyCounter,
  type SealableCounter,
  sealingAsItIs,
} from '../domain/daily-counter.ts';
import { type Digest, fingerprintIn } from '../domain/digest.ts';
import { ContentionError, MalformedItemError } from '../domain/errors.ts';
import { inBatches } from '../domain/in-batches.ts';
import { byField, equal, ZERO } from '../domain/metrics.ts';
import { monthOf } from '../domain/month.ts';
import { isSealed, newMonth, settled } from '../domain/peer-totals.ts';
import { startOf } from '../domain/utc-day.ts';
import { MOST_TOGETHER, type StoredEvidence } from '../store/audit-reader.ts';
import type { ChannelStore } from '../store/channel-store.ts';
import { ConflictError } from '../store/conflict.ts';
import type { DailyCounterStore } from '../store/daily-counter-store.ts';
import { isConflict, retryOnConflict } from '../store/retry-on-conflict.ts';
import type { TotalsStore } from '../store/totals-store.ts';
import {
  type AuditDependencies,
  countersOfMonth,
  type PeerAudit,
  PeerAuditor,
  placesOf,
} from './peer-auditor.ts';
import type { PeerMarkers } from './peer-markers.ts';
import { byMonth } from './stored-months.ts';

/** What mending works with. */
export interface MendingDependencies extends AuditDependencies {
  counters: DailyCounterStore;
  totals: TotalsStore;
  channels: ChannelStore;
  rules: CounterRules;
  /** What somebody decided; without it figures are left as they are where something would have to be decided on them. */
  unsureSums?: UnsureSums;
}

/** What is not mended, and why. */
export interface Left {
  difference: Difference;
  why: string;
}

/** What became of a peer's differences. */
export interface PeerMending {
  /** Those that are not there any more. */
  mended: Difference[];
  left: Left[];
  /** Figures that were kept of days that are lost. */
  lostDays: LostDays[];
}

/** So many counters at most join the totals in one transaction. */
const COUNTERS_PER_STEP = 90;

const WHY: Readonly<Record<(typeof DIFFERENCES)[keyof typeof DIFFERENCES]['mendedBy'], string>> = {
  nothing: 'nothing else that is stored tells what it has to be',
  digest: 'its evidence was changed meanwhile; run the audit again',
  counter: 'its evidence was changed meanwhile; run the audit again',
  totals: 'it was changed meanwhile; run the audit again',
  channels: 'it was changed meanwhile; run the audit again',
};

const WHY_BY_CODE: Partial<Record<Difference['code'], string>> = {
  malformed_item: 'it has to be put right by hand, or restored',
  conversations_unmarked:
    'which conversations have lost their marker cannot be told; they stay counted, and each counts once more if it goes on',
  evidence_doubled: 'it makes no figure wrong, and goes with its counter',
  totals_digest_differs:
    'which is wrong, the totals or a month whose counters have expired, nothing that is stored tells; a list of ids does',
  channel_lost: 'no counter that is left names the channel',
};

const PROOF_OF_PAST =
  'messages of its day may not be stored any more, so that they stay counted; a replay of the day may count them twice';
const WITHOUT_MARKERS = 'it needs the conversation markers: run it without --without-conversations';

/**
 * Mends what is stored of a peer, as far as evidence goes: counters after their evidence, totals and months after the
 * counters. Every write holds only where what it rests on is as it was read, so that counting and sealing go on beside
 * it; it may end anywhere, and be begun again.
 */
export class PeerMender {
  readonly #dependencies: MendingDependencies;

  constructor(dependencies: MendingDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * @param audit what was found
   * @param markers those of the peer; without them evidence is not mended
   */
  async mend(audit: PeerAudit, markers?: PeerMarkers): Promise<PeerMending> {
    const { peerId } = audit;
    const failures: string[] = [];
    let lostDays: LostDays[] = [];
    try {
      lostDays = await this.#mendAll(audit, markers);
    } catch (error) {
      // What was mended stays. What was not is found again, and told.
      if (!isOfItems(error)) throw error;
      const decided = error instanceof UnsureSumError ? '; --unsure-sums says what becomes of it' : '';
      failures.push(`${error.message}${decided}`);
    }
    const { differences } = await new PeerAuditor(this.#dependencies).audit(peerId, markers);
    const left = differences.map((difference) => {
      return { difference, why: failures[0] ?? this.#whyLeft(difference, markers !== undefined) };
    });
    const names = new Set(differences.map(nameOfDifference));
    return { mended: audit.differences.filter((one) => !names.has(nameOfDifference(one))), left, lostDays };
  }

  /** In the order of truth: channels and evidence before counters, counters before totals. */
  async #mendAll(audit: PeerAudit, markers: PeerMarkers | undefined): Promise<LostDays[]> {
    const { peerId } = audit;
    let { differences, numbers } = audit;
    const mendChannels = async () => {
      await this.#mendChannels(peerId, differences);
      ({ differences, numbers } = await new PeerAuditor(this.#dependencies).audit(peerId, markers));
    };
    if (differences.some(({ code }) => DIFFERENCES[code].mendedBy === 'channels')) await mendChannels();
    // A channel that is registered again may have a number that was given to another one since.
    if (differences.some(({ code }) => code === 'channel_number_twice')) await mendChannels();
    if (markers !== undefined) {
      const lost = differences.filter(({ code }) => code === 'counter_lost');
      for (const one of lost) await this.#makeAgain(one, markers);
    }
    const ofDigests = placesOf(differences.filter(({ code }) => code === 'counter_digest_differs'));
    // Before months are made again of counters: until then they tell which digest a counter had.
    for (const place of ofDigests) await this.#asMonthTells(place);
    for (const one of differences) if (isOfCounter(one, differences)) await this.#forgetDigests(one);
    const isAboutTotals = ({ code }: Difference) =>
      DIFFERENCES[code].mendedBy === 'totals' || code === 'counter_lost' || code === 'number_differs';
    // Counters get their numbers behind that: until then it is found again which of them are to move.
    const moving = movingNumbers(differences, numbers);
    const lostDays: LostDays[] = [];
    await retryOnConflict(this.#dependencies.waiting, async () => {
      if (differences.some(isAboutTotals)) lostDays.push(...(await this.#mendTotals(peerId, moving)));
      const areAll = await this.#renumber(differences);
      if (!areAll) throw new ConflictError('a day was sealed under the former number of a channel meanwhile');
    });
    for (const place of ofDigests) await this.#forgetDigest(place);
    if (markers !== undefined) await this.#mendCounters(differences, markers);
    return lostDays;
  }

  async #mendChannels(peerId: string, differences: readonly Difference[]): Promise<void> {
    const { channels, waiting } = this.#dependencies;
    for (const difference of differences) {
      await retryOnConflict(waiting, () => this.#mendChannel(difference));
    }
    const twice = differences.filter(({ code }) => code === 'channel_number_twice');
    for (const { channelNumber, expected } of twice) {
      const registered = await retryOnConflict(waiting, () =>
        this.#dependencies.reader.channels(peerId, true),
      );
      const others = registered.channels.filter(
        ({ number, channelId }) => number === channelNumber && channelId !== expected['channelId'],
      );
      for (const other of others) {
        await retryOnConflict(waiting, () => channels.giveNextNumber(peerId, other));
      }
    }
  }

  async #mendChannel({ code, peerId, channelId, channelNumber, day, expected }: Difference): Promise<void> {
    const { channels, clock } = this.#dependencies;
    if (code === 'channel_count_low')
      await channels.raiseLastNumber(peerId, Number(expected['channelCount']));
    if (code !== 'channel_lost' || channelId === undefined || channelNumber === undefined) return;
    const registeredAt = day === undefined ? clock() : startOf(day);
    const channel = { channelId, number: channelNumber, status: 'enabled', registeredAt } as const;
    await channels.registerAgain(peerId, channel);
  }

  /**
   * Gives counters the numbers that their channels have, but those that were sealed under their former number since the
   * totals were mended: once no counter has that number, nothing names its channel, under which they hold the day.
   *
   * @returns whether all of them have it
   */
  async #renumber(differences: readonly Difference[]): Promise<boolean> {
    const { waiting } = this.#dependencies;
    let areAll = true;
    for (const difference of differences.filter(({ code }) => code === 'number_differs')) {
      const to = Number(difference.expected['channelNumber']);
      for (const place of placesOf([difference])) {
        const isDone = await retryOnConflict(waiting, () => this.#renumberCounter(place, to));
        areAll &&= isDone;
      }
    }
    return areAll;
  }

  async #renumberCounter(place: CounterPlace, to: number): Promise<boolean> {
    const { peerId, day } = place;
    const read = await this.#dependencies.reader.together(peerId, [monthOf(day)], [place]);
    const [[month], [counter]] = [read.months, read.counters];
    if (counter === undefined || counter.channelNumber === to) return true;
    const held = month?.days.get(day)?.channels.get(to) ?? ZERO;
    if (counter.sealedIn !== undefined && !equal(held, counter)) return false;
    const renumbered = { ...counter, channelNumber: to, version: counter.version + 1 };
    await this.#dependencies.counters.apply({ counter: renumbered, numberBefore: counter.channelNumber });
    return true;
  }

  /** Makes a counter again whose archived windows are left. Without any, the next message makes it. */
  async #makeAgain(lost: Difference, markers: PeerMarkers): Promise<void> {
    const { reader, counters, clock, rules } = this.#dependencies;
    for (const place of placesOf([lost])) {
      const none = newDailyCounter(place);
      const evidence = await reader.evidence(none);
      if (evidence.fingerprints.count === 0) continue;
      const { counter } = fenced(none, clock(), rules);
      // Its snapshot tells what it held.
      const held = byField(({ field }) => Number(lost.expected[field] ?? 0));
      try {
        const madeAgain = this.#mended({ ...counter, ...held, digest: undefined }, evidence, markers);
        await counters.apply({ counter: madeAgain });
        await counters.markSplit(madeAgain, evidence.hidden.by);
      } catch (error) {
        // It is there by now.
        if (!isConflict(error)) throw error;
      }
    }
  }

  /** Makes totals and months agree with the counters. */
  async #mendTotals(peerId: string, moving: MovingNumbers): Promise<LostDays[]> {
    const { waiting } = this.#dependencies;
    const lostDays: LostDays[] = [];
    const open = await retryOnConflict(waiting, async () => {
      const mending = await this.#planOf(peerId, moving);
      for (const { totals, totalsRead, months } of mending.steps) {
        await this.#dependencies.totals.replace(peerId, totals, months, [], totalsRead);
        const written = new Set(months.map(({ month }) => month.month));
        lostDays.push(...mending.lostDays.filter(({ month }) => written.has(month)));
      }
      return mending.open;
    });
    await this.#join(peerId, open);
    return lostDays;
  }

  /** @throws ConflictError where a counter that it rests on has changed since it was read */
  async #planOf(peerId: string, { moved, ofChannels }: MovingNumbers): Promise<MendedTotals> {
    const { reader, clock, unsureSums } = this.#dependencies;
    const totals = await reader.totals(peerId);
    const { channels } = await reader.channels(peerId);
    const channelIds = new Map(channels.map(({ channelId, number }) => [number, channelId]));
    const mending = new TotalsMending({
      ...{ peerId, totals, channelIds, moved, now: clock() },
      ...(unsureSums !== undefined && { unsureSums }),
    });
    const months = byMonth(this.#sealables(peerId, ofChannels), reader.months(peerId), totals.months.keys());
    for await (const { month, stored = newMonth(month), counters } of months) {
      if (stored instanceof MalformedItemError) throw stored;
      mending.add({ month: stored, counters });
    }
    const plan = mending.result();
    await this.#checkStillSo(peerId, totals.revision, plan.restsOn);
    return plan;
  }

  /** The counters, each with the number that it is to have. */
  async *#sealables(peerId: string, numbers: ReadonlyMap<string, number>): AsyncGenerator<SealableCounter[]> {
    for await (const page of this.#dependencies.reader.counters(peerId)) {
      yield page.map(({ stored }) => {
        if (stored instanceof MalformedItemError) throw stored;
        const channelNumber = numbers.get(stored.channelId) ?? stored.channelNumber;
        return { ...withoutProof(stored), channelNumber };
      });
    }
  }

  /** A transaction that has changed totals and month already may not have changed a counter yet, for whoever reads it. */
  async #checkStillSo(peerId: string, revision: number, restsOn: readonly RestsOn[]): Promise<void> {
    for (const batch of inBatches(restsOn, MOST_TOGETHER - 1)) {
      const { totals, counters } = await this.#dependencies.reader.together(peerId, [], batch);
      const isSame = batch.every(({ version }, index) => (counters[index]?.version ?? 0) === version);
      if (!isSame || totals.revision !== revision) throw new ConflictError('a counter was changed meanwhile');
    }
  }

  /** Lets counters of sealed days join that are in no snapshot, as the next sealing run would. */
  async #join(peerId: string, open: readonly SealableCounter[]): Promise<void> {
    const { totals: store, clock } = this.#dependencies;
    for (const [month, ofMonth] of Map.groupBy(open, ({ day }) => monthOf(day))) {
      for (const batch of inBatches(ofMonth, COUNTERS_PER_STEP)) {
        const totals = await store.read(peerId);
        const joining = batch.filter(({ day }) => isSealed(totals, day)).map(sealingAsItIs);
        if (joining.length === 0) continue;
        const read = await store.readMonth(peerId, month);
        try {
          await store.settle(peerId, settled(joining, totals, read, totals.completeThrough, clock()));
        } catch (error) {
          // They stay on the list of dirty days.
          if (!isConflict(error)) throw error;
        }
      }
    }
  }

  /** Gives a counter the digest that its month tells, where its evidence agrees with that one. */
  #asMonthTells(place: CounterPlace): Promise<void> {
    const { reader, counters, clock, waiting } = this.#dependencies;
    return retryOnConflict(waiting, async () => {
      const read = await this.#contradicting(place);
      if (read === undefined) return;
      const { peerId, channelId, day } = place;
      const keys = countersOfMonth(peerId, channelId, monthOf(day));
      const { months, counters: all } = await reader.together(peerId, [monthOf(day)], keys);
      const others = all.flatMap((one) => (one === undefined || one.day === day ? [] : [withoutProof(one)]));
      const [month] = months;
      if (month === undefined) return;
      const digest = digestAsMonthTells(month, withoutProof(read.counter), others, clock());
      const counter = { ...read.counter, digest, version: read.counter.version + 1 };
      if (digest === undefined || contradictsProof(counter, read.fingerprints)) return;
      // Month and totals hold it already.
      await counters.apply({ counter });
    });
  }

  /** Takes a digest away that contradicts the evidence: nothing tells that of the messages that are proven. */
  #forgetDigest(place: CounterPlace): Promise<void> {
    return retryOnConflict(this.#dependencies.waiting, async () => {
      const read = await this.#contradicting(place);
      if (read === undefined) return;
      const { counter } = read;
      await this.#change(counter, { ...counter, digest: undefined, version: counter.version + 1 });
    });
  }

  /** Takes the digests of a channel's counters in a month away, as one of them is wrong; of one alone the month tells it. */
  #forgetDigests({ peerId, month, channelId, found }: Difference): Promise<void> {
    const { reader, counters, waiting } = this.#dependencies;
    return retryOnConflict(waiting, async () => {
      if (month === undefined || channelId === undefined) return;
      const read = await reader.together(peerId, [month], countersOfMonth(peerId, channelId, month));
      const sealed = read.counters.flatMap((one) => (one?.sealedIn === undefined ? [] : [one]));
      const digest = sealed.length === 1 ? String(found['digest']) : undefined;
      for (const counter of sealed) {
        await counters.apply({ counter: { ...counter, digest, version: counter.version + 1 } });
      }
    });
  }

  /** A counter whose digest contradicts its evidence, and that; nothing where it does not. */
  async #contradicting(
    place: CounterPlace,
  ): Promise<{ counter: DailyCounter; fingerprints: DistinctFingerprints } | undefined> {
    const { reader } = this.#dependencies;
    const counter = await reader.counter(place);
    if (counter === undefined) return undefined;
    const { fingerprints } = await reader.evidence(counter);
    return contradictsProof(counter, fingerprints) ? { counter, fingerprints } : undefined;
  }

  async #mendCounters(differences: readonly Difference[], markers: PeerMarkers): Promise<void> {
    const ofEvidence = differences.filter(({ code }) => DIFFERENCES[code].mendedBy === 'counter');
    for (const place of placesOf(ofEvidence)) {
      await retryOnConflict(this.#dependencies.waiting, () => this.#mendCounter(place, markers));
    }
  }

  async #mendCounter(place: CounterPlace, markers: PeerMarkers): Promise<void> {
    const { reader, counters } = this.#dependencies;
    const counter = await reader.counter(place);
    if (counter === undefined) return;
    const evidence = await reader.evidence(counter);
    await counters.markSplit(counter, evidence.hidden.by);
    const mended = this.#mended({ ...counter, version: counter.version + 1 }, evidence, markers);
    if (equal(mended, counter) && reachesAsFar(counter.archive, mended.archive)) return;
    return this.#change(counter, mended);
  }

  /** Stores a counter in its next state, and what totals and month lack of it then. */
  async #change(counter: DailyCounter, mended: DailyCounter): Promise<void> {
    const { reader, counters, totals: store, clock } = this.#dependencies;
    const { peerId, day } = counter;
    // Read one after the other, some of them may be of before a transaction that others are making, and some of behind.
    const { totals, ...now } = await reader.together(peerId, [monthOf(day)], [counter]);
    if (now.counters[0]?.version !== counter.version) throw new ConflictError('it was changed meanwhile');
    if (counter.sealedIn === undefined && !isSealed(totals, day)) {
      return counters.apply({ counter: mended });
    }
    const [month = newMonth(monthOf(day))] = now.months;
    const settling = settled(
      [{ counter: mended, ...missingInTotals(counter, mended) }],
      totals,
      month,
      totals.completeThrough,
      clock(),
    );
    return store.settle(peerId, settling);
  }

  #whyLeft({ code, day }: Difference, withMarkers: boolean): string {
    const { clock, messageRetentionDays } = this.#dependencies;
    const { mendedBy } = DIFFERENCES[code];
    if (mendedBy === 'counter' && !withMarkers) return WITHOUT_MARKERS;
    const isOfPast = day !== undefined && !mayComeAgain(day, clock(), messageRetentionDays);
    if (code === 'evidence_missing' && isOfPast) return PROOF_OF_PAST;
    return WHY_BY_CODE[code] ?? WHY[mendedBy];
  }

  /** A counter as its evidence says that it has to be. */
  #mended(
    counter: DailyCounter,
    { fingerprints, archive }: StoredEvidence,
    markers: PeerMarkers,
  ): DailyCounter {
    const { clock, messageRetentionDays } = this.#dependencies;
    const isNeeded = mayComeAgain(counter.day, clock(), messageRetentionDays);
    const marked = markers.of(withoutProof(counter), fingerprints);
    const counts = mendedCounts(counter, fingerprints.count, marked, isNeeded);
    const digest = digestAfter(counter, counts.messageCount, fingerprints);
    return { ...counter, ...counts, digest, archive };
  }
}

/**
 * The digest of a counter that is to hold so many messages: fingerprints are half of what would tell that of other messages
 * than it was of.
 */
function digestAfter(
  { messageCount, digest }: DailyCounter,
  mendedMessages: number,
  proven: DistinctFingerprints,
): Digest | undefined {
  if (digest === undefined || mendedMessages !== messageCount) return undefined;
  return contradictsProof({ messageCount, digest }, proven) ? undefined : digest;
}

/**
 * Whether the digest of a month is right and one of its counters' is not, although the evidence agrees with both: the
 * totals agree with the month. Else the month is made again of its counters.
 */
function isOfCounter(
  { code, channelNumber, expected, found }: Difference,
  differences: readonly Difference[],
): boolean {
  if (code !== 'month_digest_differs') return false;
  const isSameInProof = fingerprintIn(String(expected['digest'])) === fingerprintIn(String(found['digest']));
  const ofTotals = differences.filter((one) => one.code === 'totals_digest_differs');
  return isSameInProof && ofTotals.every((one) => one.channelNumber !== channelNumber);
}

/** Whether an error tells of what is stored of a peer, not of a fault. */
function isOfItems(error: unknown): error is Error {
  return (
    error instanceof MalformedItemError || error instanceof ContentionError || error instanceof UnsureSumError
  );
}

/** Whether a counter knows of windows as late as another state of it does. */
function reachesAsFar({ windows, latest }: Archive, other: Archive): boolean {
  return windows >= other.windows && [...other.latest].every(([level, at]) => (latest.get(level) ?? 0) >= at);
}

/** What becomes of numbers that counters name and their channels do not have. */
interface MovingNumbers {
  /** Numbers of which all figures move to another one: those under which counters of their channel were first. */
  moved: ReadonlyMap<number, number>;
  /**
   * The numbers that counters of some channels are to have. They are those that were found: a channel may be registered
   * anew meanwhile, and then its figures and its counters have to stay together.
   */
  ofChannels: ReadonlyMap<string, number>;
}

function movingNumbers(differences: readonly Difference[], numbers: PeerAudit['numbers']): MovingNumbers {
  const [moved, ofChannels] = [new Map<number, number>(), new Map<string, number>()];
  for (const { code, channelId, channelNumber: from, expected } of differences) {
    if (code !== 'number_differs' || from === undefined || channelId === undefined) continue;
    const to = Number(expected['channelNumber']);
    ofChannels.set(channelId, to);
    const [firstUsedBy] = numbers.get(from)?.channelIds ?? [];
    if (firstUsedBy === channelId) moved.set(from, to);
  }
  return { moved, ofChannels };
}
