import { addDays, type EpochMillis, startOf, type UtcDay } from './utc-day.ts';

/** How heartbeats are sent, and by when they must have passed. */
export interface HeartbeatRhythm {
  /** How many heartbeats are sent each time, under as many partition keys, numbered from 0. */
  keys: number;
  /** From one time to the next. */
  everySeconds: number;
  /** Counting is behind where the oldest heartbeat that is the newest of its key to have passed is older than this. */
  behindAfterSeconds: number;
  /** Counting stands still where no heartbeat of this age, or a younger one, has passed. */
  stalledAfterSeconds: number;
}

/** How many keys there may be. */
export const HEARTBEAT_KEYS = { default: 32, least: 1, most: 128 } as const;

/** The heartbeats of a deployed stage, which sets the number of keys itself. */
export const DEPLOYED_RHYTHM = {
  keys: HEARTBEAT_KEYS.default,
  everySeconds: 300,
  behindAfterSeconds: 360,
  stalledAfterSeconds: 900,
} as const satisfies HeartbeatRhythm;

/** Those of the local host. Its stream has one lane, which one key reaches; each more would only take room on its disk. */
export const LOCAL_RHYTHM = {
  keys: 1,
  everySeconds: 5,
  behindAfterSeconds: 15,
  stalledAfterSeconds: 20,
} as const satisfies HeartbeatRhythm;

/** A sign of life that goes through the stream as messages do. */
export interface Heartbeat {
  /** The number of its key. */
  key: number;
  /** An instant before it was put. */
  sentAt: EpochMillis;
}

/** The newest heartbeat of each key that has passed: that everything before it in its lane was counted before it. */
export type PassedHeartbeats = ReadonlyMap<number, EpochMillis>;

/** How far counting has come, as the heartbeats tell that have passed. */
export interface CountingProgress {
  /**
   * Every message that was recorded until then is counted, in every lane that a heartbeat reached. It is missing as
   * long as there is a key of which none has passed.
   */
  countedThrough?: EpochMillis;
  /** When the newest heartbeat was sent that has passed; missing where none has. */
  newestPassed?: EpochMillis;
}

/**
 * How far counting has come.
 *
 * @param keys how many keys heartbeats are sent under; those of others are not sent any more, and tell nothing
 */
export function countingProgress(passed: PassedHeartbeats, keys: number): CountingProgress {
  const newest = Array.from({ length: keys }, (_, key) => passed.get(key));
  const known = newest.filter((sentAt) => sentAt !== undefined);
  if (known.length === 0) return {};
  const newestPassed = Math.max(...known);
  return known.length < keys ? { newestPassed } : { newestPassed, countedThrough: Math.min(...known) };
}

/** Whether counting has passed a day: every message that was recorded on it, or before, is counted. */
export function hasPassedDay({ countedThrough }: CountingProgress, day: UtcDay): boolean {
  return countedThrough !== undefined && countedThrough >= startOf(addDays(day, 1));
}

/** How many keys have a heartbeat that has passed and is young enough: all of them, where counting is not behind. */
export function keysPassed(
  passed: PassedHeartbeats,
  { keys, behindAfterSeconds }: Pick<HeartbeatRhythm, 'keys' | 'behindAfterSeconds'>,
  now: EpochMillis,
): number {
  const isYoung = (sentAt: EpochMillis | undefined) =>
    sentAt !== undefined && now - sentAt <= behindAfterSeconds * 1_000;
  return Array.from({ length: keys }, (_, key) => passed.get(key)).filter(isYoung).length;
}
