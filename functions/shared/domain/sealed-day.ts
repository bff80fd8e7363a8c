import { type ChannelLabel, compareChannels } from './channel.ts';
import type { Counts } from './metrics.ts';
import type { EpochMillis, UtcDay } from './utc-day.ts';

/** How much a channel was used on a sealed day. */
export type SealedChannelDay = ChannelLabel & Counts;

/** A day of a peer as its snapshot holds it: all channels with a counted message, whatever their status. */
export interface SealedDay {
  peerId: string;
  day: UtcDay;
  /** No other state of the day has it, and a later one has a higher one. */
  revision: number;
  /** When the day changed last, to the second. */
  changedAt: EpochMillis;
  /** Most messages first, as everywhere. */
  channels: SealedChannelDay[];
}

/** A sealed day, its channels in their order. */
export function sealedDay(day: SealedDay): SealedDay {
  return { ...day, channels: day.channels.toSorted(compareChannels) };
}
