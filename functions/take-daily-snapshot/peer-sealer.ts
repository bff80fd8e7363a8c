import { withoutProof } from '../shared/domain/audit/counter-agreement.ts';
import type { Difference } from '../shared/domain/audit/difference.ts';
import { compareTogether } from '../shared/domain/audit/figures-together.ts';
import { type SealableCounter, sealingAsItIs } from '../shared/domain/daily-counter.ts';
import { inBatches } from '../shared/domain/in-batches.ts';
import { type Month, monthOf } from '../shared/domain/month.ts';
import { isSealed, type MonthOfSnapshots, type PeerTotals, settled } from '../shared/domain/peer-totals.ts';
import { addDays, EARLIEST_DAY, type EpochMillis, type UtcDay } from '../shared/domain/utc-day.ts';
import type { Waiting } from '../shared/runtime/waiting.ts';
import type { AuditReader } from '../shared/store/audit-reader.ts';
import type { DailyCounterStore } from '../shared/store/daily-counter-store.ts';
import { isConflict, retryOnConflict } from '../shared/store/retry-on-conflict.ts';
import type { TotalsStore } from '../shared/store/totals-store.ts';
import type { UnconfirmedCounters } from '../shared/store/unconfirmed-counters.ts';

/** What sealing works with. */
export interface SealingDependencies {
  counters: DailyCounterStore;
  /** For what seems to contradict itself. */
  reader: AuditReader;
  totals: TotalsStore;
  /** Tells counters of channels that are there from others, and takes those back. */
  unconfirmed: Pick<UnconfirmedCounters, 'confirmed'>;
  waiting: Waiting;
  clock: () => EpochMillis;
  limits: SealingLimits;
}

/** A peer of which days are to be sealed. */
export interface DirtyPeer {
  peerId: string;
  /** The earliest day of which a counter is known that is not sealed. */
  from: UtcDay;
}

/** What a turn of a peer came to. */
export interface SealingTurn {
  /** Days that were sealed. */
  sealed: number;
  /** Days of which some counters had been sealed, and others joined them. */
  resealed: number;
  /** The day from which on the next turn goes on; left out where nothing is left to be done. */
  goOnFrom?: UtcDay;
}

/** What sealing decides by how many counters there are. */
export interface SealingLimits {
  /** So many at most are sealed in one transaction: with totals and month it stays below 100 items. */
  countersPerTransaction: number;
  /** So many at most are read, and kept in memory, at a time; a multiple of what a transaction takes. */
  countersPerPage: number;
  /** Once a peer has had so many sealed, it is the turn of others. */
  countersPerTurn: number;
  /** Of more than so many, it costs readers more to read them than it costs to tell that they need not. */
  manyCounters: number;
  /** The same for the days that they are of. */
  manyDays: number;
}

export const DEFAULT_SEALING_LIMITS: SealingLimits = {
  countersPerTransaction: 90,
  countersPerPage: 180,
  countersPerTurn: 900,
  manyCounters: 20,
  manyDays: 1,
};

/**
 * What is stored of a peer contradicts itself. Nothing more of it is sealed until that is mended: it would be added to
 * figures that are not right, and months would get a revision that hides what is missing in them.
 */
export class InconsistentPeerError extends Error {
  override name = 'InconsistentPeerError';
  readonly found: readonly Difference[];

  constructor(found: readonly Difference[]) {
    super('the stored figures of a peer contradict one another');
    this.found = found;
  }
}

/** Seals days of peers. */
export class PeerSealer {
  readonly #dependencies: SealingDependencies;

