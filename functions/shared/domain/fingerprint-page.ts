import type { DailyCounterKey } from './daily-counter.ts';
import type { Fingerprint } from './dedupe-window.ts';

/** Some of the fingerprints by which the messages of a channel's day are recognised. */
export interface FingerprintPage {
  /** Whether there is a counter of the day, and so its evidence. */
  isKept: boolean;
  /** Each once; while they are moved, one may be on another page too. */
  fingerprints: readonly Fingerprint[];
  /** Behind what the next page begins; nothing where there is none. */
  next?: string;
}

/** Reads the fingerprints of a channel's day, page by page. */
export interface FingerprintSource {
  /**
   * All pages together have every message that was counted when the first one was read.
   *
   * @param after what the page before said
   * @throws ContentionError where others got in the way time and again
   */
  page(counter: DailyCounterKey, after?: string): Promise<FingerprintPage>;
}
