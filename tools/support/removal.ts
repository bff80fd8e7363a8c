import type { Removed } from './purge-channel.ts';

/** Consistent reads take twice as many units as those of a replay. */
export const DEFAULT_REMOVAL_RATE = 400;

/** How much was removed, a line for each kind. */
export function summaryOf(removed: Removed): string {
  const width = Math.max(...Object.keys(removed).map((kind) => kind.length));
  return Object.entries(removed)
    .map(([kind, number]) => `${kind.padEnd(width)} removed  ${number}\n`)
    .join('');
}
