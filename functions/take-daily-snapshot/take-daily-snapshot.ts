import * as z from 'zod/mini';
import { addDays, type EpochMillis, isUtcDay, type UtcDay } from '../shared/domain/utc-day.ts';
import { mapConcurrently } from '../shared/runtime/concurrency.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { errorSummary } from '../shared/runtime/error-text.ts';
import { METRIC } from '../shared/runtime/metric-names.ts';
import type { Settings } from '../shared/runtime/settings.ts';
import { DailyCounterStore } from '../shared/store/daily-counter-store.ts';
import { DirtyDaysStore } from '../shared/store/dirty-days-store.ts';
import { TotalsStore } from '../shared/store/totals-store.ts';
import { LANES } from '../shared/store/usage-table.ts';
import { DEFAULT_SEALING_LIMITS, PeerSealer, type SealedPeer, type SealingLimits } from './peer-sealer.ts';
import { lastSealableDay } from './schedule.ts';

/** What asks for a run: the instant for which it was scheduled, or the last day to be sealed. */
const runRequest = z.union([
  z.object({ scheduledAt: z.iso.datetime({ offset: true }) }),
  z.object({ through: z.string().check(z.refine(isUtcDay, 'through must be a day that exists')) }),
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
  durationMs: number;
}

/** What the snapshot job works with: it never touches the messages. */
export type SnapshotDependencies = Omit<Dependencies, 'settings'> & {
  settings: Pick<Settings, 'usageTableName'>;
};

/** A run of the snapshot job. `outOfTime` tells it when to stop. */
export type SnapshotJob = (request: unknown, outOfTime: () => boolean) => Promise<SnapshotRun>;

const CONCURRENT_PEERS_PER_LANE = 2;

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

/** What became of a peer on the list. */
type PeerOutcome = ({ kind: 'sealed' } & SealedPeer) | { kind: 'left_over' } | { kind: 'failed' };

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
      totals: new TotalsStore(table, counters),
      waiting,
      clock,
      limits,
    });
  }

  async run(request: unknown, outOfTime: () => boolean): Promise<SnapshotRun> {
    const { clock, log, publishMetrics } = this.#dependencies;
    const startedAt = clock();
    const through = lastDayOf(request, startedAt);
    const lanes = Array.from({ length: LANES }, (_, lane) => lane);
    const outcomes = await mapConcurrently(lanes, LANES, (lane) => this.#sealLane(lane, through, outOfTime));
    const run = { through, ...totalsOf(outcomes.flat()), durationMs: clock() - startedAt };
    publishMetrics({
      [METRIC.peersSealed]: run.peers,
      [METRIC.daysSealed]: run.daysSealed,
      [METRIC.daysResealed]: run.daysResealed,
      [METRIC.peersLeftOver]: run.leftOver,
      [METRIC.peersFailed]: run.failed,
    });
    log.info('took the daily snapshots', { ...run });
    // After all others were sealed: a run that could not do its work must not look as if it had.
    if (run.failed > 0) throw new PeersNotSealedError(run.failed);
    return run;
  }

  async #sealLane(lane: number, through: UtcDay, outOfTime: () => boolean): Promise<PeerOutcome[]> {
    const seen = new Set<string>();
    const outcomes: PeerOutcome[] = [];
    for await (const page of this.#dirtyDays.pages(lane, addDays(through, 1))) {
      // The list is in the order of days, so that a peer's first entry is its earliest day.
      const firsts = new Map<string, UtcDay>();
      for (const { peerId, day } of page) {
        if (!seen.has(peerId)) firsts.set(peerId, day);
        seen.add(peerId);
      }
      const ofPage = await mapConcurrently(
        [...firsts],
        CONCURRENT_PEERS_PER_LANE,
        async ([peerId, from]): Promise<PeerOutcome> =>
          outOfTime() ? { kind: 'left_over' } : this.#sealPeer(peerId, from, through, outOfTime),
      );
      outcomes.push(...ofPage);
      if (outOfTime()) break;
    }
    return outcomes;
  }

  async #sealPeer(
    peerId: string,
    from: UtcDay,
    through: UtcDay,
    outOfTime: () => boolean,
  ): Promise<PeerOutcome> {
    try {
      return { kind: 'sealed', ...(await this.#sealer.seal(peerId, from, through, outOfTime)) };
    } catch (error) {
      this.#dependencies.log.error('a peer could not be sealed', { peerId, problem: errorSummary(error) });
      return { kind: 'failed' };
    }
  }
}

function totalsOf(outcomes: readonly PeerOutcome[]): Omit<SnapshotRun, 'through' | 'durationMs'> {
  const sealed = outcomes.filter((outcome) => outcome.kind === 'sealed');
  return {
    peers: sealed.filter(({ isLeftOver }) => !isLeftOver).length,
    daysSealed: sealed.reduce((sum, peer) => sum + peer.sealed, 0),
    daysResealed: sealed.reduce((sum, peer) => sum + peer.resealed, 0),
    leftOver:
      outcomes.filter(({ kind }) => kind === 'left_over').length +
      sealed.filter(({ isLeftOver }) => isLeftOver).length,
    failed: outcomes.filter(({ kind }) => kind === 'failed').length,
  };
}

function lastDayOf(request: unknown, now: EpochMillis): UtcDay {
  const result = z.safeParse(runRequest, request);
  if (!result.success) {
    throw new Error('a run needs scheduledAt, an ISO 8601 instant, or through, a day that exists');
  }
  const through =
    'through' in result.data ? result.data.through : lastSealableDay(Date.parse(result.data.scheduledAt));
  if (through > lastSealableDay(now)) {
    throw new Error(`${through} is not over for long enough, and so cannot be sealed yet`);
  }
  return through;
}
