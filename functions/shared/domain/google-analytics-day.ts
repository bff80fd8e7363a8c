import { add, type Counts, sum, ZERO } from './metrics.ts';
import type { SealedDay } from './sealed-day.ts';
import {
  type ChannelIncrease,
  type ExportedCounts,
  increase,
  increasesOf,
  isAnything,
  joined,
} from './usage-increase.ts';
import type { UtcDay } from './utc-day.ts';

/** What was claimed of a day of a peer for Google Analytics: it was sent, or never will be. */
export interface GoogleAnalyticsDay {
  /** Goes up by one with every claim; 0 means that nothing is stored. */
  version: number;
  /** Of all channels together. */
  total: Counts;
  exported: ExportedCounts;
}

/** What one request tells Google Analytics: nobody else ever sends it. */
export interface AnalyticsClaim {
  peerId: string;
  day: UtcDay;
  /** The state of the day that it was made from. */
  revision: number;
  /** Its number among the claims of the day, from 1. */
  number: number;
  /** How much more the peer was used; left out where another claim has it. */
  peer?: PeerIncrease;
  channels: readonly ChannelIncrease[];
}

export interface PeerIncrease extends Counts {
  /** How many channels were used on the day so far. */
  channelCount: number;
}

/** A claim of which nobody knows, or somebody knows better, whether it arrived. */
export interface AnalyticsGap extends AnalyticsClaim {
  reason: string;
}

/** Nothing of a day was claimed yet. */
export const NOTHING_CLAIMED: GoogleAnalyticsDay = { version: 0, total: ZERO, exported: new Map() };

/** Google Analytics takes so many events at most in one request. */
const MOST_EVENTS = 25;

/** What of a day is to be sent next, and the day with it; nothing where all of it was claimed. */
export function nextClaim(
  stored: GoogleAnalyticsDay,
  sealed: SealedDay,
): { claimed: GoogleAnalyticsDay; claim: AnalyticsClaim } | undefined {
  const ofPeer = increase(sum(sealed.channels), stored.total);
  const isPeerDue = isAnything(ofPeer);
  const increases = increasesOf(sealed.channels, stored.exported);
  const channels = increases.slice(0, MOST_EVENTS - (isPeerDue ? 1 : 0));
  if (!isPeerDue && channels.length === 0) return undefined;
  const version = stored.version + 1;
  return {
    claimed: { version, total: add(stored.total, ofPeer), exported: joined(stored.exported, channels) },
    claim: {
      peerId: sealed.peerId,
      day: sealed.day,
      revision: sealed.revision,
      number: version,
      ...(isPeerDue && { peer: { channelCount: sealed.channels.length, ...ofPeer } }),
      channels,
    },
  };
}
