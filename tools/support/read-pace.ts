import type { EpochMillis } from '../../functions/shared/domain/utc-day.ts';

/**
 * Keeps reading to a rate.
 *
 * @param unitsPerSecond the most read units a second, over the seconds that a page stands for
 * @returns waits, after units were used, until more may be
 */
export function readPace(
  unitsPerSecond: number,
  clock: () => EpochMillis,
  pause: (milliseconds: number) => Promise<void>,
): (units: number) => Promise<void> {
  let freeAt = clock();
  return async (units) => {
    const now = clock();
    // Time that was lost is not made up for: that would be a burst.
    freeAt = Math.max(freeAt, now) + (1_000 * units) / unitsPerSecond;
    await pause(freeAt - now);
  };
}