  constructor(dependencies: SealingDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Seals days of a peer, the earliest first, until it is the turn of others: their counters join the peer's totals
   * and the days' snapshots. Any number of runs may do so at a time, and each may end anywhere.
   *
   * @param last the last day to be sealed; it must have been over for a while
   * @param outOfTime tells when to settle nothing further
   * @throws InconsistentPeerError where what is stored of the peer contradicts itself
   * @throws ContentionError where others got in the way time and again, before anything was settled
   */
  takeTurn(peer: DirtyPeer, last: UtcDay, outOfTime: () => boolean): Promise<SealingTurn> {
    return retryOnConflict(this.#dependencies.waiting, () => this.#takeTurn(peer, last, outOfTime));
  }

  async #takeTurn({ peerId, from }: DirtyPeer, last: UtcDay, outOfTime: () => boolean): Promise<SealingTurn> {
    const { counters, totals, unconfirmed, limits } = this.#dependencies;
    // All pages of counters are read after these totals: what is said of completeness rests on that.
    const read = await totals.read(peerId);
    const turn = new TurnOfPeer(this.#dependencies, peerId, read);
    // From the first day on that may have a counter which the totals lack: the list alone lags behind. And up to
    // whatever is sealed, also where another run is ahead: what is said of completeness is said of all these days.
    const { completeThrough, sealedThrough = last } = read;
    const first = completeThrough === undefined ? EARLIEST_DAY : addDays(completeThrough, 1);
    const pages = counters.pagesOfDays(
      peerId,
      first < from ? first : from,
      sealedThrough > last ? sealedThrough : last,
      limits.countersPerPage,
    );
    const found = new Map<UtcDay, number>();
    for await (const page of pages) {
      for (const { day } of page) found.set(day, (found.get(day) ?? 0) + 1);
      const goOnFrom = await turn.settle(await unconfirmed.confirmed(page), outOfTime);
      if (goOnFrom !== undefined) return { ...turn.days, goOnFrom };
    }
    const isTelling = this.#isWorthTelling(found, turn.totals);
    // A counter may have been stored behind the reads. It stays on the list, and readers go on to read its day.
    if (turn.counters > 0) return { ...turn.days, ...(isTelling && { goOnFrom: last }) };
    if (isTelling) await totals.complete(peerId, read);
    return turn.days;
  }

  /** Whether it spares readers enough to be told which counters they need not read, once none is left to be sealed. */
  #isWorthTelling(found: ReadonlyMap<UtcDay, number>, totals: PeerTotals): boolean {
    const { manyCounters, manyDays } = this.#dependencies.limits;
    const { completeThrough = '' } = totals;
    const needless = [...found].filter(([day]) => day > completeThrough && isSealed(totals, day));
    const counters = needless.reduce((sum, [, ofDay]) => sum + ofDay, 0);
    return counters > manyCounters || needless.length > manyDays;
  }
}

/** Settles, in one turn of a peer, counter after counter. */
class TurnOfPeer {
  readonly #dependencies: SealingDependencies;
  readonly #peerId: string;
  /** The totals as they were read before any counter was. */
  readonly #read: PeerTotals;
  /** The totals and the month as they were written last, in this turn. */
  totals: PeerTotals;
  #month: MonthOfSnapshots | undefined;
  #lastDay: UtcDay | undefined;
  /** How many counters were settled. */
  counters = 0;
  readonly days = { sealed: 0, resealed: 0 };

  constructor(dependencies: SealingDependencies, peerId: string, read: PeerTotals) {
    this.#dependencies = dependencies;
    this.#peerId = peerId;
    this.#read = read;
    this.totals = read;
  }

  /**
   * Settles those of some counters that are not sealed, and looks on the way whether what is read contradicts itself.
   *
   * @param page in the order of days; those of earlier days were settled before
   * @returns where the turn is over, the day to go on from
   * @throws InconsistentPeerError
   */
  async settle(page: readonly SealableCounter[], outOfTime: () => boolean): Promise<UtcDay | undefined> {
    for (const [month, ofMonth] of Map.groupBy(page, ({ day }) => monthOf(day))) {
      const goOnFrom = await this.#settleMonth(month, ofMonth, outOfTime);
      if (goOnFrom !== undefined) return goOnFrom;
    }
    const { countersPerTurn } = this.#dependencies.limits;
    return this.counters >= countersPerTurn ? page.findLast(isOpen)?.day : undefined;
  }

