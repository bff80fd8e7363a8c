import * as z from 'zod/mini';
import { lazily } from '../../domain/lazily.ts';
import type { Counts } from '../../domain/metrics.ts';
import { type Month, monthOf } from '../../domain/month.ts';
import type { DailySnapshot, MonthOfSnapshots } from '../../domain/peer-totals.ts';
import { isUtcDay, SECOND_MS, type UtcDay } from '../../domain/utc-day.ts';
import { digestsByChannel } from './digest.ts';
import { count, type Item, parseItem } from './item.ts';
import { type Key, peerPartition } from './keys.ts';
import { type Packer, packed, type Unpacker } from './packed.ts';
import { packByNumber, packCounts, unpackByNumber, unpackCounts } from './packed-counts.ts';

const PREFIX = 'MONTH#';

/** The key of a month of a peer's snapshots. */
export function monthKey(peerId: string, month: Month): Key {
  return { pk: peerPartition(peerId), sk: `${PREFIX}${month}` };
}

/** What the sort keys of all months of a peer begin with. */
export function monthsPrefix(peerId: string): { pk: string; prefix: string } {
  return { pk: peerPartition(peerId), prefix: PREFIX };
}

/** The month that an item is of. */
export function monthOfKey({ sk }: Item): Month {
  return String(sk).slice(PREFIX.length);
}

/** The range of sort keys with the months of some days, both included. */
export function monthRange(
  peerId: string,
  from: UtcDay,
  to: UtcDay,
): { pk: string; from: string; to: string } {
  return {
    pk: peerPartition(peerId),
    from: monthKey(peerId, monthOf(from)).sk,
    to: monthKey(peerId, monthOf(to)).sk,
  };
}

/** Something for each of some days of a month, by the day's number, from 1. */
type ByDayOfMonth<Value> = ReadonlyMap<number, Value>;

/** When, and with which revision, a day changed last. */
type LastChange = Omit<DailySnapshot, 'channels'>;

/** When each day changed, and by channel what was counted on its days. */
interface PackedMonth {
  changes: ByDayOfMonth<LastChange>;
  channels: ReadonlyMap<number, ByDayOfMonth<Counts>>;
}

// By channel rather than by day: the days of a channel that was used on all of them take one figure together.
const snapshots = () =>
  packed<PackedMonth>(
    (from) => {
      const changes = unpackDays(from, () => ({ changedAt: from.read() * SECOND_MS, revision: from.read() }));
      const channels = unpackByNumber(from, () => unpackDays(from, () => unpackCounts(from)));
      for (const [channel, days] of channels) {
        const [missing] = [...days.keys()].filter((day) => !changes.has(day));
        // Its counts would be missing from figures that the totals have.
        if (missing === undefined) continue;
        throw new RangeError(`has counts of channel ${channel} on day ${missing}, which never changed`);
      }
      return { changes, channels };
    },
    ({ changes, channels }, to) => {
      packDays(changes, to, ({ changedAt, revision }) => {
        to.write(changedAt / SECOND_MS);
        to.write(revision);
      });
      packByNumber(channels, to, (days) => packDays(days, to, (counts) => packCounts(counts, to)));
    },
  );

function packDays<Value>(days: ByDayOfMonth<Value>, to: Packer, packValue: (value: Value) => void): void {
  const inOrder = [...days].sort(([a], [b]) => a - b);
  // One bit a day. Bits are numbers here up to 2 ** 31, beyond what JavaScript's own bit operations hold.
  to.write(inOrder.reduce((bits, [day]) => bits + 2 ** day, 0));
  for (const [, value] of inOrder) packValue(value);
}

function unpackDays<Value>(from: Unpacker, unpackValue: () => Value): Map<number, Value> {
  const days = new Map<number, Value>();
  let bits = from.read();
  for (let day = 0; bits > 0; day += 1, bits = Math.floor(bits / 2)) {
    if (bits % 2 === 1) days.set(day, unpackValue());
  }
  return days;
}

const storedMonth = lazily(() =>
  z
    .object({
      sk: z.string(),
      revision: count(),
      snapshots: snapshots(),
      digests: z.exactOptional(digestsByChannel()),
    })
    .check(
      z.refine(
        ({ sk, snapshots: { changes } }) =>
          [...changes.keys()].every((number) => isUtcDay(dayOfMonth(sk.slice(PREFIX.length), number))),
        { error: 'must hold no day that its month has not', path: ['snapshots'] },
      ),
    ),
);

/** The attributes that a month of a peer's snapshots may lack. */
export const OPTIONAL_OF_MONTH: readonly string[] = ['digests'];

/** A month of a peer's snapshots. */
export function monthItem(peerId: string, { month, revision, days, digests }: MonthOfSnapshots): Item {
  const changes = new Map<number, LastChange>();
  const channels = new Map<number, Map<number, Counts>>();
  for (const [day, { channels: ofDay, ...change }] of days) {
    const number = Number(day.slice(-2));
    changes.set(number, change);
    for (const [channel, counts] of ofDay) {
      const ofChannel = channels.get(channel) ?? new Map<number, Counts>();
      channels.set(channel, ofChannel.set(number, counts));
    }
  }
  const { sk } = monthKey(peerId, month);
  return {
    ...monthKey(peerId, month),
    ...z.encode(storedMonth(), {
      ...{ sk, revision, snapshots: { changes, channels } },
      ...(digests.size > 0 && { digests }),
    }),
  };
}

/** @throws MalformedItemError */
export function parseMonth(item: Item): MonthOfSnapshots {
  const stored = parseItem(storedMonth(), item, 'month of snapshots');
  const month = monthOfKey(item);
  const { changes, channels } = stored.snapshots;
  const days = new Map<UtcDay, DailySnapshot & { channels: Map<number, Counts> }>();
  for (const [number, change] of [...changes].sort(([a], [b]) => a - b)) {
    days.set(dayOfMonth(month, number), { channels: new Map(), ...change });
  }
  for (const [channel, ofChannel] of channels) {
    for (const [number, counts] of ofChannel)
      days.get(dayOfMonth(month, number))?.channels.set(channel, counts);
  }
  return { month, revision: stored.revision, days, digests: stored.digests ?? new Map() };
}

function dayOfMonth(month: Month, number: number): UtcDay {
  return `${month}-${String(number).padStart(2, '0')}`;
}
