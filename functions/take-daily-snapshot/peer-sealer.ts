import { type DailyCounter, sealing } from '../shared/domain/daily-counter.ts';
import { inBatches } from '../shared/domain/in-batches.ts';
import { monthOf } from '../shared/domain/month.ts';
import { isSealed, type PeerTotals, settled } from '../shared/domain/peer-totals.ts';
import { addDays, EARLIEST_DAY, type EpochMillis, type UtcDay } from '../shared/domain/utc-day.ts';
import type { Waiting } from '../shared/runtime/waiting.ts';
import type { DailyCounterStore } from '../shared/store/daily-counter-store.ts';
import { retryOnConflict } from '../shared/store/retry-on-conflict.ts';
import type { TotalsStore } from '../shared/store/totals-store.ts';

/** What sealing works with. */
export interface SealingDependencies {
  counters: DailyCounterStore;
  totals: TotalsStore;
  waiting: Waiting;
  clock: () => EpochMillis;
  limits: SealingLimits;
}

/** What sealing a peer came to. */
export interface SealedPeer {
  /** Days that were sealed. */
  sealed: number;
  /** Days of which some counters had been sealed, and others joined them. */
  resealed: number;
  /** Whether time ran out before all days were sealed. */
  isLeftOver: boolean;
}

/** What sealing decides by how many counters there are. */
export interface SealingLimits {
  /** So many at most are sealed in one transaction: with totals and month it stays below 100 items. */
  countersPerTransaction: number;
  /** Of more than so many, it costs readers more to read them than it costs to tell that they need not. */
  manyCounters: number;
}

export const DEFAULT_SEALING_LIMITS: SealingLimits = { countersPerTransaction: 90, manyCounters: 20 };

/** Seals days of peers. */
export class PeerSealer {
  readonly #dependencies: SealingDependencies;

  constructor(dependencies: SealingDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Seals days of a peer, the earliest first: their counters join the peer's totals and the days' snapshots.
   * Any number of runs may do so at a time, and each may end anywhere.
   *
   * @param earliest the earliest day of which a counter is known that is not sealed
   * @param last the last day to be sealed; it must have been over for a while
   * @param outOfTime tells when to begin no further day
   */
  async seal(peerId: string, earliest: UtcDay, last: UtcDay, outOfTime: () => boolean): Promise<SealedPeer> {
    const result: SealedPeer = { sealed: 0, resealed: 0, isLeftOver: false };
    for (;;) {
      const sealed = await retryOnConflict(this.#dependencies.waiting, () =>
        this.#sealNext(peerId, earliest, last, outOfTime),
      );
      if (sealed === undefined) return result;
      if (sealed === 'left_over') return { ...result, isLeftOver: true };
      result[sealed] += 1;
    }
  }

  /**
   * Seals one day.
   *
   * @returns whether it was the first time, or whether it is left to the next run because time ran out; nothing
   *   where no day was left to be sealed
   */
  async #sealNext(
    peerId: string,
    earliest: UtcDay,
    last: UtcDay,
    outOfTime: () => boolean,
  ): Promise<'sealed' | 'resealed' | 'left_over' | undefined> {
    const { counters, totals } = this.#dependencies;
    const read = await totals.read(peerId);
    // From the first day on that may have a counter which the totals lack: the list alone lags behind. And up to
    // whatever is sealed, also where another run is ahead: what is said of completeness is said of all these days.
    const { completeThrough, sealedThrough = last } = read;
    const first = completeThrough === undefined ? EARLIEST_DAY : addDays(completeThrough, 1);
    const found = await counters.readDays(
      peerId,
      first < earliest ? first : earliest,
      sealedThrough > last ? sealedThrough : last,
    );
    const open = found.filter(({ sealedIn }) => sealedIn === undefined);
    // What earlier runs left over comes first, and is the earliest; only then are later days complete up to there.
    const [next] = open;
    if (next === undefined) {
      await this.#complete(peerId, read, found);
      return undefined;
    }
    if (outOfTime()) return 'left_over';
    await this.#sealDay(
      peerId,
      open.filter(({ day }) => day === next.day),
      read,
    );
    return isSealed(read, next.day) ? 'resealed' : 'sealed';
  }

  /** @param open those of one day */
  async #sealDay(peerId: string, open: readonly DailyCounter[], read: PeerTotals): Promise<void> {
    const { totals: store, clock, limits } = this.#dependencies;
    let totals = read;
    for (const group of inBatches(open, limits.countersPerTransaction)) {
      const [{ day } = { day: '' }] = group;
      const month = await store.readMonth(peerId, monthOf(day));
      // One day behind: a counter of the day itself may be stored between the query and this transaction.
      const completeThrough = isSealed(totals, day) ? totals.completeThrough : totals.sealedThrough;
      const settling = settled(
        group.map((counter) => sealing(counter)),
        totals,
        month,
        completeThrough,
        clock(),
      );
      await store.settle(peerId, settling);
      totals = settling.totals;
    }
  }

  /** Tells readers that they need not read counters which are all sealed, where there are many. */
  async #complete(peerId: string, totals: PeerTotals, found: readonly DailyCounter[]): Promise<void> {
    const { completeThrough = '', sealedThrough = '' } = totals;
    const needless = found.filter(({ day }) => day > completeThrough && day <= sealedThrough);
    const { totals: store, limits } = this.#dependencies;
    if (needless.length > limits.manyCounters) await store.complete(peerId, totals);
  }
}
