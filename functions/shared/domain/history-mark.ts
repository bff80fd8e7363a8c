import { DAY_MS, type EpochMillis } from './utc-day.ts';

/**
 * Lets a message be counted that is older than messages may be: an operator's command gives it. Nobody else can, since
 * the code is made with a key that follows from the hash secret.
 */
export interface HistoryMark {
  /** It holds until then. */
  until: EpochMillis;
  /** Proves that the mark is that of this message, and of no other one. */
  code: string;
}

/**
 * For so long a mark holds. What was counted by it is proven for 45 days at least, so that a message which is put again
 * with its mark is recognised; and points in time to which a table can be restored are 35 days back at most, so that
 * what is lost by that can be counted again with its mark.
 */
export const HISTORY_MARK_DAYS = 40;

/** Until when a mark holds that is given at an instant. */
export function endOfMark(givenAt: EpochMillis): EpochMillis {
  return givenAt + HISTORY_MARK_DAYS * DAY_MS;
}

/** When a mark was given. */
export function startOfMark({ until }: Pick<HistoryMark, 'until'>): EpochMillis {
  return until - HISTORY_MARK_DAYS * DAY_MS;
}
