import { createHash } from 'node:crypto';
import type { SealedDay } from './sealed-day.ts';
import { type ChannelIncrease, type ExportedCounts, increasesOf, joined } from './usage-increase.ts';
import type { UtcDay } from './utc-day.ts';

/** One event for Mixpanel: how much more a channel was used on a day. */
export interface MixpanelRow extends ChannelIncrease {
  peerId: string;
  day: UtcDay;
  /** By which Mixpanel tells that two events are one: the same whenever the row is sent. */
  insertId: string;
}

/** A row that Mixpanel did not take. */
export interface RefusedRow {
  row: MixpanelRow;
  /** As Mixpanel says it. */
  reason: string;
}

/** What became of a day of a peer on its way to Mixpanel. */
export interface MixpanelDay {
  /** Goes up by one with every change; 0 means that nothing is stored. */
  version: number;
  /** What Mixpanel has, and what it refused, which is kept. */
  exported: ExportedCounts;
  /** What is being sent: it is stored before, so that whoever goes on sends exactly the same. */
  pending: readonly MixpanelRow[];
}

/** Nothing of a day was sent yet. */
export const NOTHING_SENT: MixpanelDay = { version: 0, exported: new Map(), pending: [] };

/**
 * So many rows of a peer's day at most are sent at a time: what is refused of them has to be stored in one transaction,
 * and all that is stored of the day has to fit into an item, however long the names are.
 */
const MOST_ROWS_PENDING = 90;

const INSERT_ID_CHARACTERS = 36;

/** A day with the next rows to be sent; nothing where Mixpanel has all of it. */
export function begun(stored: MixpanelDay, sealed: SealedDay): MixpanelDay | undefined {
  const { peerId, day, revision } = sealed;
  const increases = increasesOf(sealed.channels, stored.exported).slice(0, MOST_ROWS_PENDING);
  if (increases.length === 0) return undefined;
  return {
    ...stored,
    version: stored.version + 1,
    pending: increases.map((channel) => ({
      ...channel,
      ...{ peerId, day },
      insertId: insertIdOf(peerId, channel.channelId, day, revision),
    })),
  };
}

/** A day all of which Mixpanel is taken to have; nothing where that is known of it. Pending rows stay pending. */
export function assumedSent(stored: MixpanelDay, sealed: SealedDay): MixpanelDay | undefined {
  const increases = increasesOf(sealed.channels, joined(stored.exported, stored.pending));
  if (increases.length === 0) return undefined;
  return { ...stored, version: stored.version + 1, exported: joined(stored.exported, increases) };
}

/** A day whose pending rows have come to Mixpanel, or are kept as refused. */
export function ended({ version, exported, pending }: MixpanelDay): MixpanelDay {
  return { version: version + 1, exported: joined(exported, pending), pending: [] };
}

/** A revision of a day has one increase of each channel at most, and so its rows have ids of their own. */
function insertIdOf(peerId: string, channelId: string, day: UtcDay, revision: number): string {
  return createHash('sha256')
    .update(JSON.stringify([peerId, channelId, day, revision]))
    .digest('hex')
    .slice(0, INSERT_ID_CHARACTERS);
}
