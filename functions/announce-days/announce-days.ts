import { inBatches } from '../shared/domain/in-batches.ts';
import type { SealedDay } from '../shared/domain/sealed-day.ts';
import { addDays, DAY_MS, dayOf, type EpochMillis } from '../shared/domain/utc-day.ts';
import { BoundedMap } from '../shared/runtime/bounded-map.ts';
import { mapConcurrently } from '../shared/runtime/concurrency.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { errorSummary } from '../shared/runtime/error-text.ts';
import { METRIC } from '../shared/runtime/metric-names.ts';
import type { Settings } from '../shared/runtime/settings.ts';
import { AnnouncingProgressStore } from '../shared/store/announcing-progress-store.ts';
import { CHANGES_OVERLAP_MS, ChangedDays, type ChangedPeer } from '../shared/store/changed-days.ts';
import type { AnnouncingProgress } from '../shared/store/items/announcing-progress.ts';
import { LANES } from '../shared/store/usage-table.ts';

/**
 * Announces days.
 *
 * @returns those that could not be announced: they have to come again
 */
export type Announce = (
  days: readonly SealedDay[],
  outOfTime: () => boolean,
) => Promise<ReadonlySet<SealedDay>>;

/** What announcing works with: it never touches the messages. */
export type AnnouncingDependencies = Pick<Dependencies, 'client' | 'clock' | 'log' | 'publishMetrics'> & {
  settings: Pick<Settings, 'usageTableName' | 'counterRetentionDays'>;
};

/** Who is told of days. */
export interface Follower {
  /** What its progress is stored under. */
  name: string;
  announce: Announce;
}

/** What a run came to. */
export interface AnnouncingRun {
  daysAnnounced: number;
  /** Peers of which a day could not be read or announced, and lanes that could not be gone through. */
  failed: number;
  /** Lanes that the next run goes on with, because time ran out. */
  lanesLeft: number;
}

/** A run. `outOfTime` tells it when to begin nothing new. */
export type AnnouncingJob = (outOfTime: () => boolean) => Promise<AnnouncingRun>;

/** Some days could not be announced; all others were. The next run tries them again. */
export class DaysNotAnnouncedError extends Error {
  override name = 'DaysNotAnnouncedError';
}

/** With what a follower begins that has not followed before. What changed earlier is no news. */
const FIRST_LOOK_BACK_MS = DAY_MS;

const PEERS_AT_A_TIME = 4;

/** Progress is stored after so many peers, for the case that the process ends before the run does. */
const PEERS_BETWEEN_NOTES = 100;

const REMEMBERED_DAYS = 10_000;

/**
 * Announces every day that was sealed, or changed since, once at least: how far it has come is stored only after
 * what lies before it was announced, and each run looks back from there by as much as a change may come late. What
 * this process has announced it does not announce again.
 *
 * @returns a job that throws DaysNotAnnouncedError where days could not be announced
 */
export function announceDays(dependencies: AnnouncingDependencies, follower: Follower): AnnouncingJob {
  const announcer = new DayAnnouncer(dependencies, follower);
  return (outOfTime) => announcer.run(outOfTime);
}

class DayAnnouncer {
  readonly #dependencies: AnnouncingDependencies;
  readonly #announce: Announce;
  readonly #progress: AnnouncingProgressStore;
  readonly #changes: ChangedDays;
  /** The revision of each day that was announced last. */
  readonly #announced = new BoundedMap<string, number>(REMEMBERED_DAYS);

  constructor(dependencies: AnnouncingDependencies, { name, announce }: Follower) {
    const { client, settings } = dependencies;
    const table = { client, tableName: settings.usageTableName };
    this.#dependencies = dependencies;
    this.#announce = announce;
    this.#progress = new AnnouncingProgressStore(table, name);
    this.#changes = new ChangedDays(table);
  }

  async run(outOfTime: () => boolean): Promise<AnnouncingRun> {
    const { log, publishMetrics } = this.#dependencies;
    const lanes = Array.from({ length: LANES }, (_, lane) => lane);
    const run: AnnouncingRun = { daysAnnounced: 0, failed: 0, lanesLeft: 0 };
    await mapConcurrently(lanes, LANES, async (lane) => {
      try {
        await this.#goThrough(lane, run, outOfTime);
      } catch (error) {
        // The others are gone through all the same.
        run.failed += 1;
        log.error('the changed days of a lane could not be gone through', {
          lane,
          problem: errorSummary(error),
        });
      }
    });
    publishMetrics({
      [METRIC.daysAnnounced]: run.daysAnnounced,
      [METRIC.announcingRunsCompleted]: run.failed + run.lanesLeft === 0 ? 1 : 0,
    });
    if (run.daysAnnounced + run.failed + run.lanesLeft > 0) log.info('announced days', { ...run });
    if (run.failed > 0) {
      throw new DaysNotAnnouncedError(`days of ${run.failed} peers or lanes could not be announced`);
    }
    return run;
  }

