import * as z from 'zod/mini';
import { type Archive, type ArchivedSpan, latestOf, NOTHING_ARCHIVED } from '../../domain/archive.ts';
import type {
  DailyCounter,
  DailyCounterKey,
  SealableCounter,
  VersionSpan,
} from '../../domain/daily-counter.ts';
import { lazily } from '../../domain/lazily.ts';
import { byField } from '../../domain/metrics.ts';
import type { NumberedDayCounts } from '../../domain/stored-usage.ts';
import type { EpochMillis, UtcDay } from '../../domain/utc-day.ts';
import { type Expressions, storing, type Update } from '../expressions.ts';
import { DIRTY_DAYS_INDEX, DIRTY_LANES_PREFIX, laneOf, USAGE_TABLE } from '../usage-table.ts';
import { digest } from './digest.ts';
import { fingerprints } from './fingerprint.ts';
import { count, expirySeconds, type Item, parseItem } from './item.ts';
import { fromKeyPart, type Key, keyPart, peerOfPartition, peerPartition } from './keys.ts';
import { packed } from './packed.ts';
import { packByNumber, unpackByNumber } from './packed-counts.ts';
import { TOTALS_SORT_KEY } from './peer-totals.ts';

const SORT_KEY = /^USAGE#(\d{4}-\d{2}-\d{2})#(.+)$/s;

/** The schema of a daily counter's sort key. */
const dailyCounterSortKey = lazily(() => z.string().check(z.regex(SORT_KEY)));

const counts = lazily(() => byField(() => count()));

// Instants from that of the earliest end of a window on: each takes a few bytes.
const storedArchive = () =>
  packed<Archive>(
    (from) => {
      const windows = from.read();
      const earliest = from.read();
      const latest = unpackByNumber(from, () => earliest + from.read());
      const last = Array.from({ length: from.read() }, (_, index): ArchivedSpan => {
        const through = earliest + from.read();
        return { number: index, from: through - from.read(), through };
      });
      const first = windows - last.length;
      return { windows, latest, last: last.map((span) => ({ ...span, number: first + span.number })) };
    },
    ({ windows, latest, last }, to) => {
      const earliest = Math.min(...latest.values(), ...last.map(({ through }) => through));
      to.write(windows).write(earliest);
      packByNumber(latest, to, (through) => to.write(through - earliest));
      to.write(last.length);
      for (const { from, through } of last) to.write(through - earliest).write(through - from);
    },
  );

const storedSpan = () =>
  packed<VersionSpan>(
    (from) => {
      const first = from.read();
      return { from: first, through: first + from.read() };
    },
    ({ from, through }, to) => {
      to.write(from).write(through - from);
    },
  );

const storedSpans = () =>
  packed<readonly ArchivedSpan[]>(
    (from) => {
      const [amount, earliest] = [from.read(), from.read()];
      return Array.from({ length: amount }, () => {
        const first = earliest + from.read();
        return { from: first, through: first + from.read(), number: from.read() };
      });
    },
    (spans, to) => {
      const earliest = Math.min(...spans.map(({ from }) => from));
      to.write(spans.length).write(earliest);
      for (const { from, through, number } of spans) {
        to.write(from - earliest)
          .write(through - from)
          .write(number);
      }
    },
  );

const attributes = lazily(() => ({
  ...counts(),
  version: count(),
  channelNumber: count(),
  keepUntil: count(),
  sealedIn: z.exactOptional(count()),
  digest: z.exactOptional(digest()),
  unconfirmed: z.exactOptional(z.literal(true)),
  archive: z.exactOptional(storedArchive()),
  archivedBefore: z.exactOptional(storedSpans()),
  steady: z.exactOptional(storedSpan()),
  waitedMs: z.exactOptional(count()),
  window: z.exactOptional(fingerprints()),
  windowFrom: z.exactOptional(z.int()),
  windowThrough: z.exactOptional(z.int()),
}));

