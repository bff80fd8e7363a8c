import type { Counts } from '../../functions/shared/domain/metrics.ts';
import { type Month, monthOf } from '../../functions/shared/domain/month.ts';
import type {
  ChannelTotal,
  MonthOfSnapshots,
  PeerTotals,
} from '../../functions/shared/domain/peer-totals.ts';
import { addDays, type UtcDay } from '../../functions/shared/domain/utc-day.ts';
import { isShareMarker } from '../../functions/shared/store/items/archived-window.ts';
import { parseKeyedCounter } from '../../functions/shared/store/items/daily-counter.ts';
import type { Item } from '../../functions/shared/store/items/item.ts';
import { keyPart } from '../../functions/shared/store/items/keys.ts';
import { monthItem, parseMonth } from '../../functions/shared/store/items/month-of-snapshots.ts';
import { parseTotals, TOTALS_SORT_KEY, totalsItem } from '../../functions/shared/store/items/peer-totals.ts';
import type { Random } from '../support/random.ts';
import { isCounter } from './stored-figures.ts';

/** Where something was corrupted: what tells of it has to name it. */
export interface Place {
  /** Nothing where all of them are. */
  channelId?: string;
  day?: UtcDay;
  month?: Month;
}

/** Something that was corrupted, as it is stored then. */
export interface Corruption {
  puts: Item[];
  deletes: Item[];
  /** Any of them names it. */
  places: Place[];
}

/** What is stored of a peer, of whose channels the numbers are known. */
export interface StoredPeer {
  peerId: string;
  items: readonly Item[];
  channels: ReadonlyMap<number, string>;
}

/** Makes something of what is stored wrong; nothing where there is nothing of the kind. */
type Corrupt = (peer: StoredPeer, random: Random) => Corruption | undefined;

const FINGERPRINT_BYTES = 8;
const HALF_OF_DIGEST = 8;

/** A partition, and behind it the day and the channel, of archived windows. */
const WINDOWS = /^(.*)#WINDOWS#([^#]*)#(.*)$/;

// Counters.

function counterIn(
  peer: StoredPeer,
  random: Random,
): { item: Item; place: Required<Omit<Place, 'month'>> } | undefined {
  const counters = peer.items.filter((item) => isCounter(item) && Number(item['messageCount']) > 0);
  if (counters.length === 0) return undefined;
  const item = random.pick(counters);
  const { channelId, day } = parseKeyedCounter(item);
  return { item, place: { channelId, day } };
}

function ofCounter(change: (item: Item, random: Random) => Item | undefined): Corrupt {
  return (peer, random) => {
    const counter = counterIn(peer, random);
    const changed = counter === undefined ? undefined : change(counter.item, random);
    if (counter === undefined || changed === undefined) return undefined;
    return { puts: [changed], deletes: [], places: [counter.place] };
  };
}

function movedCounter(isMoved: boolean): Corrupt {
  return (peer, random) => {
    const counter = counterIn(peer, random);
    if (counter === undefined) return undefined;
    const to = otherPlace(counter.place, peer, random);
    const item = { ...counter.item, sk: `USAGE#${to.day}#${keyPart(to.channelId)}` };
    return { puts: [item], deletes: isMoved ? [counter.item] : [], places: [counter.place, to] };
  };
}

function otherPlace(
  { channelId, day }: Required<Omit<Place, 'month'>>,
  { channels }: StoredPeer,
  random: Random,
): Required<Omit<Place, 'month'>> {
  const others = [...channels.values()].filter((other) => other !== channelId);
  if (random.chance(0.5)) return { channelId: random.pick(others), day };
  return { channelId, day: addDays(day, random.pick([-1, 1, -7, 3])) };
}

/** Counts that go from one counter to another one. */
const movedCounts: Corrupt = (peer, random) => {
  const [from, to] = [counterIn(peer, random), counterIn(peer, random)];
  if (from === undefined || to === undefined || from.item['sk'] === to.item['sk']) return undefined;
  return {
    puts: [counted(from.item, 'messageCount', -1), counted(to.item, 'messageCount', 1)],
    deletes: [],
    places: [from.place, to.place],
  };
};

