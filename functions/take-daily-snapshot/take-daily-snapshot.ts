import * as z from 'zod/mini';
import { DEFAULT_WINDOW_CAPACITY } from '../shared/domain/daily-counter.ts';
import { addDays, dayOf, isUtcDay, type UtcDay } from '../shared/domain/utc-day.ts';
import { mapConcurrently } from '../shared/runtime/concurrency.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { METRIC } from '../shared/runtime/metric-names.ts';
import type { Settings } from '../shared/runtime/settings.ts';
import { ChannelStore } from '../shared/store/channel-store.ts';
import { CounterUpdater } from '../shared/store/counter-updater.ts';
import { DailyCounterStore } from '../shared/store/daily-counter-store.ts';
import { DirtyDaysStore } from '../shared/store/dirty-days-store.ts';
import { FencingTokenLostError, SnapshotStore } from '../shared/store/snapshot-store.ts';
import { LANES } from '../shared/store/usage-table.ts';
import { type SealingDependencies, sealPeer } from './seal-peer.ts';

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
  /** Peers that the next run goes on with, because time ran out or another run took over. */
  leftOver: number;
  failed: number;
  durationMs: number;
}

/** What the snapshot job works with: it never touches the messages. */
export type SnapshotDependencies = Omit<Dependencies, 'settings'> & {
  settings: Pick<Settings, 'usageTableName' | 'messageRetentionDays' | 'counterRetentionDays'>;
};

/** A run of the snapshot job. `outOfTime` tells it when to stop. */
export type SnapshotJob = (request: unknown, outOfTime: () => boolean) => Promise<SnapshotRun>;

const CONCURRENT_PEERS_PER_LANE = 2;
const TOKEN_BYTES = 16;

/**
 * Seals every day that is over and has changed since it was sealed last.
 *
 * The days follow from the instant for which the run was scheduled, not from the clock: a run that is late
 * seals what it would have sealed in time. What it leaves over stays on the list for the next one.
 *
 * @param windowCapacity how many fingerprints a counter's item holds; only tests have reason to set it
 */
export function takeDailySnapshot(
  dependencies: SnapshotDependencies,
  windowCapacity = DEFAULT_WINDOW_CAPACITY,
): SnapshotJob {
  const { client, clock, log, publishMetrics, randomBytes, settings, waiting } = dependencies;
  const table = { client, tableName: settings.usageTableName };
  const dirtyDays = new DirtyDaysStore(table);
  const counters = new DailyCounterStore(table);
  const sealing: SealingDependencies = {
    counters,
    snapshots: new SnapshotStore(table),
    updater: new CounterUpdater(counters, new ChannelStore(table), waiting),
    waiting,
    clock,
    rules: { windowCapacity, messageRetentionDays: settings.messageRetentionDays },
    counterRetentionDays: settings.counterRetentionDays,
    makeToken: () => Buffer.from(randomBytes(TOKEN_BYTES)).toString('hex'),
  };

  async function sealOne(run: SnapshotRun, peerId: string, from: UtcDay): Promise<void> {
    try {
      const { sealed, resealed } = await sealPeer(sealing, peerId, from, run.through);
      run.peers += 1;
      run.daysSealed += sealed;
      run.daysResealed += resealed;
    } catch (error) {
      if (error instanceof FencingTokenLostError) run.leftOver += 1;
      else {
        run.failed += 1;
        log.error('a peer could not be sealed', {
          peerId,
          problem: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
        });
      }
    }
  }

  async function sealLane(run: SnapshotRun, lane: number, outOfTime: () => boolean): Promise<void> {
    const seen = new Set<string>();
    for await (const page of dirtyDays.pages(lane, addDays(run.through, 1))) {
      // The list is in the order of days, so that a peer's first entry is its earliest day.
      const firsts = new Map<string, UtcDay>();
      for (const { peerId, day } of page) {
        if (!seen.has(peerId)) firsts.set(peerId, day);
        seen.add(peerId);
      }
      await mapConcurrently([...firsts], CONCURRENT_PEERS_PER_LANE, async ([peerId, from]) => {
        if (outOfTime()) run.leftOver += 1;
        else await sealOne(run, peerId, from);
      });
      if (outOfTime()) return;
    }
  }

  return async (request, outOfTime) => {
    const startedAt = clock();
    const run: SnapshotRun = {
      through: lastDayOf(request, dayOf(startedAt)),
      peers: 0,
      daysSealed: 0,
      daysResealed: 0,
      leftOver: 0,
      failed: 0,
      durationMs: 0,
    };
    const lanes = Array.from({ length: LANES }, (_, lane) => lane);
    await mapConcurrently(lanes, LANES, (lane) => sealLane(run, lane, outOfTime));
    run.durationMs = clock() - startedAt;
    publishMetrics({
      [METRIC.peersSealed]: run.peers,
      [METRIC.daysSealed]: run.daysSealed,
      [METRIC.daysResealed]: run.daysResealed,
      [METRIC.peersLeftOver]: run.leftOver,
      [METRIC.peersFailed]: run.failed,
    });
    log.info('took the daily snapshots', { ...run });
    // After all others were sealed: a run that could not do its work must not look as if it had.
    if (run.failed > 0) throw new Error(`${run.failed} peers could not be sealed`);
    return run;
  };
}

function lastDayOf(request: unknown, today: UtcDay): UtcDay {
  const result = z.safeParse(runRequest, request);
  if (!result.success) {
    throw new Error('a run needs scheduledAt, an ISO 8601 instant, or through, a day that exists');
  }
  const through =
    'through' in result.data ? result.data.through : addDays(dayOf(Date.parse(result.data.scheduledAt)), -1);
  if (through >= today) throw new Error(`${through} is not over, and so cannot be sealed yet`);
  return through;
}