const dailyCounter = lazily(() =>
  z
    .object(attributes())
    // A window that is passed over would let its messages count again.
    .check(
      z.refine(
        ({ window, windowFrom, windowThrough }) =>
          new Set([window, windowFrom, windowThrough].map((part) => part === undefined)).size === 1,
        { error: 'must come with windowFrom and windowThrough', path: ['window'] },
      ),
    ),
);

/** The key of a daily counter. */
export function dailyCounterKey({ peerId, channelId, day }: DailyCounterKey): Key {
  return { pk: peerPartition(peerId), sk: `USAGE#${day}#${keyPart(channelId)}` };
}

/** Whether a key is that of a daily counter. */
export function isDailyCounter({ sk }: Key): boolean {
  return SORT_KEY.test(sk);
}

/** The daily counter that a key is of. */
function dailyCounterKeyOf({ pk, sk }: Key): DailyCounterKey {
  return { peerId: peerOfPartition(pk), ...channelDayOf(sk) };
}

/** The channel and the day that a daily counter's sort key is of. */
function channelDayOf(sk: string): Pick<DailyCounterKey, 'channelId' | 'day'> {
  const [, day = '', channelId = ''] = SORT_KEY.exec(sk) ?? [];
  return { channelId: fromKeyPart(channelId), day };
}

/**
 * The range of sort keys that holds a peer's daily counters from one day to another, both included. Without
 * a last day it holds all later counters and, behind them, every channel and the totals: digits sort before letters.
 */
export function usageRange(
  peerId: string,
  from: UtcDay,
  to?: UtcDay,
): { pk: string; from: string; to: string } {
  return {
    pk: peerPartition(peerId),
    from: `USAGE#${from}#`,
    // `$` follows `#`.
    to: to === undefined ? TOTALS_SORT_KEY : `USAGE#${to}$`,
  };
}

/** The lane of the index of dirty days in which a peer's counters are listed. */
export function dirtyLane(peerId: string): string {
  return lanePartition(laneOf(peerId));
}

function lanePartition(lane: number): string {
  return `${DIRTY_LANES_PREFIX}${lane}`;
}

/** The counters of the days before a day, in a lane of the index of dirty days. */
export function dirtyBefore(lane: number, day: UtcDay): Expressions & { IndexName: string } {
  return {
    IndexName: DIRTY_DAYS_INDEX.name,
    KeyConditionExpression: '#lane = :lane AND #sk < :before',
    ExpressionAttributeNames: { '#lane': DIRTY_DAYS_INDEX.partitionKey, '#sk': DIRTY_DAYS_INDEX.sortKey },
    ExpressionAttributeValues: { ':lane': lanePartition(lane), ':before': `USAGE#${day}` },
  };
}

/** The attributes of a daily counter, beside its key. */
export const counterAttributes = lazily((): readonly string[] => [
  ...Object.keys(attributes()),
  DIRTY_DAYS_INDEX.partitionKey,
  USAGE_TABLE.timeToLive,
]);

/**
 * The attributes of a counter that was read which its next step may leave out: those that it has, and the one that is
 * left out as soon as somebody has made sure of the counter's channel.
 */
export function storedAttributes({ window, archive, ...counter }: DailyCounter): string[] {
  const known = new Set(counterAttributes());
  return [
    ...Object.keys(counter).filter((name) => known.has(name)),
    ...(counter.unconfirmed === undefined ? ['unconfirmed'] : []),
    ...(counter.sealedIn === undefined ? [] : [USAGE_TABLE.timeToLive]),
    ...(archive.windows > 0 ? ['archive'] : []),
    ...(window === undefined ? [] : ['window', 'windowFrom', 'windowThrough']),
  ];
}

/** A counter, on the list of dirty days until it is sealed, and from then on with the instant at which it may go. */
export function dailyCounterItem({ window, archive, digest: known, ...counter }: DailyCounter): Item {
  return {
    ...dailyCounterKey(counter),
    ...(counter.sealedIn === undefined
      ? { [DIRTY_DAYS_INDEX.partitionKey]: dirtyLane(counter.peerId) }
      : { expiresAt: expirySeconds(counter.keepUntil) }),
    ...z.encode(dailyCounter(), {
      ...counter,
      ...(known !== undefined && { digest: known }),
      ...(archive.windows > 0 && { archive }),
      ...(window !== undefined && {
        window: window.fingerprints,
        windowFrom: window.from,
        windowThrough: window.through,
      }),
    }),
  };
}

