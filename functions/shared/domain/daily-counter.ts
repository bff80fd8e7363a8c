import { add, type Counts, countsOf, equal, sum, ZERO } from './metrics.ts';
import { addDays, DAY_MS, dayOf, type EpochMillis, type UtcDay } from './utc-day.ts';

/** A short keyed hash of a message's identity, in hexadecimal: the proof that the message was counted. */
export type Fingerprint = string;

/** What names a daily counter. */
export interface DailyCounterKey {
  peerId: string;
  channelId: string;
  day: UtcDay;
}

/** Fingerprints of counted messages, and the span of their `sentAt`, both ends included. */
export interface DedupeWindow {
  fingerprints: readonly Fingerprint[];
  from: EpochMillis;
  through: EpochMillis;
}

/** A window that was moved out of its counter, into an item of its own. */
export interface ArchivedWindow extends DedupeWindow {
  /** 0 for the first window of a counter, then counting up. */
  number: number;
  /** The latest `sentAt` in the window that was archived before it, where there is one. */
  previousThrough?: EpochMillis;
  /** When the window may go: no redelivery or replay of its messages comes later. */
  expiresAt: EpochMillis;
}

/** How much one channel of one peer was used on one day, and the proof of it. */
export interface DailyCounter extends DailyCounterKey, Counts {
  /** Goes up by one with every change; 0 means that the counter is not stored yet. */
  version: number;
  /** Whether these counts are part of the channel's totals. */
  rolledUp: boolean;
  /** The fingerprints that were counted last. */
  window?: DedupeWindow;
  archivedWindows: number;
  /** The latest `sentAt` in all archived windows. A message sent later is in none of them. */
  archivedThrough?: EpochMillis;
  /** The latest `sentAt` in the window that was archived last: with its number it names the window. */
  lastArchivedThrough?: EpochMillis;
}

/** A message that is not in the counter yet. */
export interface CounterEntry {
  fingerprint: Fingerprint;
  sentAt: EpochMillis;
  /** What it adds to each count. */
  adds: Counts;
}

/** One step of a counter, to be stored whole or not at all. */
export interface CounterChange {
  /** The counter after the step. It replaces the one whose version is lower by one. */
  counter: DailyCounter;
  /** A window to be archived. */
  archived?: ArchivedWindow;
  /** Whether the counter held no message before, and does so now. */
  isFirst?: boolean;
  /** What happens to the channel: the day joins its open days, or counts join its totals, or both change. */
  channel?: {
    openDay?: 'add' | 'remove';
    addToTotals?: Counts;
  };
}

/** How counters are kept. */
export interface CounterRules {
  /** How many fingerprints stay in the counter itself, so that its item stays within one write unit. */
  windowCapacity: number;
  /** How long messages are stored, in days. */
  messageRetentionDays: number;
}

/** Leaves the counter and its archived windows within 1 KB each, for identifiers of up to 40 characters. */
export const DEFAULT_WINDOW_CAPACITY = 90;

/**
 * Counters are kept for this many days at least, however a deployment is set: growth compares up to 52
 * weeks, each with the one before. What is set may have been less before, down to this.
 */
export const LEAST_COUNTER_RETENTION_DAYS = 53 * 7;

/** How long the proof of a counted message outlives every way in which the message could come again. */
const EVIDENCE_MARGIN_DAYS = 45;

/** A counter that is not stored yet. */
export function newDailyCounter(key: DailyCounterKey): DailyCounter {
  return { ...key, ...ZERO, version: 0, rolledUp: false, archivedWindows: 0 };
}

/** When the last message in a counter was sent; nothing for an empty counter. */
export function lastMessageAt(
  counter: Pick<DailyCounter, 'window' | 'archivedThrough'>,
): EpochMillis | undefined {
  if (counter.window === undefined) return counter.archivedThrough;
  return Math.max(counter.window.through, counter.archivedThrough ?? counter.window.through);
}

/** Whether a message's fingerprint could be in an archived window, so that one has to look there. */
export function mayBeArchived(counter: DailyCounter, sentAt: EpochMillis): boolean {
  return counter.archivedThrough !== undefined && sentAt <= counter.archivedThrough;
}