function counted(item: Item, field: string, by: number): Item {
  return { ...item, [field]: Math.max(0, Number(item[field]) + by) };
}

function flipped(bytes: Uint8Array, from: number, through: number, random: Random): Uint8Array {
  const changed = new Uint8Array(bytes);
  const at = random.integer(from, through);
  changed[at] = (changed[at] ?? 0) ^ (1 << random.integer(0, 7));
  return changed;
}

function bytesIn(item: Item, attribute: string): Uint8Array | undefined {
  const value = item[attribute];
  return value instanceof Uint8Array && value.length > 0 ? value : undefined;
}

function withDigest(from: number, through: number): Corrupt {
  return ofCounter((item, random) => {
    const digest = bytesIn(item, 'digest');
    return digest === undefined ? undefined : { ...item, digest: flipped(digest, from, through, random) };
  });
}

// Evidence.

interface Window {
  item: Item;
  attribute: 'window' | 'fingerprints';
  bytes: Uint8Array;
  place: Required<Omit<Place, 'month'>>;
}

function windowsIn({ items }: StoredPeer): Window[] {
  return items.flatMap((item): Window[] => {
    const [, , day, channel] = WINDOWS.exec(String(item['pk'])) ?? [];
    const attribute = day === undefined ? 'window' : 'fingerprints';
    const bytes =
      isCounter(item) || (day !== undefined && !isShareMarker(item)) ? bytesIn(item, attribute) : undefined;
    if (bytes === undefined) return [];
    const place =
      day === undefined
        ? parseKeyedCounter(item)
        : { day, channelId: (channel ?? '').replaceAll('%23', '#').replaceAll('%25', '%') };
    return [{ item, attribute, bytes, place: { channelId: place.channelId, day: place.day } }];
  });
}

/** Changes one fingerprint of a window, and perhaps another window. */
function ofEvidence(what: 'lost' | 'doubled' | 'changed' | 'moved' | 'doubled elsewhere'): Corrupt {
  return (peer, random) => {
    const windows = windowsIn(peer);
    if (windows.length === 0) return undefined;
    const { item, attribute, bytes, place } = random.pick(windows);
    const start = random.integer(0, bytes.length / FINGERPRINT_BYTES - 1) * FINGERPRINT_BYTES;
    const end = start + FINGERPRINT_BYTES;
    const one = bytes.slice(start, end);
    const without = joined(bytes.slice(0, start), bytes.slice(end));
    const stored = (changed: Uint8Array): Item => ({ ...item, [attribute]: changed });
    const only = (changed: Uint8Array) => ({ puts: [stored(changed)], deletes: [], places: [place] });
    if (what === 'lost') return only(without);
    if (what === 'doubled') return only(joined(bytes, one));
    if (what === 'changed') return only(flipped(bytes, start, end - 1, random));
    const others = windows.filter(
      (other) => other.place.day !== place.day || other.place.channelId !== place.channelId,
    );
    if (others.length === 0) return undefined;
    const to = random.pick(others);
    const extended = { ...to.item, [to.attribute]: joined(to.bytes, one) };
    const puts = what === 'moved' ? [stored(without), extended] : [extended];
    return { puts, deletes: [], places: what === 'moved' ? [place, to.place] : [to.place] };
  };
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  return new Uint8Array([...one, ...other]);
}

/** A whole archived window that is lost, or in the partition of another counter. */
function ofWindow(isMoved: boolean): Corrupt {
  return (peer, random) => {
    const archived = windowsIn(peer).filter(({ attribute }) => attribute === 'fingerprints');
    if (archived.length === 0) return undefined;
    const { item, place } = random.pick(archived);
    if (!isMoved) return { puts: [], deletes: [item], places: [place] };
    const to = otherPlace(place, peer, random);
    const [, partition] = WINDOWS.exec(String(item['pk'])) ?? [];
    const pk = `${partition}#WINDOWS#${to.day}#${keyPart(to.channelId)}`;
    return { puts: [{ ...item, pk }], deletes: [item], places: [place, to] };
  };
}

