import { type AnnouncementHandler, consumer } from '../shared/announcing/consumer.ts';
import type { DayAnnouncement } from '../shared/domain/day-announcement.ts';
import { countingProgress, hasPassedDay } from '../shared/domain/heartbeat.ts';
import { addDays, dayOf, type UtcDay } from '../shared/domain/utc-day.ts';
import { mapConcurrently } from '../shared/runtime/concurrency.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { errorSummary } from '../shared/runtime/error-text.ts';
import { METRIC } from '../shared/runtime/metric-names.ts';
import type { Settings } from '../shared/runtime/settings.ts';
import { HealthSettingsStore } from '../shared/store/health-settings-store.ts';
import { ALERT_SWEEP } from '../shared/store/items/sweep-progress.ts';
import { NotifiedPeers } from '../shared/store/notified-peers.ts';
import { PassedHeartbeatsStore } from '../shared/store/passed-heartbeats-store.ts';
import { NOT_SWEPT, PeerSweep, type SweepLimits, type SweepRun } from '../shared/store/peer-sweep.ts';
import { UsageReader } from '../shared/store/usage-reader.ts';
import { PeerAlerts } from './peer-alerts.ts';

/** What alerts work with. */
export type AlertDependencies = Omit<Dependencies, 'settings' | 'randomBytes'> & {
  settings: Pick<Settings, 'usageTableName' | 'heartbeats'>;
};

/** Whom is told, and what is linked. */
export interface AlertOptions {
  /** The names of all targets. */
  targets: readonly string[];
  /** Where the dashboard is, as a URL. */
  dashboardUrl: string;
  /** Only tests have reason to set them. */
  limits?: SweepLimits;
}

/** What a sweep came to; nothing was done where counting has not passed the day. */
export interface AlertSweep extends SweepRun {
  /** The newest complete day. */
  day: UtcDay;
  raised: number;
  isJudged: boolean;
}

/** The two ways in which peers come to be judged. */
export interface AlertFunction {
  /** Judges the peers whose newest complete day was announced. */
  consume: AnnouncementHandler;
  /**
   * Judges every peer that was not judged for the newest complete day yet.
   *
   * @throws PeersNotJudgedError where some could not be
   */
  sweep: (outOfTime: () => boolean) => Promise<AlertSweep>;
}

const CONCURRENT_ANNOUNCEMENTS = 5;

/** A sweep could not judge some peers, or read some lanes of the directory; all others are judged. */
export class PeersNotJudgedError extends Error {
  override name = 'PeersNotJudgedError';
}

/**
 * Tells people what begins, changes and ends to need attention at a peer. The newest complete day is judged, once
 * counting has passed it, and no other one: what is counted into earlier days raises nothing.
 *
 * A peer is judged when that day of it is announced, and once by a sweep over all peers: one that fell silent has no
 * such day, and so no announcement.
 */
export function raiseAlerts(dependencies: AlertDependencies, options: AlertOptions): AlertFunction {
  const alerts = new Alerts(dependencies, options);
  return {
    consume: consumer(dependencies, (announced, outOfTime) => alerts.consume(announced, outOfTime)),
    sweep: (outOfTime) => alerts.sweep(outOfTime),
  };
}

class Alerts {
  readonly #dependencies: AlertDependencies;
  readonly #passedHeartbeats: PassedHeartbeatsStore;
  readonly #peers: PeerAlerts;
  readonly #sweep: PeerSweep;

  constructor(dependencies: AlertDependencies, { targets, dashboardUrl, limits }: AlertOptions) {
    const { client, settings, waiting, clock, log } = dependencies;
    const table = { client, tableName: settings.usageTableName };
    this.#dependencies = dependencies;
    this.#passedHeartbeats = new PassedHeartbeatsStore(table);
    this.#peers = new PeerAlerts({
      notified: new NotifiedPeers(table, targets),
      usage: new UsageReader(table),
      healthSettings: new HealthSettingsStore(table),
      ...{ waiting, clock, dashboardUrl },
    });
    this.#sweep = new PeerSweep(table, ALERT_SWEEP, log, limits);
  }

  async consume(
    announced: readonly DayAnnouncement[],
    outOfTime: () => boolean,
  ): Promise<readonly DayAnnouncement[]> {
    const day = this.#newestCompleteDay();
    const byPeer = Map.groupBy(
      announced.filter((announcement) => announcement.day === day),
      ({ peerId }) => peerId,
    );
    // What is not judged now the sweep finds: it judges no peer before counting has passed the day either.
    if (byPeer.size === 0 || !(await this.#hasCountingPassed(day))) return [];
    const counts = { judged: 0, failed: 0, raised: 0 };
    const again = await mapConcurrently(
      [...byPeer],
      CONCURRENT_ANNOUNCEMENTS,
      async ([peerId, announcements]) => {
        if (outOfTime()) return announcements;
        try {
          const raised = await this.#peers.raise(peerId, day);
          counts.raised += raised;
          counts.judged += 1;
          return [];
        } catch (error) {
          const problem = errorSummary(error);
          this.#dependencies.log.error('a peer could not be judged', { peerId, day, problem });
          counts.failed += 1;
          return announcements;
        }
      },
    );
    this.#publish(counts);
    return again.flat();
  }

  async sweep(outOfTime: () => boolean): Promise<AlertSweep> {
    const { log, publishMetrics } = this.#dependencies;
    const day = this.#newestCompleteDay();
    let raised = 0;
    const isJudged = await this.#hasCountingPassed(day);
    const run: SweepRun = isJudged
      ? await this.#sweep.run(
          day,
          async (peerId) => {
            const ofPeer = await this.#peers.raise(peerId, day);
            raised += ofPeer;
          },
          // The next day is one of the next run.
          () => outOfTime() || this.#newestCompleteDay() !== day,
        )
      : NOT_SWEPT;
    this.#publish({ judged: run.visited, failed: run.failed, raised });
    const notDone = run.failed + run.lanesFailed;
    const isComplete = isJudged && notDone + run.lanesLeft === 0;
    publishMetrics({ [METRIC.alertSweepsCompleted]: isComplete ? 1 : 0 });
    const sweep: AlertSweep = { day, isJudged, raised, ...run };
    log.info('judged the peers for alerts', { ...sweep });
    // After all others were judged: a run that could not do its work must not look as if it had.
    if (notDone > 0) {
      throw new PeersNotJudgedError(`${run.failed} peers and ${run.lanesFailed} lanes could not be judged`);
    }
    return sweep;
  }

  #newestCompleteDay(): UtcDay {
    return addDays(dayOf(this.#dependencies.clock()), -1);
  }

  /** Read before any figures: those that are read later hold everything that was counted by then. */
  async #hasCountingPassed(day: UtcDay): Promise<boolean> {
    const { settings } = this.#dependencies;
    // Consistently: where an announcement is left to the sweep, this must not have judged the peer before.
    const passed = await this.#passedHeartbeats.read({ consistent: true });
    return hasPassedDay(countingProgress(passed, settings.heartbeats.keys), day);
  }

  #publish({ judged, failed, raised }: { judged: number; failed: number; raised: number }): void {
    this.#dependencies.publishMetrics({
      [METRIC.peersJudged]: judged,
      [METRIC.peersNotJudged]: failed,
      [METRIC.alertsRaised]: raised,
    });
  }
}
