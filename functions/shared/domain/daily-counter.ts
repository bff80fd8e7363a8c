import {
  type Archive,
  type ArchivedSpan,
  latestOf,
  NOTHING_ARCHIVED,
  windowsToArchive,
  withArchived,
} from './archive.ts';
import type { DedupeWindow, Fingerprint } from './dedupe-window.ts';
import { type Digest, EMPTY_DIGEST, sumOfDigests, withoutDigest } from './digest.ts';
import { add, type Counts, equal, subtract, sum, ZERO } from './metrics.ts';
import { addDays, DAY_MS, type EpochMillis, startOf, type UtcDay } from './utc-day.ts';
import { smoothedWait } from './waits-of-writers.ts';

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

/** A window that was moved out of its counter, into an item of its own. */
export interface ArchivedWindow extends DedupeWindow {
  /** 0 for the first window of a counter, then counting up. */
  number: number;
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
  /** That of the messages in it; nothing where nobody can tell it any more. */
  digest?: Digest | undefined;
  /**
   * Nobody has made sure yet, after the counter was stored first, that its channel is still there: it may have been
   * purged meanwhile.
   */
  unconfirmed?: true;
  /** The fingerprints that were counted last. */
  window?: DedupeWindow;
  /** What it knows of the windows that were moved out of it. */
  archive: Archive;
  /** Those that were archived before the last ones, as far as a counter that others wait for remembers them. */
  archivedBefore?: readonly ArchivedSpan[];
  /** The versions between which nothing but counting changed the counter, where its last change was one of these. */
  steady?: VersionSpan;
  /** For how long those who counted last had been waiting for others, smoothed, in milliseconds; nothing for 0. */
  waitedMs?: number;
}

/** Versions of a counter, both ends included. */
export interface VersionSpan {
  from: number;
  through: number;
}

/** A message that is not in the counter yet. */
export interface CounterEntry {
  fingerprint: Fingerprint;
  sentAt: EpochMillis;
  /** What it adds to the digest. */
  digest: Digest;
  /** What it adds to each count. */
  adds: Counts;
}

/** One step of a counter, to be stored whole or not at all. */
export interface CounterChange {
  /** The counter after the step. It replaces the one whose version is lower by one. */
  counter: DailyCounter;
  /** Windows to be archived. */
  archived?: readonly ArchivedWindow[];
  /** What the counter knew of archived windows before. */
  archiveBefore?: Archive;
  /** The number by which the counter named its channel before, where the step gives it another one. */
  numberBefore?: number;
  /** Whether the counter held no message before, and does so now. */
  isFirst?: boolean;
}

/** A step of a counter by which it is sealed, or stays so: what the totals lack of it joins them. */
export interface CounterSealing extends CounterChange {
  /** What the totals do not hold of the counter yet. */
  addToTotals: Counts;
  /** The digest of that; nothing where it is not known. */
  addToDigests?: Digest | undefined;
}

/** A counter without the proof of its messages: what sealing it as it is needs to know. */
export interface SealableCounter
  extends CounterPlace,
    Counts,
    Pick<DailyCounter, 'version' | 'keepUntil' | 'sealedIn' | 'unconfirmed' | 'digest'> {
  /** When its last message was sent; nothing for an empty counter. */
  lastMessageAt?: EpochMillis;
}

/** The sealing of a counter that holds as much as before. Its proof stays as it is stored. */
export interface SealingAsItIs {
  isAsItIs: true;
  /** The counter after the step. It replaces the one whose version is lower by one. */
  counter: SealableCounter;
  /** No window is archived by that. */
  archived?: undefined;
  archiveBefore?: undefined;
  addToTotals: Counts;
  addToDigests?: Digest | undefined;
}

/** How the fingerprints of a counter are kept. */
export interface WindowRules {
  /** How many stay in the counter itself, so that its item stays within one write unit. */
  windowCapacity: number;
  /** So many at most are archived together in one item, unless they are few enough for the counter. */
  fingerprintsPerWindow: number;
  /** Of more archived windows than these, which a message may be in, it costs less to split them than to read them. */
  windowsTogether: number;
}

