import * as z from 'zod/mini';
import { countsByPeriod, isCountedBy, listedChannels, type PeerUsage } from './channel-stats.ts';
import { compareTexts } from './compare-texts.ts';
import { previousRange } from './compared-range.ts';
import { compareCounts, comparisonFields } from './comparison.ts';
import { component, described, growing } from './described.ts';
import { firstDayOfHealth, health, unjudged } from './health.ts';
import type { HealthSettings } from './health-settings.ts';
import type { HeartbeatRhythm } from './heartbeat.ts';
import { type DayRange, daysBetween } from './interval.ts';
import { count, sum } from './metrics.ts';
import { type CountingLag, type NotCounted, TRUST_STATUSES, trustStatus } from './trust.ts';
import { addDays, type EpochMillis, type UtcDay } from './utc-day.ts';

/** How many complete days an overview is on. */
export const OVERVIEW_DAYS = { least: 1, most: 90, default: 28 } as const;
/** What peers may be ordered by. */
export const OVERVIEW_SORTS = ['attention', 'messages', 'change', 'name'] as const;
export type OverviewSort = (typeof OVERVIEW_SORTS)[number];
/** Orders other than that by name need the figures of every peer, and have at most so many. */
export const MAX_ORDERED_PEERS = 1_000;

/** How long a row is remembered: nothing but the order of peers follows from one that was. */
export const ORDER_REMEMBERED_SECONDS = 30;

/** One peer in the answer of the overview. */
const overviewEntry = component(
  'PeerOverview',
  'The figures of one peer: of its enabled channels.',
  z.object({
    peerId: described(z.string(), 'The peer.'),
    ...comparisonFields,
    daily: described(z.array(count()), 'The messages of each day, as many as `days`, the earliest first.'),
    warnings: described(count(), 'How many findings health has now whose severity is `warning`.'),
    lastMessageAt: described(
      z.nullable(z.iso.datetime()),
      'When the last message was sent that is counted (UTC); `null` where none ever was.',
    ),
    trust: described(
      growing(TRUST_STATUSES),
      'How far the figures may be trusted: the `status` that trust answers with.',
    ),
  }),
);
export type PeerOverview = z.output<typeof overviewEntry>;

const overviewRequest = component(
  'OverviewRequest',
  'What was asked for, with what was left out filled in.',
  z.object({
    days: described(count(), 'How many days the figures are of.'),
    from: described(z.iso.date(), 'The first of them.'),
    to: described(z.iso.date(), 'The last of them: yesterday.'),
    previousRange,
    sort: described(z.enum(OVERVIEW_SORTS), 'What the peers are ordered by.'),
    search: described(
      z.exactOptional(z.string()),
      'What is in their ids; left out where that was not asked for.',
    ),
    timezone: described(z.literal('UTC'), 'Whose days these are.'),
  }),
);

/** The answer of the overview. */
export const overviewAnswer = component(
  'Overview',
  'One page of peers, with the figures of each.',
  z.object({
    query: overviewRequest,
    peers: described(
      z.array(overviewEntry),
      'In the order that was asked for; those that are equal by `peerId`.',
    ),
    cursor: described(
      z.nullable(z.string()),
      'Asks for the next page; `null` on the last one. What is in it is not to be relied on.',
    ),
    asOf: described(z.iso.datetime(), 'When the figures were read (UTC).'),
  }),
);
export type OverviewAnswer = z.output<typeof overviewAnswer>;

/** What is known of a peer beside how much it was used. */
export interface PeerCondition {
  settings: HealthSettings;
  notCounted: NotCounted;
}

/** Reads what is known of peers beside how much they were used. */
export interface PeerConditionsSource {
  /**
   * The conditions of peers, in their order.
   *
   * @param days those whose quarantined messages are told of, both included
   */
  read(peerIds: readonly string[], days: DayRange): Promise<PeerCondition[]>;
}

/** A peer, how much it was used, and what else is known of it. */
export interface UsedPeer {
  peerId: string;
  usage: PeerUsage;
  condition: PeerCondition;
}

/** Reads how much peers were used, and what else is known of them. */
export interface UsedPeersSource {
  /**
   * Some peers, in their order.
   *
   * @param from the first day of which their figures are wanted, beside those of all time
   */
  read(peerIds: readonly string[], from: UtcDay, now: EpochMillis): Promise<UsedPeer[]>;
}

/** What an overview is made of, beside the peers. */
export interface OverviewQuery {
  /** How many complete days, of which the last one is yesterday. */
  days: number;
  /** As it was read before anything else. */
  lag: CountingLag;
  rhythm: HeartbeatRhythm;
  now: EpochMillis;
}

