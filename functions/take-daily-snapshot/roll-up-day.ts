import { type CounterRules, type DailyCounterKey, rollUp } from '../shared/domain/daily-counter.ts';
import type { EpochMillis } from '../shared/domain/utc-day.ts';
import type { CounterUpdater } from '../shared/store/counter-updater.ts';

/**
 * Rolls up a day of a channel: moves its counts into the channel's totals. A day that is rolled up already,
 * or has no counts, stays as it is.
 */
export async function rollUpDay(
  updater: CounterUpdater,
  key: DailyCounterKey,
  now: EpochMillis,
  rules: CounterRules,
): Promise<void> {
  await updater.updateOptimistically(key, async (counter) =>
    counter.version === 0 || counter.rolledUp
      ? { result: undefined }
      : { change: rollUp(counter, now, rules), result: undefined },
  );
}
