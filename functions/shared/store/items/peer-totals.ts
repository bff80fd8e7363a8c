import * as z from 'zod/mini';
import { lazily } from '../../domain/lazily.ts';
import { monthNumber, numberedMonth } from '../../domain/month.ts';
import type {
  ChannelTotal,
  CountsByChannel,
  DigestsByChannel,
  PeerTotals,
} from '../../domain/peer-totals.ts';
import { dayNumber, type EpochMillis, isUtcDay, numberedDay, type UtcDay } from '../../domain/utc-day.ts';
import type { Expressions } from '../expressions.ts';
import { CHANGED_LANES_PREFIX, CHANGED_PEERS_INDEX, laneOf } from '../usage-table.ts';
import { digestsByChannel } from './digest.ts';
import { count, type Item, parseItem } from './item.ts';
import { type Key, peerOfPartition, peerPartition } from './keys.ts';
import { packed } from './packed.ts';
import {
  packByNumber,
  packChannels,
  packCounts,
  unpackByNumber,
  unpackChannels,
  unpackCounts,
} from './packed-counts.ts';

/** The sort key of totals: behind the daily counters and the channels of the peer. */
export const TOTALS_SORT_KEY = 'USAGE#TOTALS';

/** The key of a peer's totals. */
export function totalsKey(peerId: string): Key {
  return { pk: peerPartition(peerId), sk: TOTALS_SORT_KEY };
}

const channels = () =>
  packed<ReadonlyMap<number, ChannelTotal>>(
    (from) => unpackByNumber(from, () => ({ ...unpackCounts(from), lastMessageAt: from.read() })),
    (totals, to) =>
      packByNumber(totals, to, (total) => {
        packCounts(total, to);
        to.write(total.lastMessageAt);
      }),
  );

const recent = () =>
  packed<ReadonlyMap<UtcDay, CountsByChannel>>(
    (from) =>
      renamed(
        unpackByNumber(from, () => unpackChannels(from)),
        numberedDay,
      ),
    (days, to) => packByNumber(renamed(days, dayNumber), to, (counts) => packChannels(counts, to)),
  );

const months = () =>
  packed<PeerTotals['months']>(
    (from) =>
      renamed(
        unpackByNumber(from, () => from.read()),
        numberedMonth,
      ),
    (revisions, to) => packByNumber(renamed(revisions, monthNumber), to, (revision) => to.write(revision)),
  );

function renamed<Name, Other, Value>(
  values: ReadonlyMap<Name, Value>,
  rename: (name: Name) => Other,
): Map<Other, Value> {
  return new Map([...values].map(([name, value]) => [rename(name), value]));
}

// A text, as it is a key of an index.
const instant = lazily(() =>
  z.codec(z.iso.datetime(), z.int(), {
    decode: (text) => Date.parse(text),
    encode: (millis) => new Date(millis).toISOString(),
  }),
);

const day = lazily(() => z.string().check(z.refine(isUtcDay, 'must be a day that exists')));

const peerTotals = lazily(() =>
  z.object({
    revision: count(),
    changedAt: instant(),
    sealedThrough: z.exactOptional(day()),
    completeThrough: z.exactOptional(day()),
    channels: channels(),
    digests: z.exactOptional(digestsByChannel()),
    recent: recent(),
    months: months(),
  }),
);

/** The attributes of totals. */
export const totalsAttributes = lazily((): readonly string[] => Object.keys(peerTotals().shape));

/** The totals of a peer; they join the list of changed peers. */
export function totalsItem(peerId: string, totals: PeerTotals): Item {
  const digests = digestsOf(totals);
  return {
    ...totalsKey(peerId),
    [CHANGED_PEERS_INDEX.partitionKey]: lanePartition(laneOf(peerId)),
    ...z.encode(peerTotals(), { ...totals, ...(digests.size > 0 && { digests }) }),
  };
}

/** @throws MalformedItemError */
export function parseTotals(item: Item): PeerTotals {
  const { digests = new Map(), ...totals } = parseItem(peerTotals(), item, 'totals of a peer');
  const channels = new Map(
    [...totals.channels].map(([number, total]) => {
      const digest = digests.get(number);
      return [number, digest === undefined ? total : { ...total, digest }];
    }),
  );
  return { ...totals, channels };
}

function digestsOf({ channels }: PeerTotals): DigestsByChannel {
  return new Map(
    [...channels].flatMap(([number, { digest }]) =>
      digest === undefined ? [] : [[number, digest] as const],
    ),
  );
}

function lanePartition(lane: number): string {
  return `${CHANGED_LANES_PREFIX}${lane}`;
}

/** The peers of a lane whose totals changed at an instant or later, those that changed first before others. */
export function changedSince(lane: number, since: EpochMillis): Expressions & { IndexName: string } {
  return {
    IndexName: CHANGED_PEERS_INDEX.name,
    KeyConditionExpression: '#lane = :lane AND #changedAt >= :since',
    ExpressionAttributeNames: {
      '#lane': CHANGED_PEERS_INDEX.partitionKey,
      '#changedAt': CHANGED_PEERS_INDEX.sortKey,
    },
    ExpressionAttributeValues: { ':lane': lanePartition(lane), ':since': new Date(since).toISOString() },
  };
}

const changedPeer = lazily(() => z.object({ pk: z.string(), changedAt: instant() }));

/** The peer that an entry of the list of changed peers is of. @throws MalformedItemError */
export function parseChangedPeer(item: Item): { peerId: string; changedAt: EpochMillis } {
  const { pk, changedAt } = parseItem(changedPeer(), item, 'entry of a changed peer');
  return { peerId: peerOfPartition(pk), changedAt };
}