/** How counters are kept. */
export interface CounterRules extends WindowRules {
  /** How long a counter stays after its day, in days. */
  counterRetentionDays: number;
}

export const DEFAULT_WINDOW_RULES: WindowRules = {
  // Leaves the counter within 1 KB for identifiers of up to 40 characters, but for its last two or three writes before the
  // window is archived where windows of many levels are.
  windowCapacity: 87,
  // Within 4 KB: one read unit.
  fingerprintsPerWindow: 450,
  windowsTogether: 12,
};

/**
 * Counters are kept for this many days at least, however a deployment is set: growth compares up to 52
 * weeks, each with the one before. What is set may have been less before, down to this.
 */
export const LEAST_COUNTER_RETENTION_DAYS = 53 * 7;

/** Of so many windows at most, archived before the last ones, a counter that others wait for knows where they are. */
const MOST_REMEMBERED_WINDOWS = 24;

/** How long at least the proof of a message stays after the message was counted. */
const EVIDENCE_MARGIN_DAYS = 45;

/** How long a counter that is stored for a day long past takes messages, before it only keeps their proof. */
const LATE_COUNTER_DAYS = 45;

/**
 * For so long after its first message a day of the history takes more of it. Its counter is closed 15 days later, so that
 * what comes last is counted by then, however far counting is behind. Counters are kept for 60 days longer than messages
 * at least, and closed 45 days before they may go: with these 15 days, no day whose messages were counted as they came
 * takes any of the history as soon as its messages are not stored any more, unless counters are kept for longer.
 */
export const HISTORY_DAYS = 30;

/** Whether a counter still takes messages of the history. */
export function takesHistory(counter: DailyCounter, now: EpochMillis): boolean {
  return !isClosed(counter, now + (LATE_COUNTER_DAYS - HISTORY_DAYS) * DAY_MS);
}

/** A counter that is not stored yet. */
export function newDailyCounter(place: CounterPlace): DailyCounter {
  return { ...place, ...ZERO, digest: EMPTY_DIGEST, version: 0, keepUntil: 0, archive: NOTHING_ARCHIVED };
}

/**
 * Whether a counter takes no more messages: it may go before their proof could be done without. None is refused
 * by that which is no older than messages are kept, unless their retention was raised meanwhile.
 */
export function isClosed(
  { version, keepUntil }: Pick<DailyCounter, 'version' | 'keepUntil'>,
  now: EpochMillis,
): boolean {
  return version > 0 && now + EVIDENCE_MARGIN_DAYS * DAY_MS > keepUntil;
}

/** Whether a day's counter may have gone, whatever the retention was when it was stored. */
export function mayHaveExpired(day: UtcDay, now: EpochMillis): boolean {
  return startOf(day) + LEAST_COUNTER_RETENTION_DAYS * DAY_MS <= now;
}

/** The first day of which no counter may have expired: of all days from it on there is evidence. */
export function firstDayWithEvidence(today: UtcDay): UtcDay {
  return addDays(today, 1 - LEAST_COUNTER_RETENTION_DAYS);
}

/** When the last message in a counter was sent; nothing for an empty counter. */
export function lastMessageAt({
  window,
  archive,
}: Pick<DailyCounter, 'window' | 'archive'>): EpochMillis | undefined {
  const archived = latestOf(archive);
  if (window === undefined) return archived;
  return Math.max(window.through, archived ?? window.through);
}

/** Whether a message's fingerprint could be in an archived window, so that one has to look there. */
export function mayBeArchived({ archive }: DailyCounter, sentAt: EpochMillis): boolean {
  return sentAt <= (latestOf(archive) ?? Number.NEGATIVE_INFINITY);
}

/**
 * Whether nothing but counting changed a counter since it was read. Then whatever was decided for it holds, but for the
 * messages that others counted meanwhile. Only counting says of a change that it was counting: every other one, that of
 * a version of the service which knows nothing of this too, leaves `steady` behind.
 *
 * @param later the counter as it was seen afterwards
 */
export function isOnlyCountedSince(read: DailyCounter, later: DailyCounter): boolean {
  const { steady, version, channelNumber, sealedIn, unconfirmed } = later;
  if (channelNumber !== read.channelNumber || sealedIn !== undefined || unconfirmed === true) return false;
  if (version === read.version) return true;
  return steady !== undefined && steady.through === version && steady.from <= read.version;
}

