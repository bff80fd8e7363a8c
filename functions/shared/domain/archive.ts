import type { DedupeWindow, Fingerprint } from './dedupe-window.ts';
import { inBatches } from './in-batches.ts';
import { DAY_MS, type EpochMillis } from './utc-day.ts';

// A message is looked for in the archived windows of its counter by when it was sent, so that it costs as much at the
// end of a day with a million messages as at its beginning. That needs to know how long windows are: those of a level
// span less than LEVEL_FACTOR ** level milliseconds, so that whatever was sent at an instant is in a window whose last
// message is at most that much later. Windows that follow one another are few in that time. Where they lie across one
// another, so that many of one level have their last message in one stretch of the day, they are split by
// fingerprint: `docs/decisions/033-finding-late-messages.md`.

/** How much longer the windows of a level may be than those of the level below. */
const LEVEL_FACTOR = 4;

/** The span of a window, both ends included. */
export type WindowSpan = Pick<DedupeWindow, 'from' | 'through'>;

/** The span of an archived window, and its number: 0 for the first window of a counter, then counting up. */
export interface ArchivedSpan extends WindowSpan {
  number: number;
}

/** What a counter knows of its archived windows. */
export interface Archive {
  /** How many windows were archived, ever. */
  windows: number;
  /** The latest `sentAt` in the windows of each level of which there are any. */
  latest: ReadonlyMap<number, EpochMillis>;
  /** Those that were archived last, together. */
  last: readonly ArchivedSpan[];
}

/** A part of a day: the windows of a level that end in it are together, while they are not too many. */
export interface Stretch {
  level: number;
  /** The last millisecond of it, from the beginning of the day; of the last one of a day it may lie behind the day. */
  end: number;
}

/** A counter that has archived nothing yet. */
export const NOTHING_ARCHIVED: Archive = { windows: 0, latest: new Map(), last: [] };

/** The lowest level whose windows may be as long as this one. */
export function levelOf({ from, through }: WindowSpan): number {
  let level = 0;
  while (through - from >= LEVEL_FACTOR ** level) level += 1;
  return level;
}

/** The stretch in which a window of a level ends whose last message was sent so many milliseconds into its day. */
export function stretchOf(level: number, through: number): Stretch {
  const length = LEVEL_FACTOR ** level;
  return { level, end: (Math.floor(through / length) + 1) * length - 1 };
}

/** The last stretch in which a window of a level may end that holds a message sent so many milliseconds into the day. */
export function lastStretchFor(level: number, sentAt: number): Stretch {
  return stretchOf(level, Math.min(sentAt + LEVEL_FACTOR ** level, DAY_MS) - 1);
}

/** The first millisecond of a stretch. */
export function startOfStretch({ level, end }: Stretch): number {
  return end + 1 - LEVEL_FACTOR ** level;
}

/** The latest `sentAt` in all archived windows; nothing where there are none. */
export function latestOf({ latest }: Archive): EpochMillis | undefined {
  return latest.size === 0 ? undefined : Math.max(...latest.values());
}

/** The archive once windows have joined it together, at least one. */
export function withArchived(archive: Archive, spans: readonly WindowSpan[]): Archive {
  const latest = new Map(archive.latest);
  for (const span of spans) {
    const level = levelOf(span);
    latest.set(level, Math.max(span.through, latest.get(level) ?? span.through));
  }
  const last = spans.map(({ from, through }, index) => ({ from, through, number: archive.windows + index }));
  return { windows: archive.windows + spans.length, latest, last };
}

/** A fingerprint, and when its message was sent. */
interface Sent {
  fingerprint: Fingerprint;
  sentAt: EpochMillis;
}

/**
 * The windows that a counter archives: one where it holds all; otherwise the counter's own, and behind it what is new,
 * in the order of time, so that each window is short.
 *
 * @param own the window of the counter
 * @param sent what is counted behind it
 * @param mostFingerprints so many at most are in one of several windows
 */
export function windowsToArchive(
  own: DedupeWindow | undefined,
  sent: readonly Sent[],
  mostFingerprints: number,
): DedupeWindow[] {
  const all = [...(own?.fingerprints ?? []), ...sent.map(({ fingerprint }) => fingerprint)];
  if (all.length <= mostFingerprints) {
    const instants = sent.map(({ sentAt }) => sentAt);
    if (own !== undefined) instants.push(own.from, own.through);
    return [{ fingerprints: all, from: Math.min(...instants), through: Math.max(...instants) }];
  }
  const windows = own === undefined ? [] : [own];
  const inOrder = sent.toSorted((a, b) => a.sentAt - b.sentAt);
  for (const part of inBatches(inOrder, mostFingerprints)) {
    const from = part[0]?.sentAt ?? 0;
    const fingerprints = part.map(({ fingerprint }) => fingerprint);
    windows.push({ fingerprints, from, through: part.at(-1)?.sentAt ?? from });
  }
  return windows;
}
