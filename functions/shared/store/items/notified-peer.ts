import * as z from 'zod/mini';
import type { OpenFinding } from '../../domain/alerts.ts';
import { lazily } from '../../domain/lazily.ts';
import type { Month } from '../../domain/month.ts';
import { isUtcDay, type UtcDay } from '../../domain/utc-day.ts';
import { count, type Item, parseItem } from './item.ts';
import { type Key, peerPartition } from './keys.ts';

/** What a peer's people were told, which decides what they are told next. */
export interface NotifiedPeer {
  /** Goes up by one with every change; 0 means that nothing is stored yet. */
  version: number;
  /** How many notifications there were: the number of the last one. */
  sequence: number;
  /** The findings that were told to have begun, and not to have ended. */
  openFindings: readonly OpenFinding[];
  /** The day that was judged when they changed last: they follow from no earlier one any more. */
  judgedDay?: UtcDay;
  /** The last month of which there was a report. */
  reportedMonth?: Month;
}

/** The peer of whom nobody was told anything. */
export const NOT_NOTIFIED: NotifiedPeer = { version: 0, sequence: 0, openFindings: [] };

const day = lazily(() => z.string().check(z.refine(isUtcDay, 'must be a day that exists')));

/** A finding without its channel: its code, its severity, the number of its first notification, its first day. */
const ofChannel = lazily(() => z.tuple([z.string(), z.enum(['warning', 'info']), count(), day()]));

// Each channel once, and no names beside it: with as many channels and findings as there can be, and the longest ids,
// the item has to stay below the 400 KB that one may have. A list, as a channel may be called as no attribute may.
const openFindings = lazily(() =>
  z.codec(
    z.array(z.object({ channelId: z.string(), findings: z.array(ofChannel()) })),
    z.custom<readonly OpenFinding[]>(),
    {
      decode: (channels) =>
        channels.flatMap(({ channelId, findings }) =>
          findings.map(([code, severity, sequence, since]) => ({
            code,
            channelId,
            severity,
            sequence,
            since,
          })),
        ),
      encode: (open) =>
        [...Map.groupBy(open, ({ channelId }) => channelId)].map(([channelId, findings]) => ({
          channelId,
          findings: findings.map(
            ({ code, severity, sequence, since }): z.output<ReturnType<typeof ofChannel>> => {
              return [code, severity, sequence, since];
            },
          ),
        })),
    },
  ),
);

const notifiedPeer = lazily(() =>
  z.object({
    version: count(),
    sequence: count(),
    openFindings: openFindings(),
    judgedDay: z.exactOptional(day()),
    reportedMonth: z.exactOptional(z.string()),
  }),
);

/** The attributes of what a peer's people were told. */
export const notifiedPeerAttributes = lazily((): readonly string[] => Object.keys(notifiedPeer().shape));

/** The key of what a peer's people were told. */
export function notifiedPeerKey(peerId: string): Key {
  return { pk: peerPartition(peerId), sk: 'NOTIFIED' };
}

/** What a peer's people were told. */
export function notifiedPeerItem(peerId: string, notified: NotifiedPeer): Item {
  return { ...notifiedPeerKey(peerId), ...z.encode(notifiedPeer(), notified) };
}

/** @throws MalformedItemError */
export function parseNotifiedPeer(item: Item): NotifiedPeer {
  return parseItem(notifiedPeer(), item, 'state of what was told');
}
