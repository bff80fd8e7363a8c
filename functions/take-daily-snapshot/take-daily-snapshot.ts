import * as z from 'zod/mini';
import { addDays, type EpochMillis, isUtcDay, type UtcDay } from '../shared/domain/utc-day.ts';
import { mapConcurrently } from '../shared/runtime/concurrency.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { errorSummary } from '../shared/runtime/error-text.ts';
import { METRIC } from '../shared/runtime/metric-names.ts';
import type { Settings } from '../shared/runtime/settings.ts';
import { AuditReader } from '../shared/store/audit-reader.ts';
import { DailyCounterStore } from '../shared/store/daily-counter-store.ts';
import { DirtyDaysStore } from '../shared/store/dirty-days-store.ts';
import { TotalsStore } from '../shared/store/totals-store.ts';
import { UnconfirmedCounters } from '../shared/store/unconfirmed-counters.ts';
import { LANES } from '../shared/store/usage-table.ts';
import {
  DEFAULT_SEALING_LIMITS,
  type DirtyPeer,
  InconsistentPeerError,
  PeerSealer,
  type SealingLimits,
} from './peer-sealer.ts';
import { lastSealableDay, PEERS_AT_A_TIME } from './schedule.ts';

const lanes = z.exactOptional(z.array(z.int().check(z.gte(0), z.lte(LANES - 1))).check(z.minLength(1)));

/**
 * What asks for a run: the instant for which it was scheduled, or the last day to be sealed; and the lanes whose peers
 * it is for, all of them where it does not say.
 */
const runRequest = z.union([
  z.object({ scheduledAt: z.iso.datetime({ offset: true }), lanes }),
  z.object({ through: z.string().check(z.refine(isUtcDay, 'through must be a day that exists')), lanes }),
]);

/** What a run came to. */
export interface SnapshotRun {
  /** The last day that was to be sealed. */
  through: UtcDay;
  peers: number;
  daysSealed: number;
  daysResealed: number;
  /** Peers that the next run goes on with, because time ran out. */
  leftOver: number;
  failed: number;
  /** Peers that were left as they are, because their stored figures contradict one another. */
  inconsistent: number;
  durationMs: number;
}

/** What the snapshot job works with: it never touches the messages. */
export type SnapshotDependencies = Omit<Dependencies, 'settings'> & {
  settings: Pick<Settings, 'usageTableName'>;
};

/** A run of the snapshot job. `outOfTime` tells it when to stop. */
export type SnapshotJob = (request: unknown, outOfTime: () => boolean) => Promise<SnapshotRun>;

/** So many contradictions of a peer are told at most; the audit finds all of them. */
const TOLD_INCONSISTENCIES = 10;

/** How many entries of the list of dirty days are read at a time. */
const ENTRIES_PER_PAGE = 2_000;

/** A run could not seal some peers; all others are sealed. */
export class PeersNotSealedError extends Error {
  override name = 'PeersNotSealedError';
  /** How many could not be sealed. */
  readonly failed: number;

  constructor(failed: number) {
    super(`${failed} peers could not be sealed`);
    this.failed = failed;
  }
}

/**
 * Seals every day that is over and has changed since it was sealed last.
 *
 * The days follow from the instant for which the run was scheduled, not from the clock: a run that is late
 * seals what it would have sealed in time. What it leaves over stays on the list for the next one.
 *
 * @param limits only tests have reason to set them
 * @returns a job that throws PeersNotSealedError where peers could not be sealed
 */
export function takeDailySnapshot(
  dependencies: SnapshotDependencies,
  limits = DEFAULT_SEALING_LIMITS,
): SnapshotJob {
  const snapshotter = new DailySnapshotter(dependencies, limits);
  return (request, outOfTime) => snapshotter.run(request, outOfTime);
}

/** What peers came to, in numbers. */
type Outcome = Omit<SnapshotRun, 'through' | 'durationMs'>;

/** A run that goes on. */
interface RunUnderWay {
  through: UtcDay;
  outOfTime: () => boolean;
  /** So many peers of each lane are sealed at a time. */
  peersAtATime: number;
  /** What has come of it so far. */
  outcome: Outcome;
}

/** Works off the list of dirty days, run after run. */
class DailySnapshotter {
  readonly #dependencies: SnapshotDependencies;
  readonly #dirtyDays: DirtyDaysStore;
  readonly #sealer: PeerSealer;

