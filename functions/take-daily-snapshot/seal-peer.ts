import { despiteContention, type Waiting } from '../counting/contention.ts';
import { closeDay } from '../counting/day-closer.ts';
import type { LedgerKeeper } from '../counting/ledger-keeper.ts';
import { isSameSnapshot, snapshotsOf } from '../domain/daily-snapshot.ts';
import type { LedgerRules } from '../domain/day-ledger.ts';
import { addDays, type EpochMillis, startOf, type UtcDay } from '../domain/utc-day.ts';
import type { LedgerState, LedgerStore } from '../store/ledger-store.ts';
import type { SnapshotStore } from '../store/snapshot-store.ts';

/** What sealing works with. */
export interface SealingDependencies {
  ledgers: LedgerStore;
  snapshots: SnapshotStore;
  keeper: LedgerKeeper;
  waiting: Waiting;
  clock: () => EpochMillis;
  rules: LedgerRules;
  /** How long a ledger stays after its day, in days. */
  ledgerRetentionDays: number;
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

/**
 * Seals days of a peer: closes them, writes their snapshots, and takes their ledgers off the list.
 *
 * Every snapshot from the first of those days on is made again, and written where it differs: each holds
 * the sums of all days before it. A message that is counted meanwhile leaves its ledger on the list, for
 * the next run.
 *
 * @param from the earliest day with an unsealed ledger
 * @param through the last day to be sealed; it must be over
 * @throws SealLostError where another run began to seal the peer
 */
export async function sealPeer(
  dependencies: SealingDependencies,
  peerId: string,
  from: UtcDay,
  through: UtcDay,
): Promise<SealedPeer> {
  const { snapshots, waiting } = dependencies;
  const token = dependencies.makeToken();
  // Before anything is read: whoever takes the seal later has read what is at least as new.
  await snapshots.takeSeal(peerId, token);

  // To the very last: later snapshots change with an earlier day, also those of days after `through`.
  const existing = await snapshots.read(peerId, from, LAST_DAY, { consistent: true });
  const ledgers = await readClosed(dependencies, peerId, from, through);
  const base = await snapshots.lastBefore(peerId, from);

  const before = new Map(existing.map((snapshot) => [snapshot.day, snapshot]));
  const result: SealedPeer = { sealed: 0, resealed: 0 };
  for (const snapshot of snapshotsOf(base, existing, ledgers)) {
    const earlier = before.get(snapshot.day);
    if (earlier !== undefined && isSameSnapshot(earlier, snapshot)) continue;
    await despiteContention(waiting, () => snapshots.write(peerId, snapshot, token));
    result[earlier === undefined ? 'sealed' : 'resealed'] += 1;
  }
  // Only now, when all of them are written: a crash before leaves the list as it was.
  for (const ledger of ledgers.filter(({ unsealed, closed }) => unsealed && closed)) {
    const expiresAt = startOf(addDays(ledger.day, dependencies.ledgerRetentionDays));
    await despiteContention(waiting, () => snapshots.markSealed(ledger, ledger.version, expiresAt, token));
  }
  return result;
}

const LAST_DAY: UtcDay = '9999-12-31';

/** Closes the open days of a range; gives its ledgers as they are after that. */
async function readClosed(
  dependencies: SealingDependencies,
  peerId: string,
  from: UtcDay,
  through: UtcDay,
): Promise<LedgerState[]> {
  const { ledgers, keeper, clock, rules } = dependencies;
  const found = await ledgers.readDays(peerId, from, through);
  const open = found.filter(({ closed }) => !closed);
  for (const { channelId, day } of open) await closeDay(keeper, { peerId, channelId, day }, clock(), rules);
  return open.length === 0 ? found : ledgers.readDays(peerId, from, through);
}