/** Makes the rows of overviews. */
export interface OverviewSource {
  /** What the rows of this moment have in common; to be asked for before any is read. */
  begin(days: number): Promise<OverviewQuery>;
  /** The rows of peers as they are now, in their order. */
  read(peerIds: readonly string[], query: OverviewQuery): Promise<PeerOverview[]>;
  /**
   * The rows of peers as they are now, or were at most `ORDER_REMEMBERED_SECONDS` ago.
   *
   * @returns them in any order, and those of them that are as they are now
   */
  recent(
    peerIds: readonly string[],
    query: OverviewQuery,
  ): Promise<{ rows: PeerOverview[]; readNow: ReadonlyMap<string, PeerOverview> }>;
}

/** The days of an overview, and those that they are compared with. */
export function overviewRanges(days: number, today: UtcDay): { range: DayRange; previousRange: DayRange } {
  const from = addDays(today, -days);
  return {
    range: { from, to: addDays(today, -1) },
    previousRange: { from: addDays(from, -days), to: addDays(from, -1) },
  };
}

/** The first day whose counters an overview needs. */
export function firstDayOfOverview(days: number, today: UtcDay): UtcDay {
  const { from } = overviewRanges(days, today).previousRange;
  const first = firstDayOfHealth(addDays(today, -1));
  return from < first ? from : first;
}

/**
 * What the overview says of a peer.
 *
 * @param usage with every day from `firstDayOfOverview` on
 * @param today the reader's day
 */
export function peerOverview(
  peerId: string,
  usage: PeerUsage,
  { settings, notCounted }: PeerCondition,
  { days, lag, rhythm, now }: OverviewQuery,
  today: UtcDay,
): PeerOverview {
  const { previousRange: before } = overviewRanges(days, today);
  const listed = listedChannels(usage, new Set());
  const byChannel = countsByPeriod(usage, listed, 2 * days, (day) => daysBetween(before.from, day));
  const ofDay = (index: number) => sum([...byChannel.values()].flatMap((counts) => counts[index] ?? []));
  const daily = Array.from({ length: 2 * days }, (_, index) => ofDay(index));
  const [earlier, current] = [daily.slice(0, days), daily.slice(days)];
  const hasHistory = isCountedBy(usage, before.from);
  const lastMessageAt = Math.max(0, ...listed.map(({ allTime }) => allTime.lastMessageAt ?? 0));
  return {
    peerId,
    ...compareCounts(sum(current), hasHistory ? sum(earlier) : undefined),
    daily: current.map(({ messageCount }) => messageCount),
    warnings: warningsOf(usage, settings, lag, today),
    lastMessageAt: lastMessageAt === 0 ? null : new Date(lastMessageAt).toISOString(),
    trust: trustStatus(lag, notCounted, rhythm, now),
  };
}

/**
 * How many findings health has now whose severity is `warning`.
 *
 * @param usage with every day from `firstDayOfHealth` on
 * @param lag as it was read before the usage
 * @param today the reader's day
 */
export function warningsOf(
  usage: PeerUsage,
  settings: HealthSettings,
  lag: CountingLag,
  today: UtcDay,
): number {
  const through = addDays(today, -1);
  const { findings } = unjudged(lag, through) ?? health(usage, { through, settings });
  return findings.filter(({ severity }) => severity === 'warning').length;
}

/** Where a peer stands in an order: what comes first is smaller. Those of one rank are ordered by id. */
export interface OverviewPosition {
  rank: number[];
  peerId: string;
}

/** Where a peer stands in an order. */
export function positionOf(peer: PeerOverview, sort: OverviewSort): OverviewPosition {
  return { rank: rankOf(peer, sort), peerId: peer.peerId };
}

function rankOf({ warnings, trust, messages }: PeerOverview, sort: OverviewSort): number[] {
  const { current, change } = messages;
  switch (sort) {
    case 'attention':
      return [-warnings, -TRUST_STATUSES.indexOf(trust), change ?? 0, -current];
    case 'messages':
      return [-current];
    case 'change':
      return [change === null ? 1 : 0, -(change ?? 0)];
    case 'name':
      return [];
  }
}

/** Compares two positions of one order. */
export function comparePositions(one: OverviewPosition, other: OverviewPosition): number {
  for (const [index, value] of one.rank.entries()) {
    const difference = value - (other.rank[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return compareTexts(one.peerId, other.peerId);
}