// Months.

function ofMonth(
  change: (month: Changeable, random: Random, peer: StoredPeer) => Place[] | undefined,
): Corrupt {
  return (peer, random) => {
    const months = peer.items.filter(({ sk }) => String(sk).startsWith('MONTH#'));
    if (months.length === 0) return undefined;
    const month = changeable(parseMonth(random.pick(months)));
    const places = change(month, random, peer);
    if (places === undefined) return undefined;
    return { puts: [monthItem(peer.peerId, month)], deletes: [], places };
  };
}

type Changeable = Omit<MonthOfSnapshots, 'days' | 'digests'> & {
  days: Map<UtcDay, { channels: Map<number, Counts>; changedAt: number; revision: number }>;
  digests: Map<number, string>;
};

function changeable({ days, digests, ...month }: MonthOfSnapshots): Changeable {
  const copied = [...days].map(
    ([day, { channels, ...rest }]) => [day, { ...rest, channels: new Map(channels) }] as const,
  );
  return { ...month, days: new Map(copied), digests: new Map(digests) };
}

function dayOfMonth(month: Changeable, random: Random) {
  const all = [...month.days].flatMap(([day, snapshot]) =>
    [...snapshot.channels].map(([number, counts]) => ({ day, snapshot, number, counts })),
  );
  return all.length === 0 ? undefined : random.pick(all);
}

function placeIn({ channels }: StoredPeer, number: number, day: UtcDay): Place {
  return { channelId: channels.get(number) ?? `channel ${number}`, day };
}

function changedCounts<Any extends Counts>(counts: Any, random: Random): Any {
  const field = random.pick(['messageCount', 'conversationCount'] as const);
  const by = random.pick([1, -1]);
  return { ...counts, [field]: Math.max(0, counts[field] + by) };
}

const changedDay = ofMonth((month, random, peer) => {
  const one = dayOfMonth(month, random);
  if (one === undefined) return undefined;
  one.snapshot.channels.set(one.number, changedCounts(one.counts, random));
  return [placeIn(peer, one.number, one.day)];
});

const lostDay = ofMonth((month, random, peer) => {
  const one = dayOfMonth(month, random);
  if (one === undefined) return undefined;
  one.snapshot.channels.delete(one.number);
  return [placeIn(peer, one.number, one.day)];
});

/** A day of a channel that is, or is again, at another day or channel. */
function movedDay(isMoved: boolean): Corrupt {
  return ofMonth((month, random, peer) => {
    const one = dayOfMonth(month, random);
    if (one === undefined) return undefined;
    const { day, number, counts, snapshot } = one;
    const toDay = random.chance(0.5) ? day : random.pick([addDays(day, 1), addDays(day, -1)]);
    const others = [...peer.channels.keys()].filter((other) => other !== number);
    const to = toDay === day ? random.pick(others) : number;
    if (monthOf(toDay) !== month.month) return undefined;
    const there = month.days.get(toDay) ?? { ...snapshot, channels: new Map() };
    month.days.set(toDay, there);
    if (isMoved) snapshot.channels.delete(number);
    const known = there.channels.get(to) ?? { messageCount: 0, conversationCount: 0 };
    there.channels.set(to, {
      messageCount: known.messageCount + counts.messageCount,
      conversationCount: known.conversationCount + counts.conversationCount,
    });
    return [placeIn(peer, number, day), placeIn(peer, to, toDay)];
  });
}

/** What becomes of one of some digests. */
type DigestChange = 'changed' | 'lost' | 'moved' | 'exchanged';