/**
 * Counts messages that the counter does not hold yet.
 *
 * @param entries at least one, each with a fingerprint of its own that is neither in the counter's window nor archived
 * @param waitedMs for how long this has waited for others who count into the counter
 */
export function countInto(
  counter: DailyCounter,
  entries: readonly CounterEntry[],
  now: EpochMillis,
  rules: CounterRules,
  waitedMs = 0,
): CounterChange {
  const counted = {
    ...withWait(nextOf(counter, now, rules), waitedMs),
    ...add(counter, sum(entries.map(({ adds }) => adds))),
    digest: sumOfDigests([counter.digest, ...entries.map(({ digest }) => digest)]),
    steady: steadyAfter(counter),
  };
  const fingerprints = (counter.window?.fingerprints.length ?? 0) + entries.length;
  const change: CounterChange =
    fingerprints > capacityOf(counted, rules)
      ? withWindowsArchived(counted, entries, rules)
      : { counter: { ...counted, window: extendedWindow(counter.window, entries) } };
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

function steadyAfter({ version, steady }: DailyCounter): VersionSpan {
  return { from: steady?.through === version ? steady.from : version, through: version + 1 };
}

function withWait({ waitedMs: known, ...counter }: DailyCounter, ownMs: number): DailyCounter {
  const waitedMs = smoothedWait(known ?? 0, ownMs);
  return waitedMs > 0 ? { ...counter, waitedMs } : counter;
}

/**
 * Where others wait, a counter keeps as many fingerprints as a window may have: what archives takes two transactions'
 * time, and who is refused finds what is new in the counter itself.
 */
function capacityOf(
  { waitedMs }: DailyCounter,
  { windowCapacity, fingerprintsPerWindow }: WindowRules,
): number {
  return waitedMs === undefined ? windowCapacity : Math.max(windowCapacity, fingerprintsPerWindow);
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
  return { ...counter, version: 1, keepUntil, unconfirmed: true };
}

/**
 * What a change of a counter adds to the totals of its peer where it is sealed by it.
 *
 * @param before the counter as it was read
 * @param change a step of it; without one it is sealed as it is
 */
export function sealing(before: DailyCounter, change?: CounterChange): CounterSealing {
  const next = change ?? { counter: { ...before, version: before.version + 1 } };
  return { ...next, ...missingInTotals(before, next.counter) };
}

/**
 * What totals lack of a counter.
 *
 * @param before the counter as it was read
 * @param after the counter that joins them
 */
export function missingInTotals(
  before: DailyCounter,
  after: DailyCounter,
): Pick<CounterSealing, 'addToTotals' | 'addToDigests'> {
  const known = before.sealedIn === undefined ? { ...ZERO, digest: EMPTY_DIGEST } : before;
  return {
    addToTotals: subtract(after, known),
    addToDigests: withoutDigest(after.digest, known.digest),
  };
}

/** The sealing, as it is, of a counter that was not sealed. */
export function sealingAsItIs(counter: SealableCounter): SealingAsItIs {
  return {
    isAsItIs: true,
    counter: { ...counter, version: counter.version + 1 },
    addToTotals: sum([counter]),
    addToDigests: counter.digest,
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

function withWindowsArchived(
  { window, ...rest }: DailyCounter,
  entries: readonly CounterEntry[],
  rules: CounterRules,
): CounterChange {
  const windows = windowsToArchive(window, entries, rules.fingerprintsPerWindow);
  const { archive, archivedBefore = [], ...others } = rest;
  const { keepUntil, waitedMs } = others;
  const before =
    waitedMs === undefined ? [] : [...archivedBefore, ...archive.last].slice(-MOST_REMEMBERED_WINDOWS);
  return {
    counter: {
      ...others,
      archive: withArchived(archive, windows),
      ...(before.length > 0 && { archivedBefore: before }),
    },
    archived: windows.map((each, index) => ({
      ...each,
      number: archive.windows + index,
      expiresAt: keepUntil,
    })),
    archiveBefore: archive,
  };
}
