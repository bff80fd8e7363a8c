import { add, type Counts, equal, subtract, sum, ZERO } from './metrics.ts';
import { DAY_MS, type EpochMillis, startOf, type UtcDay } from './utc-day.ts';

/** A short keyed hash of a message's identity, in hexadecimal: the proof that the message was counted. */
export type Fingerprint = string;

/** What names a daily counter. */
export interface DailyCounterKey {
  peerId: string;
  channelId: string;
  day: UtcDay;
}

/** What names a daily counter, with the number that its channel has among those of its peer. */
export interface CounterPlace extends DailyCounterKey {
  channelNumber: number;
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
  /** When the window may go, which is when its counter may. */
  expiresAt: EpochMillis;
}

/** How much one channel of one peer was used on one day, and the proof of it. */
export interface DailyCounter extends CounterPlace, Counts {
  /** Goes up by one with every change; 0 means that the counter is not stored yet. */
  version: number;
  /** When the counter may go, once it is sealed. It is fixed when the counter is stored first; 0 before that. */
  keepUntil: EpochMillis;
  /** Once the counter is sealed: the revision of the peer's totals that its counts joined last. */
  sealedIn?: number;
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
}

/** A step of a counter by which it is sealed, or stays so: what the totals lack of it joins them. */
export interface CounterSealing extends CounterChange {
  /** What the totals do not hold of the counter yet. */
  addToTotals: Counts;
}

/** How counters are kept. */
export interface CounterRules {
  /** How many fingerprints stay in the counter itself, so that its item stays within one write unit. */
  windowCapacity: number;
  /** How long a counter stays after its day, in days. */
  counterRetentionDays: number;
}

/** Leaves the counter and its archived windows within 1 KB each, for identifiers of up to 40 characters. */
export const DEFAULT_WINDOW_CAPACITY = 90;

/**
 * Counters are kept for this many days at least, however a deployment is set: growth compares up to 52
 * weeks, each with the one before. What is set may have been less before, down to this.
 */
export const LEAST_COUNTER_RETENTION_DAYS = 53 * 7;

/** How long at least the proof of a message stays after the message was counted. */
const EVIDENCE_MARGIN_DAYS = 45;

/** How long a counter that is stored for a day long past takes messages, before it only keeps their proof. */
const LATE_COUNTER_DAYS = 45;

/** A counter that is not stored yet. */
export function newDailyCounter(place: CounterPlace): DailyCounter {
  return { ...place, ...ZERO, version: 0, keepUntil: 0, archivedWindows: 0 };
}

/**
 * Whether a counter takes no more messages: it may go before their proof could be done without. None is refused
 * by that which is no older than messages are kept, unless their retention was raised meanwhile.
 */
export function isClosed({ version, keepUntil }: DailyCounter, now: EpochMillis): boolean {
  return version > 0 && now + EVIDENCE_MARGIN_DAYS * DAY_MS > keepUntil;
}

/** Whether a day's counter may have gone, whatever the retention was when it was stored. */
export function mayHaveExpired(day: UtcDay, now: EpochMillis): boolean {
  return startOf(day) + LEAST_COUNTER_RETENTION_DAYS * DAY_MS <= now;
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
 * @param entries at least one, each with a fingerprint of its own that is neither in the counter's window nor archived
 */
export function countInto(
  counter: DailyCounter,
  entries: readonly CounterEntry[],
  now: EpochMillis,
  rules: CounterRules,
): CounterChange {
  const counted: DailyCounter = {
    ...nextOf(counter, now, rules),
    ...add(counter, sum(entries.map(({ adds }) => adds))),
    window: extendedWindow(counter.window, entries),
  };
  const isFull = (counted.window?.fingerprints.length ?? 0) > rules.windowCapacity;
  const change: CounterChange = isFull ? withWindowArchived(counted) : { counter: counted };
  if (equal(counter, ZERO)) change.isFirst = true;
  return change;
}

/**
 * Gives a counter another version, and nothing else, so that no change is stored any more that was decided
 * on before. One that is not stored yet is made, without any message.
 */
export function fenced(counter: DailyCounter, now: EpochMillis, rules: CounterRules): CounterChange {
  return { counter: nextOf(counter, now, rules) };
}

/** Whether the proof of a message may have gone that was counted at an instant, or soon after it. */
export function outlivesEvidence(countedAt: EpochMillis, now: EpochMillis): boolean {
  return countedAt + EVIDENCE_MARGIN_DAYS * DAY_MS <= now;
}

/** A counter in its next version, which holds as much as before. */
function nextOf(counter: DailyCounter, now: EpochMillis, rules: CounterRules): DailyCounter {
  if (counter.version > 0) return { ...counter, version: counter.version + 1 };
  const keepUntil = Math.max(
    startOf(counter.day) + rules.counterRetentionDays * DAY_MS,
    now + (LATE_COUNTER_DAYS + EVIDENCE_MARGIN_DAYS) * DAY_MS,
  );
  return { ...counter, version: 1, keepUntil };
}

/**
 * What a change of a counter adds to the totals of its peer where it is sealed by it.
 *
 * @param before the counter as it was read
 * @param change a step of it; without one it is sealed as it is
 */
export function sealing(before: DailyCounter, change?: CounterChange): CounterSealing {
  const next = change ?? { counter: { ...before, version: before.version + 1 } };
  const known = before.sealedIn === undefined ? ZERO : before;
  return { ...next, addToTotals: subtract(next.counter, known) };
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

function withWindowArchived(counter: DailyCounter): CounterChange {
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
      expiresAt: counter.keepUntil,
    },
  };
}
