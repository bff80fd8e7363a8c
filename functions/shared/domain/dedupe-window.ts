import type { EpochMillis } from './utc-day.ts';

/** A short keyed hash of a message's identity, in hexadecimal: the proof that the message was counted. */
export type Fingerprint = string;

/** Fingerprints of counted messages, and the span of their `sentAt`, both ends included. */
export interface DedupeWindow {
  fingerprints: readonly Fingerprint[];
  from: EpochMillis;
  through: EpochMillis;
}
