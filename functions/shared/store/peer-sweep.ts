import { MalformedItemError } from '../domain/errors.ts';
import { mapConcurrently } from '../runtime/concurrency.ts';
import { errorSummary } from '../runtime/error-text.ts';
import type { Log } from '../runtime/observability.ts';
import type { Table } from './dynamodb.ts';
import type { SweepProgress } from './items/sweep-progress.ts';
import { PeerDirectoryStore } from './peer-directory-store.ts';
import { SweepProgressStore } from './sweep-progress-store.ts';
import { LANES } from './usage-table.ts';

/** What a run came to. */
export interface SweepRun {
  /** Peers that were visited. */
  visited: number;
  /** Peers whose visit failed; the next run tries them again. */
  failed: number;
  /** Lanes that the next run goes on with, because time ran out. */
  lanesLeft: number;
  /** Lanes that could not be read, or whose progress could not be stored; the next run goes on with them. */
  lanesFailed: number;
}

/** What nothing comes to. */
export const NOT_SWEPT: Readonly<SweepRun> = { visited: 0, failed: 0, lanesLeft: 0, lanesFailed: 0 };

/** How a sweep goes about it. */
export interface SweepLimits {
  /** So many peers are read at a time; the progress is stored behind each such page. */
  peersPerPage: number;
  concurrentPeersPerLane: number;
  /** So many peers of a lane at most are noted to be tried again. */
  mostAgain: number;
}

const DEFAULT_LIMITS: SweepLimits = { peersPerPage: 50, concurrentPeersPerLane: 4, mostAgain: 100 };

/** What became of the peers of a page. */
type Outcome =
  | { peerId: string; kind: 'visited' | 'left' }
  | { peerId: string; kind: 'failed'; isMalformed: boolean };

/**
 * Does something for every peer of the directory once in a period, in as many runs as it takes. A run may end
 * anywhere: the next one goes on behind the last page, so that what is done has to be harmless when it is done twice.
 */
export class PeerSweep {
  readonly #directory: PeerDirectoryStore;
  readonly #progress: SweepProgressStore;
  readonly #job: string;
  readonly #log: Log;
  readonly #limits: SweepLimits;

  /**
   * @param job the name of what is done, under which its progress is stored
   * @param limits only tests have reason to set them
   */
  constructor(table: Table, job: string, log: Log, limits = DEFAULT_LIMITS) {
    this.#directory = new PeerDirectoryStore(table);
    this.#progress = new SweepProgressStore(table, job);
    this.#job = job;
    this.#log = log;
    this.#limits = limits;
  }

  /**
   * Visits the peers that were not visited in this period yet, all lanes at a time, page by page. A visit that fails
   * delays no other one: it is logged, counted, and tried again at the beginning of the next run.
   *
   * @param period a day or a month
   * @param outOfTime tells when to begin no further visit
   */
  async run(
    period: string,
    visit: (peerId: string) => Promise<void>,
    outOfTime: () => boolean,
  ): Promise<SweepRun> {
    const lanes = Array.from({ length: LANES }, (_, lane) => lane);
    const run: SweepRun = { ...NOT_SWEPT };
    await mapConcurrently(lanes, LANES, async (lane) => {
      const visitAll = async (peers: readonly string[]) => {
        const outcomes = await this.#visitAll(peers, visit, outOfTime);
        run.visited += outcomes.filter(({ kind }) => kind === 'visited').length;
        run.failed += outcomes.filter(({ kind }) => kind === 'failed').length;
        return outcomes;
      };
      try {
        if (!(await this.#sweepLane(lane, period, visitAll, outOfTime))) run.lanesLeft += 1;
      } catch (error) {
        const problem = errorSummary(error);
        this.#log.error('a lane of peers could not be swept', { job: this.#job, lane, problem });
        run.lanesFailed += 1;
      }
    });
    return run;
  }

  /** @returns whether all of its peers were visited, or are noted to be tried again */
  async #sweepLane(
    lane: number,
    period: string,
    visitAll: (peers: readonly string[]) => Promise<Outcome[]>,
    outOfTime: () => boolean,
  ): Promise<boolean> {
    const stored = await this.#progress.read(lane);
    let progress: SweepProgress =
      stored?.period === period ? stored : { period, isThrough: false, again: [] };
    if (progress.again.length > 0) {
      const outcomes = await visitAll(progress.again);
      const again = outcomes.filter(({ kind }) => kind !== 'visited').map(({ peerId }) => peerId);
      progress = { ...progress, again };
      await this.#progress.store(lane, progress);
      if (outcomes.some(({ kind }) => kind === 'left')) return false;
    }
    while (!progress.isThrough) {
      if (outOfTime()) return false;
      const page = await this.#directory.listLane(lane, progress.after, this.#limits.peersPerPage);
      const next = this.#behind(await visitAll(page), progress);
      const isPageDone = page.length === 0 || next.after === page.at(-1);
      progress = { ...next, isThrough: isPageDone && page.length < this.#limits.peersPerPage };
      await this.#progress.store(lane, progress);
      if (!isPageDone) return false;
    }
    return true;
  }

  async #visitAll(
    peers: readonly string[],
    visit: (peerId: string) => Promise<void>,
    outOfTime: () => boolean,
  ): Promise<Outcome[]> {
    return mapConcurrently(peers, this.#limits.concurrentPeersPerLane, async (peerId): Promise<Outcome> => {
      if (outOfTime()) return { peerId, kind: 'left' };
      try {
        await visit(peerId);
        return { peerId, kind: 'visited' };
      } catch (error) {
        const problem = errorSummary(error);
        this.#log.error('a peer could not be dealt with in a sweep', { job: this.#job, peerId, problem });
        return { peerId, kind: 'failed', isMalformed: error instanceof MalformedItemError };
      }
    });
  }

  /**
   * The progress behind a page: up to the first peer that was left. Where more peers fail than can be noted, that is
   * a trouble of all, and the next run begins there; one with a malformed item is passed over then, as it would keep
   * all behind it waiting.
   */
  #behind(outcomes: readonly Outcome[], before: SweepProgress): SweepProgress {
    const again = [...before.again];
    let { after } = before;
    for (const outcome of outcomes) {
      if (outcome.kind === 'left') break;
      if (outcome.kind === 'failed') {
        if (again.length < this.#limits.mostAgain) again.push(outcome.peerId);
        else if (!outcome.isMalformed) break;
      }
      after = outcome.peerId;
    }
    return { ...before, ...(after !== undefined && { after }), again };
  }
}