/** @throws MalformedItemError */
export function parseDailyCounter(key: DailyCounterKey, item: Item): DailyCounter {
  const parsed = parseItem(dailyCounter(), item, 'daily counter');
  const { window, windowFrom, windowThrough, archive = NOTHING_ARCHIVED, ...fields } = parsed;
  const { peerId, channelId, day } = key;
  const counter: DailyCounter = { peerId, channelId, day, ...fields, archive };
  if (window !== undefined && windowFrom !== undefined && windowThrough !== undefined) {
    counter.window = { fingerprints: window, from: windowFrom, through: windowThrough };
  }
  return counter;
}

const keyed = lazily(() => z.object({ pk: z.string(), sk: dailyCounterSortKey() }));

/** A daily counter together with what its key says. @throws MalformedItemError */
export function parseKeyedCounter(item: Item): DailyCounter {
  return parseDailyCounter(dailyCounterKeyOf(parseItem(keyed(), item, 'daily counter')), item);
}

const dayCounts = lazily(() =>
  z.object({
    sk: dailyCounterSortKey(),
    channelNumber: attributes().channelNumber,
    unconfirmed: attributes().unconfirmed,
    ...counts(),
    archive: attributes().archive,
    windowThrough: attributes().windowThrough,
  }),
);

/** The attributes that tell what was counted on a day. */
export const dayCountsAttributes = lazily((): readonly string[] => Object.keys(dayCounts().shape));

/** @throws MalformedItemError */
export function parseDayCounts(item: Item): NumberedDayCounts {
  const { sk, archive, windowThrough, ...counted } = parseItem(dayCounts(), item, 'daily counter');
  const counts: NumberedDayCounts = { ...channelDayOf(sk), ...counted };
  const lastMessageAt = latest(archive, windowThrough);
  if (lastMessageAt !== undefined) counts.lastMessageAt = lastMessageAt;
  return counts;
}

const sealable = lazily(() =>
  z.object({
    ...keyed().shape,
    ...counts(),
    version: attributes().version,
    channelNumber: attributes().channelNumber,
    keepUntil: attributes().keepUntil,
    sealedIn: attributes().sealedIn,
    digest: attributes().digest,
    unconfirmed: attributes().unconfirmed,
    archive: attributes().archive,
    windowThrough: attributes().windowThrough,
  }),
);

/** The attributes, with the key, by which a counter is sealed as it is. */
export const sealableAttributes = lazily((): readonly string[] => Object.keys(sealable().shape));

/** @throws MalformedItemError */
export function parseSealableCounter(item: Item): SealableCounter {
  const parsed = parseItem(sealable(), item, 'daily counter');
  const { pk, sk, archive, windowThrough, ...counter } = parsed;
  const lastMessageAt = latest(archive, windowThrough);
  return {
    ...dailyCounterKeyOf({ pk, sk }),
    ...counter,
    ...(lastMessageAt !== undefined && { lastMessageAt }),
  };
}

/** What sealing a counter as it is changes: the counter leaves the list of dirty days, and may go at its time. */
export function sealingAsItIsOf(counter: SealableCounter): { Key: Record<string, unknown> } & Update {
  const { version, sealedIn, keepUntil } = counter;
  return storing({ ...dailyCounterKey(counter), version, sealedIn, expiresAt: expirySeconds(keepUntil) }, [
    DIRTY_DAYS_INDEX.partitionKey,
  ]);
}

function latest(archive: Archive | undefined, windowThrough: EpochMillis | undefined) {
  const archived = archive === undefined ? undefined : latestOf(archive);
  if (archived === undefined || windowThrough === undefined) return archived ?? windowThrough;
  return Math.max(archived, windowThrough);
}

/** @throws MalformedItemError */
export function parseDirtyDay(item: Item): DailyCounterKey {
  return dailyCounterKeyOf(parseItem(keyed(), item, 'entry of a dirty day'));
}
