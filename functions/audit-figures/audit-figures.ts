import { PeerAuditor } from '../shared/auditing/peer-auditor.ts';
import { addDays, dayNumber, dayOf, type UtcDay } from '../shared/domain/utc-day.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { METRIC } from '../shared/runtime/metric-names.ts';
import type { Settings } from '../shared/runtime/settings.ts';
import { AuditReader } from '../shared/store/audit-reader.ts';
import { AuditedFiguresStore } from '../shared/store/audited-figures-store.ts';
import { AUDIT_SWEEPS } from '../shared/store/items/sweep-progress.ts';
import { PeerSweep, type SweepLimits, type SweepRun } from '../shared/store/peer-sweep.ts';
import { retryOnConflict } from '../shared/store/retry-on-conflict.ts';
import { isDue } from './share.ts';

/** What auditing works with. */
export type FigureAuditDependencies = Omit<Dependencies, 'settings' | 'randomBytes'> & {
  settings: Pick<Settings, 'usageTableName' | 'messageRetentionDays'>;
};

/** What a run came to. */
export interface FigureAuditRun {
  /** The day whose share of the peers it was at last. */
  day: UtcDay;
  audited: number;
  /** Those of them whose stored figures do not agree. */
  differing: number;
  /** Peers that were changed all the time, or took longer than the run: the next run tries them again. */
  again: number;
  /** Peers, and lanes of the directory, that could not be read. */
  failed: number;
  /** Lanes that the next run goes on with, because time ran out. */
  lanesLeft: number;
}

/** A run. `outOfTime` tells it when to begin with no further peer. */
export type FigureAuditJob = (outOfTime: () => boolean) => Promise<FigureAuditRun>;

/** A run could not audit some peers, or read some lanes of the directory; all others are audited. */
export class FiguresNotAuditedError extends Error {
  override name = 'FiguresNotAuditedError';
}

/** A peer was not audited to its end this time. */
class AuditUnfinishedError extends Error {
  override name = 'AuditUnfinishedError';
}

/** One peer of a lane at a time: a peer that takes long keeps those of the other lanes not waiting. */
const LIMITS: SweepLimits = { peersPerPage: 500, concurrentPeersPerLane: 1, mostAgain: 100 };
/** So many differences of a peer are logged; `npm run audit` tells all of them. */
const TOLD_DIFFERENCES = 20;

/**
 * Compares the stored figures of a share of all peers, so that each peer has its turn within 28 days. Conversations are
 * not compared, for which the whole table would have to be read. What was found last is kept for each peer.
 *
 * What a day's runs leave, those of the next day do first.
 *
 * @param limits only tests have reason to set them
 * @returns a job that throws FiguresNotAuditedError where peers could not be audited
 */
export function auditFigures(dependencies: FigureAuditDependencies, limits = LIMITS): FigureAuditJob {
  const figureAudits = new FigureAudits(dependencies, limits);
  return (outOfTime) => figureAudits.run(outOfTime);
}

class FigureAudits {
  readonly #dependencies: FigureAuditDependencies;
  readonly #results: AuditedFiguresStore;
  /** By turns, so that the progress of the day before is still there. */
  readonly #sweeps: readonly PeerSweep[];

  constructor(dependencies: FigureAuditDependencies, limits: SweepLimits) {
    const { client, settings, log } = dependencies;
    const table = { client, tableName: settings.usageTableName };
    this.#dependencies = dependencies;
    this.#results = new AuditedFiguresStore(table);
    this.#sweeps = AUDIT_SWEEPS.map((job) => new PeerSweep(table, job, log, limits));
  }

  async run(outOfTime: () => boolean): Promise<FigureAuditRun> {
    const { clock, log, publishMetrics } = this.#dependencies;
    const today = dayOf(clock());
    const run: FigureAuditRun = { day: today, audited: 0, differing: 0, again: 0, failed: 0, lanesLeft: 0 };
    // The next day is one of the next run.
    const isOver = () => outOfTime() || dayOf(clock()) !== today;
    for (const day of [addDays(today, -1), today]) {
      run.day = day;
      const { failed, lanesFailed, lanesLeft } = await this.#sweep(day, run, isOver);
      run.failed += failed + lanesFailed;
      run.lanesLeft = lanesLeft;
      if (lanesLeft > 0) break;
    }
    run.failed -= run.again;
    publishMetrics({
      [METRIC.peersAudited]: run.audited,
      // Each metric costs for as long as it is published.
      ...(run.differing > 0 && { [METRIC.peersDiffering]: run.differing }),
    });
    log.info('audited stored figures', { ...run });
    // After all others were audited: a run that could not do its work must not look as if it had.
    if (run.failed > 0) {
      throw new FiguresNotAuditedError(`${run.failed} peers or lanes could not be audited`);
    }
    return run;
  }

  #sweep(day: UtcDay, run: FigureAuditRun, isOver: () => boolean): Promise<SweepRun> {
    const sweep = this.#sweeps[dayNumber(day) % this.#sweeps.length];
    if (sweep === undefined) throw new Error('there is no sweep for a day');
    const auditor = this.#auditor(isOver);
    return sweep.run(
      day,
      async (peerId) => {
        if (!isDue(peerId, day)) return;
        try {
          await this.#audit(peerId, auditor, run);
        } catch (error) {
          if (error instanceof AuditUnfinishedError) run.again += 1;
          throw error;
        }
      },
      isOver,
    );
  }

  /** One that stops in the middle of a peer where time is over. */
  #auditor(isOver: () => boolean): PeerAuditor {
    const { client, settings, waiting, clock } = this.#dependencies;
    const reader = new AuditReader({ client, tableName: settings.usageTableName }, async () => {
      if (isOver()) throw new AuditUnfinishedError('time ran out while the peer was read');
    });
    const { messageRetentionDays } = settings;
    return new PeerAuditor({ reader, waiting, clock, messageRetentionDays });
  }

  async #audit(peerId: string, auditor: PeerAuditor, run: FigureAuditRun): Promise<void> {
    const { clock, log, waiting } = this.#dependencies;
    const { differences, notJudged } = await auditor.audit(peerId);
    if (differences.length === 0 && notJudged > 0) {
      throw new AuditUnfinishedError('the peer was changed all the time');
    }
    run.audited += 1;
    if (differences.length > 0) run.differing += 1;
    for (const { code, day, month, channelId, channelNumber, expected, found } of differences.slice(
      0,
      TOLD_DIFFERENCES,
    )) {
      log.error('stored figures of a peer do not agree', {
        ...{ peerId, code, day, month, channelId, channelNumber, expected, found },
        howMany: differences.length,
      });
    }
    const result = { at: clock(), differences: differences.length };
    await retryOnConflict(waiting, () => this.#results.store(peerId, result));
  }
}
