import type { EpochMillis } from '../utc-day.ts';

/** What the last audit of a peer has found. */
export interface AuditedFigures {
  /** When it was through. */
  at: EpochMillis;
  /** How many differences there were. */
  differences: number;
}
