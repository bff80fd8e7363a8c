import * as z from 'zod/mini';
import { described } from '../described.ts';
import { count } from '../metrics.ts';

// What the evidence of several findings has in common. Each call makes schemas of its own.

/** The days that a finding is about. */
export function judgedDays() {
  return {
    from: described(z.iso.date(), 'The first of the days that were judged.'),
    to: described(z.iso.date(), 'The last of the days that were judged: yesterday.'),
  };
}

/** The messages of the channel. */
export function messagesJudged() {
  return described(count(), 'Messages of users on this channel, on the days that were judged.');
}

/** A threshold that is a number of days. */
export function daysOfThreshold() {
  return described(count(), 'The threshold in days.');
}

/** A threshold that is a part of something. */
export function percentOfThreshold() {
  return described(count(), 'The threshold in percent.');
}

/** All of some numbers together. */
export function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