  async #settleMonth(
    month: Month,
    ofMonth: readonly SealableCounter[],
    outOfTime: () => boolean,
  ): Promise<UtcDay | undefined> {
    const open = ofMonth.filter(isOpen);
    // What earlier runs left over is settled first, and in a turn of its own: days are complete up to there only
    // once the reads of the next turn have found nothing more of it.
    const groups = Map.groupBy(open, ({ day }) => isSealed(this.#read, day));
    const { countersPerTransaction } = this.#dependencies.limits;
    const batches = [...groups.values()].flatMap((group) => inBatches(group, countersPerTransaction));
    let [{ day } = { day: '' }] = ofMonth;
    try {
      if (batches.length === 0) await this.#check(undefined, ofMonth);
      for (const [index, batch] of batches.entries()) {
        [{ day } = { day }] = batch;
        if (outOfTime() || (this.days.resealed > 0 && !isSealed(this.#read, day))) return day;
        const snapshots = await this.#snapshotsOf(month);
        if (index === 0) await this.#check(snapshots, ofMonth);
        await this.#settleGroup(batch, snapshots);
      }
    } catch (error) {
      // What was settled before stays, and does not have to be tried again.
      if (this.counters === 0 || !isConflict(error)) throw error;
      return day;
    }
    return undefined;
  }

  /** A month as it was written last, or else as it is stored. */
  async #snapshotsOf(month: Month): Promise<MonthOfSnapshots> {
    if (this.#month?.month === month) return this.#month;
    return this.#dependencies.totals.readMonth(this.#peerId, month);
  }

  /**
   * Compares what was read of the peer. It was read piece by piece, and others may have changed some of it meanwhile:
   * only where it seems to contradict itself, that is read once more, all of one moment.
   *
   * @param month nothing where it was not read
   * @param counters of that month, as they were read before it
   */
  async #check(month: MonthOfSnapshots | undefined, counters: readonly SealableCounter[]): Promise<void> {
    const { reader, clock, limits } = this.#dependencies;
    const peerId = this.#peerId;
    const months = month === undefined ? [] : [month];
    const suspected = compareTogether({ peerId, totals: this.totals, months, counters }, clock());
    if (suspected.length === 0) return;
    const numbers = new Set(suspected.map(({ channelNumber }) => channelNumber));
    const doubtful = counters.filter(({ channelNumber }) => numbers.has(channelNumber));
    const read = await reader.together(
      peerId,
      months.map((each) => each.month),
      doubtful.slice(0, limits.countersPerTransaction),
    );
    const still = read.counters.flatMap((counter) => (counter === undefined ? [] : withoutProof(counter)));
    const found = compareTogether({ peerId, ...read, counters: still }, clock());
    if (found.length > 0) throw new InconsistentPeerError(found);
  }

  /** @param group all of one month */
  async #settleGroup(group: readonly SealableCounter[], month: MonthOfSnapshots): Promise<void> {
    const { totals: store, clock } = this.#dependencies;
    const read = this.#read;
    const [{ day } = { day: '' }] = group;
    // One turn behind: a counter of these days may be stored between the query and this transaction.
    const completeThrough = isSealed(read, day) ? read.completeThrough : read.sealedThrough;
    const settling = settled(group.map(sealingAsItIs), this.totals, month, completeThrough, clock());
    await store.settle(this.#peerId, settling);
    this.totals = settling.totals;
    this.#month = settling.month;
    this.counters += group.length;
    for (const { day: ofCounter } of group) {
      if (ofCounter === this.#lastDay) continue;
      this.days[isSealed(read, ofCounter) ? 'resealed' : 'sealed'] += 1;
      this.#lastDay = ofCounter;
    }
  }
}

function isOpen({ sealedIn }: SealableCounter): boolean {
  return sealedIn === undefined;
}
