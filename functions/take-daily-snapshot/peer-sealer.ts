import type { CounterRules } from '../shared/domain/daily-counter.ts';
import { isSameSnapshot, snapshotsOf } from '../shared/domain/daily-snapshot.ts';
import { addDays, type EpochMillis, startOf, type UtcDay } from '../shared/domain/utc-day.ts';
import type { Waiting } from '../shared/runtime/waiting.ts';
import type { CounterUpdater } from '../shared/store/counter-updater.ts';
import type { DailyCounterStore } from '../shared/store/daily-counter-store.ts';
import type { CounterState } from '../shared/store/items/daily-counter.ts';
import { retryOnConflict } from '../shared/store/retry-on-conflict.ts';
import type { SnapshotStore } from '../shared/store/snapshot-store.ts';
import { rollUpDay } from './roll-up-day.ts';

/** What sealing works with. */
export interface SealingDependencies {
  counters: DailyCounterStore;
  snapshots: SnapshotStore;
  updater: CounterUpdater;
  waiting: Waiting;
  clock: () => EpochMillis;
  rules: CounterRules;
  /** How long a counter stays after its day, in days. */
  counterRetentionDays: number;
  /** A text that nobody else makes. */
  makeToken: () => string;
}

/** What sealing a peer came to. */
export interface SealedPeer {
  /** Days that got their first snapshot. */
  sealed: number;
  /** Days whose snapshot had to be written again. */
  resealed: number;
}

const LAST_DAY: UtcDay = '9999-12-31';

/** Seals days of peers. */
export class PeerSealer {
  readonly #dependencies: SealingDependencies;

  constructor(dependencies: SealingDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Seals days of a peer: rolls them up, writes their snapshots, and takes their counters off the list.
   *
   * Every snapshot from the first of those days on is made again, and written where it differs: each holds
   * the sums of all days before it. A message that is counted meanwhile leaves its counter on the list, for
   * the next run.
   *
   * @param from the earliest day with a dirty counter
   * @param through the last day to be sealed; it must be over
   * @throws FencingTokenLostError where another run began to seal the peer
   */
  async seal(peerId: string, from: UtcDay, through: UtcDay): Promise<SealedPeer> {
    const { snapshots, waiting, counterRetentionDays, makeToken } = this.#dependencies;
    const token = makeToken();
    // Before anything is read: whoever takes the fencing token later has read what is at least as new.
    await snapshots.takeFencingToken(peerId, token);

    // To the very last: later snapshots change with an earlier day, also those of days after `through`.
    const existing = await snapshots.read(peerId, from, LAST_DAY, { consistent: true });
    const counters = await this.#readRolledUp(peerId, from, through);
    const base = await snapshots.lastBefore(peerId, from);

    const before = new Map(existing.map((snapshot) => [snapshot.day, snapshot]));
    const result: SealedPeer = { sealed: 0, resealed: 0 };
    for (const snapshot of snapshotsOf(base, existing, counters)) {
      const earlier = before.get(snapshot.day);
      if (earlier !== undefined && isSameSnapshot(earlier, snapshot)) continue;
      await retryOnConflict(waiting, () => snapshots.write(peerId, snapshot, token));
      result[earlier === undefined ? 'sealed' : 'resealed'] += 1;
    }
    // Only now, when all of them are written: a crash before leaves the list as it was.
    for (const counter of counters.filter(({ dirty, rolledUp }) => dirty && rolledUp)) {
      const expiresAt = startOf(addDays(counter.day, counterRetentionDays));
      await retryOnConflict(waiting, () => snapshots.markSealed(counter, counter.version, expiresAt, token));
    }
    return result;
  }

  /** Rolls up the open days of a range; gives its counters as they are after that. */
  async #readRolledUp(peerId: string, from: UtcDay, through: UtcDay): Promise<CounterState[]> {
    const { counters, updater, clock, rules } = this.#dependencies;
    const found = await counters.readDays(peerId, from, through);
    const open = found.filter(({ rolledUp }) => !rolledUp);
    for (const { channelId, day } of open)
      await rollUpDay(updater, { peerId, channelId, day }, clock(), rules);
    return open.length === 0 ? found : counters.readDays(peerId, from, through);
  }
}