function changeDigest(
  digests: Map<number, string>,
  change: DigestChange,
  random: Random,
): number[] | undefined {
  if (digests.size === 0) return undefined;
  const [number, digest] = random.pick([...digests]);
  const others = [...digests.keys()].filter((other) => other !== number);
  const other = others.length === 0 ? number + 1 : random.pick(others);
  if (change === 'changed') {
    const bytes = flipped(Buffer.from(digest, 'hex'), 0, 2 * HALF_OF_DIGEST - 1, random);
    digests.set(number, Buffer.from(bytes).toString('hex'));
    return [number];
  }
  const before = digests.get(other);
  if (change === 'exchanged' && before === undefined) return undefined;
  digests.delete(number);
  if (change === 'exchanged' && before !== undefined) digests.set(number, before);
  if (change !== 'lost') digests.set(other, digest);
  return change === 'lost' ? [number] : [number, other];
}

function monthDigest(change: DigestChange): Corrupt {
  return ofMonth((month, random, { channels }) =>
    changeDigest(month.digests, change, random)?.map((number) => ({
      channelId: channels.get(number) ?? `channel ${number}`,
      month: month.month,
    })),
  );
}

const lostMonth: Corrupt = ({ items }, random) => {
  const months = items.filter(({ sk }) => String(sk).startsWith('MONTH#'));
  if (months.length === 0) return undefined;
  const item = random.pick(months);
  return { puts: [], deletes: [item], places: [{ month: parseMonth(item).month }] };
};

/** A month that is stored as another one. */
const movedMonth: Corrupt = ({ items, peerId }, random) => {
  const months = items.filter(({ sk }) => String(sk).startsWith('MONTH#')).map(parseMonth);
  if (months.length === 0) return undefined;
  const month = random.pick(months);
  const to = monthOf(addDays(`${month.month}-01`, random.pick([-1, 31])));
  const days = new Map(
    [...month.days].flatMap(([day, snapshot]) => {
      const moved = `${to}-${day.slice(-2)}`;
      return monthOf(addDays(moved, 0)) === to ? [[moved, snapshot] as const] : [];
    }),
  );
  const [before] = items.filter(({ sk }) => sk === `MONTH#${month.month}`);
  return {
    puts: [monthItem(peerId, { ...month, month: to, days })],
    deletes: before === undefined ? [] : [before],
    places: [{ month: month.month }, { month: to }],
  };
};

// Totals.

type ChangeableTotals = Omit<PeerTotals, 'channels' | 'recent'> & {
  channels: Map<number, ChannelTotal>;
  recent: Map<UtcDay, Map<number, Counts>>;
};

function ofTotals(
  change: (totals: ChangeableTotals, random: Random, peer: StoredPeer) => Place[] | undefined,
): Corrupt {
  return (peer, random) => {
    const [item] = peer.items.filter(({ sk }) => sk === TOTALS_SORT_KEY);
    if (item === undefined) return undefined;
    const { channels, recent, ...stored } = parseTotals(item);
    const totals = {
      ...stored,
      channels: new Map(channels),
      recent: new Map([...recent].map(([day, ofDay]) => [day, new Map(ofDay)])),
    };
    const places = change(totals, random, peer);
    if (places === undefined) return undefined;
    return { puts: [totalsItem(peer.peerId, totals)], deletes: [], places };
  };
}

function channelPlace({ channels }: StoredPeer, number: number): Place {
  return { channelId: channels.get(number) ?? `channel ${number}` };
}

const changedTotal = ofTotals((totals, random, peer) => {
  const [number, total] = random.pick([...totals.channels]);
  totals.channels.set(number, changedCounts(total, random));
  return [channelPlace(peer, number)];
});

/** A channel's total that is lost, or that of another channel. */
function movedTotal(change: 'lost' | 'moved' | 'doubled'): Corrupt {
  return ofTotals((totals, random, peer) => {
    const [number, total] = random.pick([...totals.channels]);
    const others = [...peer.channels.keys()].filter((other) => other !== number);
    const to = random.pick(others);
    if (change !== 'doubled') totals.channels.delete(number);
    if (change !== 'lost') totals.channels.set(to, total);
    return change === 'lost'
      ? [channelPlace(peer, number)]
      : [channelPlace(peer, number), channelPlace(peer, to)];
  });
}