/**
 * Counts messages that the counter does not hold yet.
 *
 * A counter for a day before yesterday is created already rolled up: its day would otherwise wait for a
 * roll-up that is long past, and readers look for open days from yesterday on.
 *
 * @param entries at least one, each with a fingerprint of its own that is neither in the counter's window nor archived
 */
export function countInto(
  counter: DailyCounter,
  entries: readonly CounterEntry[],
  now: EpochMillis,
  rules: CounterRules,
): CounterChange {
  const added = sum(entries.map(({ adds }) => adds));
  const next = nextOf(counter, now);
  const counted: DailyCounter = {
    ...next,
    ...add(counter, added),
    window: extendedWindow(counter.window, entries),
  };
  const isFull = (counted.window?.fingerprints.length ?? 0) > rules.windowCapacity;
  const change: CounterChange = isFull ? withWindowArchived(counted, now, rules) : { counter: counted };
  if (equal(counter, ZERO)) change.isFirst = true;
  if (next.rolledUp) change.channel = { addToTotals: added };
  else if (counter.version === 0) change.channel = { openDay: 'add' };
  return change;
}

/**
 * Gives a counter another version, and nothing else, so that no change is stored any more that was decided
 * on before. One that is not stored yet is made, without any message.
 */
export function fenced(counter: DailyCounter, now: EpochMillis): CounterChange {
  const next = nextOf(counter, now);
  return counter.version === 0 && !next.rolledUp
    ? { counter: next, channel: { openDay: 'add' } }
    : { counter: next };
}

/** Whether the proof of a message may have gone that was counted at an instant, or soon after it. */
export function outlivesEvidence(countedAt: EpochMillis, now: EpochMillis): boolean {
  return countedAt + EVIDENCE_MARGIN_DAYS * DAY_MS <= now;
}

/** A counter in its next version, which holds as much as before. */
function nextOf(counter: DailyCounter, now: EpochMillis): DailyCounter {
  const rolledUp = counter.version === 0 ? counter.day < addDays(dayOf(now), -1) : counter.rolledUp;
  return { ...counter, version: counter.version + 1, rolledUp };
}

/**
 * Rolls up a day: its counts join the channel's totals, and its window is archived. A message that comes later
 * still counts, in the counter and in the totals at once.
 *
 * @param counter one that is stored and not rolled up
 */
export function rollUp(counter: DailyCounter, now: EpochMillis, rules: CounterRules): CounterChange {
  const rolledUp: DailyCounter = { ...counter, version: counter.version + 1, rolledUp: true };
  return {
    ...withWindowArchived(rolledUp, now, rules),
    channel: { openDay: 'remove', addToTotals: countsOf(counter) },
  };
}

function extendedWindow(window: DedupeWindow | undefined, entries: readonly CounterEntry[]): DedupeWindow {
  let from = window?.from ?? Number.POSITIVE_INFINITY;
  let through = window?.through ?? Number.NEGATIVE_INFINITY;
  for (const { sentAt } of entries) {
    from = Math.min(from, sentAt);
    through = Math.max(through, sentAt);
  }
  const fingerprints = [...(window?.fingerprints ?? []), ...entries.map((entry) => entry.fingerprint)];
  return { fingerprints, from, through };
}

function withWindowArchived(counter: DailyCounter, now: EpochMillis, rules: CounterRules): CounterChange {
  const { window, ...rest } = counter;
  if (window === undefined) return { counter };
  return {
    counter: {
      ...rest,
      archivedWindows: counter.archivedWindows + 1,
      archivedThrough: Math.max(window.through, counter.archivedThrough ?? window.through),
      lastArchivedThrough: window.through,
    },
    archived: {
      ...window,
      number: counter.archivedWindows,
      ...(counter.lastArchivedThrough !== undefined && { previousThrough: counter.lastArchivedThrough }),
      expiresAt:
        Math.max(window.through + rules.messageRetentionDays * DAY_MS, now) + EVIDENCE_MARGIN_DAYS * DAY_MS,
    },
  };
}
