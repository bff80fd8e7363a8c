// Many may want to change one item, and each change needs that nobody else's came between. Who is refused tries again
// when it is likely to be done next: each change notes how long those who were done last had waited. Who has waited
// nearly as long goes on at once, and everybody else pauses until then. So there are never many who try at a time,
// however many wait, which nobody knows, and the oldest of them is done first.

/** How much of a smoothed wait is that of the newest. */
const SHARE_OF_NEWEST = 1 / 4;
/** Who has waited for this part of the wait of others goes on at once. With all of it there are moments in which nobody does. */
const SHARE_OF_WAIT = 0.9;
/** However long others waited. */
export const LONGEST_PAUSE_MS = 5_000;

/**
 * For how long those who were done last had waited, in milliseconds.
 *
 * @param known what it was before
 * @param newestMs for how long the newest of them had waited since it was first refused; 0 where it was not
 */
export function smoothedWait(known: number, newestMs: number): number {
  const newest = Math.min(Math.max(newestMs, 0), LONGEST_PAUSE_MS);
  return Math.floor(known + (newest - known) * SHARE_OF_NEWEST);
}

/**
 * How long to wait before trying again, in milliseconds; 0 for at once.
 *
 * @param othersWaitedMs for how long those who were done last had waited
 * @param waitedMs for how long this one has waited
 */
export function pauseBehindOthers(othersWaitedMs: number, waitedMs: number): number {
  const wait = Math.min(othersWaitedMs, LONGEST_PAUSE_MS) * SHARE_OF_WAIT;
  return Math.max(0, wait - Math.max(waitedMs, 0));
}