  /** Announces what has changed of the peers of a lane, in the order of their last changes. */
  async #goThrough(lane: number, run: AnnouncingRun, outOfTime: () => boolean): Promise<void> {
    const { clock, settings } = this.#dependencies;
    // Before anything is looked for: what changes from now on is found by the next run.
    const begunAt = clock();
    const known = (await this.#progress.read(lane)) ?? (await this.#begin(lane, begunAt));
    const since = known.through - CHANGES_OVERLAP_MS;
    const recentFrom = addDays(dayOf(since), -settings.counterRetentionDays);
    const pass = new LanePass(known, begunAt);
    const peersSince = Math.max(since, (known.peersThrough ?? 0) - CHANGES_OVERLAP_MS);
    for await (const page of this.#changes.peersSince(lane, peersSince)) {
      for (const peers of inBatches(page, PEERS_AT_A_TIME)) {
        if (outOfTime()) {
          run.lanesLeft += 1;
          return this.#note(lane, pass.progress);
        }
        const failed = await this.#announcePeers(peers, { since, recentFrom }, run, outOfTime);
        pass.hasPassed(peers, failed);
        if (pass.peersSinceNote >= PEERS_BETWEEN_NOTES) await this.#note(lane, pass.takeProgress());
      }
    }
    if (pass.isComplete) {
      // Nothing is lost where it is stored later: only more is looked at again.
      const isWorthIt = pass.hasFound || begunAt - known.through >= CHANGES_OVERLAP_MS;
      if (isWorthIt) await this.#progress.raise(lane, { through: begunAt });
    } else {
      run.failed += pass.failed;
      await this.#note(lane, pass.progress);
    }
  }

  /** Stored at once: where the first runs fail, what changed before them is announced all the same. */
  async #begin(lane: number, begunAt: EpochMillis): Promise<AnnouncingProgress> {
    const progress: AnnouncingProgress = { through: begunAt - FIRST_LOOK_BACK_MS };
    await this.#progress.raise(lane, progress);
    return progress;
  }

  async #note(lane: number, progress: AnnouncingProgress | undefined): Promise<void> {
    if (progress !== undefined) await this.#progress.raise(lane, progress);
  }

  /** @returns how many of the peers have days that have to come again */
  async #announcePeers(
    peers: readonly ChangedPeer[],
    { since, recentFrom }: { since: EpochMillis; recentFrom: string },
    run: AnnouncingRun,
    outOfTime: () => boolean,
  ): Promise<number> {
    const failed = new Set<string>();
    const found = await mapConcurrently(peers, PEERS_AT_A_TIME, async (peer) => {
      try {
        return await this.#changes.daysOf(peer, since, recentFrom);
      } catch (error) {
        this.#tellOf('the changed days of a peer could not be read', error, { peerId: peer.peerId });
        failed.add(peer.peerId);
        return [];
      }
    });
    const days = found.flat().filter((day) => this.#announced.get(nameOf(day)) !== day.revision);
    const again = await this.#announceNow(days, outOfTime);
    for (const day of days) {
      if (again.has(day)) failed.add(day.peerId);
      else this.#announced.set(nameOf(day), day.revision);
    }
    run.daysAnnounced += days.length - again.size;
    return failed.size;
  }

  async #announceNow(days: readonly SealedDay[], outOfTime: () => boolean): Promise<ReadonlySet<SealedDay>> {
    if (days.length === 0) return new Set();
    try {
      return await this.#announce(days, outOfTime);
    } catch (error) {
      this.#tellOf('days could not be announced', error, { days: days.length });
      return new Set(days);
    }
  }

  #tellOf(message: string, error: unknown, fields: Record<string, unknown>): void {
    this.#dependencies.log.error(message, { ...fields, problem: errorSummary(error) });
  }
}

/** How far a pass through the changes of a lane has come. */
class LanePass {
  readonly #through: EpochMillis;
  readonly #begunAt: EpochMillis;
  #peersThrough: EpochMillis | undefined;
  #peersSinceNote = 0;
  #failed = 0;
  #hasFound = false;

  constructor({ through, peersThrough }: AnnouncingProgress, begunAt: EpochMillis) {
    this.#through = through;
    this.#begunAt = begunAt;
    this.#peersThrough = peersThrough;
  }

  /** Peers were dealt with, in their order. What comes behind one that failed cannot be passed over. */
  hasPassed(peers: readonly ChangedPeer[], failed: number): void {
    this.#hasFound = true;
    this.#failed += failed;
    const last = peers.at(-1);
    if (this.#failed > 0 || last === undefined) return;
    // No later than it began: a change may have been stored behind it, of a peer that it had passed already, that was
    // decided on before.
    this.#peersThrough = Math.min(last.changedAt, this.#begunAt);
    this.#peersSinceNote += peers.length;
  }

  /** What may be stored, where there is something. */
  get progress(): AnnouncingProgress | undefined {
    if (this.#peersThrough === undefined) return undefined;
    return { through: this.#through, peersThrough: this.#peersThrough };
  }

  takeProgress(): AnnouncingProgress | undefined {
    this.#peersSinceNote = 0;
    return this.progress;
  }

  get peersSinceNote(): number {
    return this.#peersSinceNote;
  }

  get isComplete(): boolean {
    return this.#failed === 0;
  }

  get failed(): number {
    return this.#failed;
  }

  get hasFound(): boolean {
    return this.#hasFound;
  }
}

function nameOf({ peerId, day }: SealedDay): string {
  return `${peerId}\n${day}`;
}
