import { countGivenUpMessages, type RecordCountingDependencies } from '../shared/counting/count-messages.ts';
import { errorSummary } from '../shared/runtime/error-text.ts';
import { METRIC } from '../shared/runtime/metric-names.ts';
import { GivenUpCounts } from '../shared/store/given-up-counts.ts';
import type { FailedBatchSource } from './failed-batches.ts';
import { redriveBatches } from './redrive-batches.ts';

/** What a run came to, in batches. */
export interface RedriveRun {
  taken: number;
  left: number;
}

/** Feeds back what was given up. `outOfTime` tells it when to begin no further batch. */
export type RedriveJob = (outOfTime: () => boolean) => Promise<RedriveRun>;

/**
 * Counts the records of the batches that were given up, so that they need no hand: whatever kept them from
 * being counted has mostly passed when the next run comes. What a run leaves, the next one finds again. How many
 * messages of each peer that are is stored, so that the trust in their figures tells.
 */
export function redriveRecords(
  dependencies: RecordCountingDependencies,
  source: FailedBatchSource,
): RedriveJob {
  const { clock, log, publishMetrics } = dependencies;
  const handler = countGivenUpMessages(dependencies);
  const givenUp = new GivenUpCounts({
    client: dependencies.client,
    tableName: dependencies.settings.usageTableName,
  });
  return async (outOfTime) => {
    const run: RedriveRun = { taken: 0, left: 0 };
    const notCounted = new Map<string, number>();
    let isAllKnown = true;
    for await (const { name, outcome, reason, notCounted: ofBatch = [] } of redriveBatches(
      source,
      handler,
      clock(),
      outOfTime,
    )) {
      if (outcome === 'taken') {
        run.taken += 1;
        log.info('a failed batch was taken', { batch: name });
      } else {
        run.left += 1;
        for (const [peerId, messages] of ofBatch) {
          notCounted.set(peerId, (notCounted.get(peerId) ?? 0) + messages);
        }
        isAllKnown &&= outcome !== 'unusable' && outcome !== 'not_reached';
        log.warn('a failed batch is left', { batch: name, outcome, reason });
      }
    }
    await givenUp.replace(notCounted, isAllKnown).catch((error: unknown) => {
      // The next run stores what it finds. Until then they are those of the run before.
      log.error('the numbers of messages given up could not be stored', { problem: errorSummary(error) });
    });
    publishMetrics({
      [METRIC.batchesTaken]: run.taken,
      [METRIC.batchesLeft]: run.left,
      [METRIC.redrivesCompleted]: run.left === 0 ? 1 : 0,
    });
    if (run.taken + run.left > 0) log.info('fed back what was given up', { ...run });
    return run;
  };
}