  constructor(dependencies: SnapshotDependencies, limits: SealingLimits) {
    const { client, clock, settings, waiting } = dependencies;
    const table = { client, tableName: settings.usageTableName };
    const counters = new DailyCounterStore(table);
    this.#dependencies = dependencies;
    this.#dirtyDays = new DirtyDaysStore(table);
    this.#sealer = new PeerSealer({
      counters,
      reader: new AuditReader(table),
      totals: new TotalsStore(table, counters),
      unconfirmed: new UnconfirmedCounters(table),
      waiting,
      clock,
      limits,
    });
  }

  async run(request: unknown, outOfTime: () => boolean): Promise<SnapshotRun> {
    const { clock, log, publishMetrics } = this.#dependencies;
    const startedAt = clock();
    const { through, lanes } = whatIsAsked(request, startedAt);
    const outcome: Outcome = {
      peers: 0,
      daysSealed: 0,
      daysResealed: 0,
      leftOver: 0,
      failed: 0,
      inconsistent: 0,
    };
    const peersAtATime = Math.ceil(PEERS_AT_A_TIME / lanes.length);
    const underWay: RunUnderWay = { through, outOfTime, peersAtATime, outcome };
    await mapConcurrently(lanes, lanes.length, (lane) => this.#sealLane(lane, underWay));
    const run = { through, ...outcome, durationMs: clock() - startedAt };
    publishMetrics({
      [METRIC.peersSealed]: run.peers,
      [METRIC.daysSealed]: run.daysSealed,
      [METRIC.daysResealed]: run.daysResealed,
      [METRIC.peersLeftOver]: run.leftOver,
      [METRIC.peersFailed]: run.failed,
      [METRIC.peersInconsistent]: run.inconsistent,
    });
    log.info('took the daily snapshots', { lanes, ...run });
    // After all others were sealed: a run that could not do its work must not look as if it had.
    if (run.failed > 0) throw new PeersNotSealedError(run.failed);
    return run;
  }

  async #sealLane(lane: number, run: RunUnderWay): Promise<void> {
    const seen = new Set<string>();
    let unfinished: DirtyPeer[] = [];
    const pages = this.#dirtyDays.pages(lane, addDays(run.through, 1), ENTRIES_PER_PAGE);
    for await (const page of pages) {
      const found: DirtyPeer[] = [];
      // The list is in the order of days, so that a peer's first entry is its earliest day.
      for (const { peerId, day } of page) {
        if (!seen.has(peerId)) found.push({ peerId, from: day });
        seen.add(peerId);
      }
      unfinished = unfinished.concat(await this.#takeTurns(found, run));
      if (run.outOfTime()) break;
    }
    // A peer with much to be sealed comes again once every other one had its turn.
    while (unfinished.length > 0 && !run.outOfTime()) unfinished = await this.#takeTurns(unfinished, run);
    run.outcome.leftOver += unfinished.length;
  }

  /** @returns the peers that have more to be sealed, and from where on */
  async #takeTurns(peers: readonly DirtyPeer[], run: RunUnderWay): Promise<DirtyPeer[]> {
    const unfinished = await mapConcurrently(peers, run.peersAtATime, async (peer) =>
      run.outOfTime() ? [peer] : this.#takeTurn(peer, run),
    );
    return unfinished.flat();
  }

  async #takeTurn(peer: DirtyPeer, { through, outOfTime, outcome }: RunUnderWay): Promise<DirtyPeer[]> {
    try {
      const { sealed, resealed, goOnFrom } = await this.#sealer.takeTurn(peer, through, outOfTime);
      outcome.daysSealed += sealed;
      outcome.daysResealed += resealed;
      if (goOnFrom !== undefined) return [{ ...peer, from: goOnFrom }];
      outcome.peers += 1;
    } catch (error) {
      const { peerId } = peer;
      const { log } = this.#dependencies;
      if (error instanceof InconsistentPeerError) {
        const found = error.found.slice(0, TOLD_INCONSISTENCIES);
        const problem = [...new Set(error.found.map(({ code }) => code))].join(', ');
        log.error('stored figures of a peer contradict one another', {
          ...{ peerId, problem, found, howMany: error.found.length },
        });
        outcome.inconsistent += 1;
      } else {
        log.error('a peer could not be sealed', { peerId, problem: errorSummary(error) });
        outcome.failed += 1;
      }
    }
    return [];
  }
}

/** @throws Error where it cannot be done */
function whatIsAsked(request: unknown, now: EpochMillis): { through: UtcDay; lanes: number[] } {
  const result = z.safeParse(runRequest, request);
  if (!result.success) {
    throw new Error(
      `a run needs scheduledAt, an ISO 8601 instant, or through, a day that exists; lanes are from 0 to ${LANES - 1}`,
    );
  }
  const { data } = result;
  const through = 'through' in data ? data.through : lastSealableDay(Date.parse(data.scheduledAt));
  if (through > lastSealableDay(now)) {
    throw new Error(`${through} is not over for long enough, and so cannot be sealed yet`);
  }
  return { through, lanes: data.lanes ?? Array.from({ length: LANES }, (_, lane) => lane) };
}