function totalDigest(change: DigestChange): Corrupt {
  return ofTotals((totals, random, peer) => {
    const digests = new Map(
      [...totals.channels].flatMap(([number, { digest }]) =>
        digest === undefined ? [] : [[number, digest] as const],
      ),
    );
    const changed = changeDigest(digests, change, random);
    for (const [number, { digest: _, ...total }] of totals.channels) {
      const digest = digests.get(number);
      totals.channels.set(number, digest === undefined ? total : { ...total, digest });
    }
    return changed?.map((number) => channelPlace(peer, number));
  });
}

const recentDay = ofTotals((totals, random, peer) => {
  const all = [...totals.recent].flatMap(([day, ofDay]) =>
    [...ofDay].map(([number, counts]) => ({ day, ofDay, number, counts })),
  );
  if (all.length === 0) return undefined;
  const { day, ofDay, number, counts } = random.pick(all);
  if (random.chance(0.3)) ofDay.delete(number);
  else ofDay.set(number, changedCounts(counts, random));
  return [placeIn(peer, number, day)];
});

const lostTotals: Corrupt = ({ items }) => {
  const [item] = items.filter(({ sk }) => sk === TOTALS_SORT_KEY);
  return item === undefined ? undefined : { puts: [], deletes: [item], places: [{}] };
};

/** All the ways in which one thing that is stored of figures becomes wrong, by their names. */
export const CORRUPTIONS = {
  'a counter with another number of messages': ofCounter((item, random) =>
    counted(item, 'messageCount', random.pick([1, -1])),
  ),
  'a counter with another number of conversations': ofCounter((item, random) =>
    counted(item, 'conversationCount', random.pick([1, -1])),
  ),
  'a message that moved from one counter to another': movedCounts,
  'a counter with another digest, in the half of its fingerprints': withDigest(HALF_OF_DIGEST, 15),
  'a counter with another digest, in the other half': withDigest(0, HALF_OF_DIGEST - 1),
  'a counter without its digest': ofCounter(({ digest, ...item }) =>
    digest === undefined ? undefined : item,
  ),
  'a counter lost': (peer, random) => {
    const counter = counterIn(peer, random);
    return counter === undefined ? undefined : { puts: [], deletes: [counter.item], places: [counter.place] };
  },
  'a counter moved to another channel or day': movedCounter(true),
  'a counter doubled at another channel or day': movedCounter(false),
  'a fingerprint lost': ofEvidence('lost'),
  'a fingerprint doubled': ofEvidence('doubled'),
  'a fingerprint changed': ofEvidence('changed'),
  'a fingerprint moved to another channel or day': ofEvidence('moved'),
  'a fingerprint doubled at another channel or day': ofEvidence('doubled elsewhere'),
  'an archived window lost': ofWindow(false),
  'an archived window moved to another channel or day': ofWindow(true),
  'a day of a month with other counts': changedDay,
  'a day of a month lost': lostDay,
  'a day of a month moved to another channel or day': movedDay(true),
  'a day of a month doubled at another channel or day': movedDay(false),
  'a digest of a month changed': monthDigest('changed'),
  'a digest of a month lost': monthDigest('lost'),
  'a digest of a month moved to another channel': monthDigest('moved'),
  'digests of a month exchanged': monthDigest('exchanged'),
  'a month lost': lostMonth,
  'a month stored as another one': movedMonth,
  'totals of a channel with other counts': changedTotal,
  'totals of a channel lost': movedTotal('lost'),
  'totals of a channel moved to another one': movedTotal('moved'),
  'totals of a channel doubled at another one': movedTotal('doubled'),
  'a digest of totals changed': totalDigest('changed'),
  'a digest of totals lost': totalDigest('lost'),
  'digests of totals exchanged': totalDigest('exchanged'),
  'a recent day of totals with other counts': recentDay,
  'totals lost': lostTotals,
} as const satisfies Record<string, Corrupt>;
export type CorruptionName = keyof typeof CORRUPTIONS;
