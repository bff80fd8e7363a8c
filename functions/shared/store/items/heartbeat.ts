import * as z from 'zod/mini';
import { HEARTBEAT_KEYS, type Heartbeat } from '../../domain/heartbeat.ts';
import { lazily } from '../../domain/lazily.ts';
import { type EpochMillis, HOUR_MS, MINUTE_MS } from '../../domain/utc-day.ts';
import { between, type Expressions } from '../expressions.ts';
import { expirySeconds } from './item.ts';
import type { Key } from './keys.ts';
import { ID_SEPARATOR, type Image } from './message.ts';

// Heartbeats lie beside the messages, in partitions in which no message can be.

/** What the partitions of heartbeats begin with. */
export const HEARTBEAT_PARTITIONS_PREFIX = 'HEARTBEAT#';

/** How long a heartbeat's item is kept. Its stream carries a copy, so that nobody needs the item once it was put. */
const KEPT_MS = HOUR_MS;
/** By how much the clocks of the sender and of the stream, which tells whole seconds, may differ. */
const CLOCKS_DIFFER_MS = MINUTE_MS;

/** The heartbeats of a key that have expired. */
export function expiredHeartbeats(key: number, now: EpochMillis): Expressions {
  const { pk, sk } = heartbeatKey({ key, sentAt: now - KEPT_MS });
  return between({ pk, from: SENT, to: sk });
}

const SENT = 'SENT#';

/** Every heartbeat has a key of its own, as the stream's reader is given insertions alone. */
function heartbeatKey({ key, sentAt }: Heartbeat): Key {
  return { pk: `${HEARTBEAT_PARTITIONS_PREFIX}${key}`, sk: `${SENT}${new Date(sentAt).toISOString()}` };
}

/** A heartbeat as it is put. It says of itself what its key says. */
export function heartbeatItem(heartbeat: Heartbeat) {
  return {
    ...heartbeatKey(heartbeat),
    heartbeat: heartbeat.key,
    sentAt: new Date(heartbeat.sentAt).toISOString(),
    expiresAt: expirySeconds(heartbeat.sentAt + KEPT_MS),
  };
}

/**
 * Whether an item is meant as a heartbeat, well-formed or not: it lies where heartbeats do, and says nothing that only
 * messages do. A peer may be called as the partitions of heartbeats are, but the key of a message has two ids in it.
 */
export function isHeartbeatImage(image: Image): boolean {
  const partition = z.safeParse(textAttribute(), image['pk']).data?.S ?? '';
  const isAmongHeartbeats =
    partition.startsWith(HEARTBEAT_PARTITIONS_PREFIX) && !partition.includes(ID_SEPARATOR);
  return isAmongHeartbeats && image['role'] === undefined && image['schemaVersion'] === undefined;
}

const textAttribute = lazily(() => z.object({ S: z.string() }));

const heartbeatImage = lazily(() =>
  z.object({
    pk: textAttribute(),
    sk: textAttribute(),
    heartbeat: z.object({ N: z.string().check(z.regex(/^\d{1,3}$/)) }),
    sentAt: z.object({ S: z.iso.datetime({ precision: 3 }) }),
  }),
);

/**
 * Reads a heartbeat from its item.
 *
 * @param putAt when the stream says that it was put: one that claims to be younger would hold for ever what it says
 * @returns nothing where it is malformed
 */
export function parseHeartbeatImage(image: Image, putAt: EpochMillis): Heartbeat | undefined {
  const { data } = z.safeParse(heartbeatImage(), image);
  if (data === undefined) return undefined;
  const heartbeat = { key: Number(data.heartbeat.N), sentAt: Date.parse(data.sentAt.S) };
  const { pk, sk } = heartbeatKey(heartbeat);
  if (data.pk.S !== pk || data.sk.S !== sk || heartbeat.key >= HEARTBEAT_KEYS.most) return undefined;
  return heartbeat.sentAt > putAt + CLOCKS_DIFFER_MS ? undefined : heartbeat;
}
