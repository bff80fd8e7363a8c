import * as z from 'zod/mini';
import { type Counts, count, countsOf, sum } from './metrics.ts';
import { parseJson } from './parse-json.ts';
import type { SealedDay } from './sealed-day.ts';
import { isoSeconds, isUtcDay } from './utc-day.ts';

/** The `type` of the events that announce a day. */
export const DAY_CHANGED = 'org.channel-usage-analytics.day.changed';

const dayAnnouncement = z.object({
  peerId: z.string(),
  day: z.string().check(z.refine(isUtcDay, 'must be a day that exists')),
  revision: count(),
});

/** That a day of a peer was sealed, or has changed since: what consumers take from an event. */
export type DayAnnouncement = z.output<typeof dayAnnouncement>;

/** The event that announces a day, as CloudEvents 1.0 says in their structured JSON format. */
export interface DayChangedEvent {
  specversion: '1.0';
  /** Unique beside the source: the same for every announcement of the same state of a day. */
  id: string;
  source: string;
  type: typeof DAY_CHANGED;
  subject: string;
  /** When the day changed (UTC). */
  time: string;
  datacontenttype: 'application/json';
  data: DayAnnouncement & {
    /**
     * All channels with a counted message on the day, whatever their status. Names are left out: they may change. All
     * of it is left out where a message would be too long by it.
     */
    channels?: ({ channelId: string } & Counts)[];
    total: Counts;
  };
}

/**
 * The event that announces a day.
 *
 * @param source what announces, as a URI reference
 */
export function dayChangedEvent(
  { peerId, day, revision, ...sealed }: SealedDay,
  source: string,
): DayChangedEvent {
  const subject = `peer/${encodeURIComponent(peerId)}/day/${day}`;
  return {
    specversion: '1.0',
    id: `${subject}/revision/${revision}`,
    source,
    type: DAY_CHANGED,
    subject,
    time: isoSeconds(sealed.changedAt),
    datacontenttype: 'application/json',
    data: {
      ...{ peerId, day, revision },
      channels: sealed.channels.map((channel) => ({ channelId: channel.channelId, ...countsOf(channel) })),
      total: sum(sealed.channels),
    },
  };
}

const dayChanged = z.object({
  specversion: z.literal('1.0'),
  type: z.literal(DAY_CHANGED),
  data: dayAnnouncement,
});

/**
 * Reads what a text announces. What it says besides is left to others: by the time that it is read, it may not hold
 * any more.
 *
 * @throws Error that says why it is no event that announces a day
 */
export function parseDayChanged(text: string): DayAnnouncement {
  const json = parseJson(text);
  if (json === undefined) throw new Error('it is no JSON');
  const { data: event, error } = z.safeParse(dayChanged, json);
  if (event !== undefined) return event.data;
  const places = error.issues.map(({ path, message }) => [...path, message].join(': '));
  throw new Error(`it is no event that announces a day (${places.join('; ')})`);
}
