import { countingProgress, hasPassedDay } from '../shared/domain/heartbeat.ts';
import { daysOfMonth } from '../shared/domain/interval.ts';
import { type Month, monthBefore, monthOf } from '../shared/domain/month.ts';
import { dayOf } from '../shared/domain/utc-day.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { METRIC } from '../shared/runtime/metric-names.ts';
import type { PutObject } from '../shared/runtime/s3-client.ts';
import type { Settings } from '../shared/runtime/settings.ts';
import { REPORT_SWEEP } from '../shared/store/items/sweep-progress.ts';
import { NotifiedPeers } from '../shared/store/notified-peers.ts';
import { PassedHeartbeatsStore } from '../shared/store/passed-heartbeats-store.ts';
import { NOT_SWEPT, PeerSweep, type SweepLimits, type SweepRun } from '../shared/store/peer-sweep.ts';
import { UsageReader } from '../shared/store/usage-reader.ts';
import { PeerReports } from './peer-reports.ts';

/** What reports are made with. */
export type ReportDependencies = Omit<Dependencies, 'settings' | 'randomBytes'> & {
  settings: Pick<Settings, 'usageTableName' | 'heartbeats'>;
};

/** Whom is told, where files go, and what is linked. */
export interface ReportOptions {
  /** The names of all targets. */
  targets: readonly string[];
  put: PutObject;
  /** Where the dashboard is, as a URL. */
  dashboardUrl: string;
  /** Only tests have reason to set them. */
  limits?: SweepLimits;
}

/** What a run came to; nothing was done where counting has not passed the month. */
export interface ReportRun extends SweepRun {
  month: Month;
  isCounted: boolean;
  /** Reports of which people are told from this run on. */
  reported: number;
}

/** A run. `outOfTime` tells it when to begin with no further peer. */
export type ReportJob = (outOfTime: () => boolean) => Promise<ReportRun>;

/** A run could not make the reports of some peers, or read some lanes of the directory; all others are made. */
export class ReportsNotMadeError extends Error {
  override name = 'ReportsNotMadeError';
}

/**
 * Makes the report of every peer on the month before the current one, once counting has passed it. All peers are gone
 * through once a day, so that one whose messages come late gets its report too; there is one for a month, whatever comes
 * after it.
 *
 * @returns a job that throws ReportsNotMadeError where reports could not be made
 */
export function sendReports(dependencies: ReportDependencies, options: ReportOptions): ReportJob {
  const { client, clock, log, publishMetrics, settings, waiting } = dependencies;
  const { targets, put, dashboardUrl, limits } = options;
  const table = { client, tableName: settings.usageTableName };
  const passedHeartbeats = new PassedHeartbeatsStore(table);
  const sweep = new PeerSweep(table, REPORT_SWEEP, log, limits);
  const reports = new PeerReports({
    notified: new NotifiedPeers(table, targets),
    usage: new UsageReader(table),
    ...{ put, waiting, clock, dashboardUrl },
  });

  /** Read before any figures: those that are read later hold everything that was counted by then. */
  async function isCounted(month: Month): Promise<boolean> {
    const progress = countingProgress(await passedHeartbeats.read(), settings.heartbeats.keys);
    return hasPassedDay(progress, daysOfMonth(month).to);
  }

  return async (outOfTime) => {
    const today = dayOf(clock());
    const month = monthBefore(monthOf(today));
    const isMonthCounted = await isCounted(month);
    let reported = 0;
    const swept: SweepRun = isMonthCounted
      ? await sweep.run(
          today,
          async (peerId) => {
            if (await reports.make(peerId, month)) reported += 1;
          },
          // The next day is one of the next run, and may be one of another month.
          () => outOfTime() || dayOf(clock()) !== today,
        )
      : NOT_SWEPT;
    const run: ReportRun = { month, isCounted: isMonthCounted, reported, ...swept };
    const notDone = run.failed + run.lanesFailed;
    publishMetrics({
      // Each metric costs for as long as it is published, and nearly every run finds nothing to do.
      ...(reported > 0 && { [METRIC.reportsMade]: reported }),
      ...(run.failed > 0 && { [METRIC.reportsFailed]: run.failed }),
      [METRIC.reportRunsCompleted]: isMonthCounted && notDone + run.lanesLeft === 0 ? 1 : 0,
    });
    log.info('made reports on the month before', { ...run });
    // After all others were made: a run that could not do its work must not look as if it had.
    if (notDone > 0) {
      throw new ReportsNotMadeError(
        `reports of ${run.failed} peers could not be made, and ${run.lanesFailed} lanes not be gone through`,
      );
    }
    return run;
  };
}
