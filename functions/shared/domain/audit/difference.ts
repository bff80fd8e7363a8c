import type { Month } from '../month.ts';
import type { EpochMillis, UtcDay } from '../utc-day.ts';

/** Where what is stored of a peer does not agree, by code: what it says, and what mends it. */
export const DIFFERENCES = {
  malformed_item: {
    says: 'an item cannot be read',
    mendedBy: 'nothing',
  },
  evidence_missing: {
    says: 'a counter holds more messages than there is proof of',
    mendedBy: 'counter',
  },
  evidence_uncounted: {
    says: 'there is proof of more messages than a counter holds',
    mendedBy: 'counter',
  },
  evidence_hidden: {
    says: 'what leads to archived windows that were split is not there, so that their messages would count again',
    mendedBy: 'counter',
  },
  conversations_uncounted: {
    says: 'more conversations are marked as started by counted messages than a counter holds',
    mendedBy: 'counter',
  },
  conversations_unmarked: {
    says: 'a counter holds more conversations than are marked as started by its messages',
    mendedBy: 'nothing',
  },
  counter_lost: {
    says: 'a snapshot holds messages whose counter is not there, although it cannot have expired',
    mendedBy: 'counter',
  },
  counter_newer_than_totals: {
    says: 'a counter was sealed with totals of a later revision than they have',
    mendedBy: 'totals',
  },
  snapshot_differs: {
    says: 'the snapshot of a day holds other figures than a sealed counter',
    mendedBy: 'totals',
  },
  snapshot_too_early: {
    says: 'the snapshot of a day holds figures of a counter that is not sealed',
    mendedBy: 'totals',
  },
  number_differs: {
    says: 'a counter names its channel by another number than the channel has',
    mendedBy: 'channels',
  },
  totals_lost: {
    says:
      'the totals are not there, although counters were sealed; what was counted on days whose counters have expired ' +
      'is gone where their month is gone too',
    mendedBy: 'totals',
  },
  month_lost: {
    says: 'the totals name a month that is not there',
    mendedBy: 'totals',
  },
  month_older: {
    says: 'a month is of an earlier revision than the totals name',
    mendedBy: 'totals',
  },
  month_newer: {
    says: 'a month is of a later revision than the totals name, or they do not name it',
    mendedBy: 'totals',
  },
  recent_differs: {
    says: 'what the totals hold of a recent day is not what its snapshot holds',
    mendedBy: 'totals',
  },
  totals_differ: {
    says: 'the totals of a channel are not the sum of its snapshots',
    mendedBy: 'totals',
  },
  sealed_through_early: {
    says: 'the totals hold days after the last one that they are said to hold',
    mendedBy: 'totals',
  },
  channel_lost: {
    says: 'figures are stored of a channel that is not registered',
    mendedBy: 'channels',
  },
  channel_number_twice: {
    says: 'two channels have the same number',
    mendedBy: 'channels',
  },
  channel_count_low: {
    says: 'the number of channels is lower than a number that was given, so that it would be given again',
    mendedBy: 'channels',
  },
} as const satisfies Record<
  string,
  { says: string; mendedBy: 'counter' | 'totals' | 'channels' | 'nothing' }
>;

export type DifferenceCode = keyof typeof DIFFERENCES;

/** Figures and names, as they are told to people and programs. */
export type Told = Readonly<Record<string, number | string | null>>;

/** Something that is stored of a peer and does not agree with something else. */
export interface Difference {
  code: DifferenceCode;
  peerId: string;
  /** The earliest day concerned, as far as it is known. */
  day?: UtcDay;
  month?: Month;
  channelId?: string;
  channelNumber?: number;
  /** What it would be if it agreed. */
  expected: Told;
  found: Told;
  /** The revision of the totals with which what differs was written last, and when, as far as that is told. */
  writtenIn?: number;
  writtenAt?: EpochMillis;
}

/** What names a difference: found again under the same name, it is the same one. */
export function nameOfDifference(difference: Difference): string {
  const { code, peerId, day, month, channelId, channelNumber } = difference;
  return JSON.stringify([code, peerId, day, month, channelId, channelNumber]);
}
