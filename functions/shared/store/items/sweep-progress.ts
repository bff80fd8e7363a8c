import * as z from 'zod/mini';
import { type Item, parseItem } from './item.ts';
import type { Key } from './keys.ts';

// How far a job has come that does something once for every peer, lane by lane.

/** The job that judges peers for alerts. */
export const ALERT_SWEEP = 'alerts';
/** The job that makes reports on months. */
export const REPORT_SWEEP = 'reports';

/** The jobs that audit stored figures: on days with even numbers, and on those with odd ones. */
export const AUDIT_SWEEPS = ['audits-of-even-days', 'audits-of-odd-days'] as const;

/** What the partitions with the progress of such jobs begin with. */
export const SWEEPS_PREFIX = 'SWEEP#';

const sweepProgress = z.object({
  /** What it is done for: a day or a month. */
  period: z.string(),
  /** The last peer that it was done for; missing before the first one. */
  after: z.exactOptional(z.string()),
  /** Whether that was the last peer of the lane. */
  isThrough: z.boolean(),
  /** Peers up to there for which it could not be done, and is to be tried again. */
  again: z.array(z.string()),
});

/** How far a job has come in a lane. */
export type SweepProgress = z.output<typeof sweepProgress>;

/** The partition with the progress of a job, and nothing else. */
export function sweepPartition(job: string): string {
  return `${SWEEPS_PREFIX}${job}`;
}

/** The key of a job's progress in a lane. */
export function sweepProgressKey(job: string, lane: number): Key {
  return { pk: sweepPartition(job), sk: `LANE#${lane}` };
}

/** A job's progress in a lane. */
export function sweepProgressItem(job: string, lane: number, progress: SweepProgress): Item {
  return { ...sweepProgressKey(job, lane), ...progress };
}

/** @throws MalformedItemError */
export function parseSweepProgress(item: Item): SweepProgress {
  return parseItem(sweepProgress, item, 'progress of a sweep');
}
