import { type ArchivedSpan, lastStretchFor, startOfStretch } from '../domain/archive.ts';
import type { DailyCounter } from '../domain/daily-counter.ts';
import type { Fingerprint } from '../domain/dedupe-window.ts';
import { type EpochMillis, startOf } from '../domain/utc-day.ts';
import { between, type Expressions } from './expressions.ts';
import {
  isShareMarker,
  nameOfShare,
  parseStoredWindow,
  type Share,
  shareOf,
  windowsFor,
  windowsOfShare,
} from './items/archived-window.ts';
import { FINGERPRINT_BYTES } from './items/fingerprint.ts';
import type { Item } from './items/item.ts';

/** A message that is looked for in the archived windows of a counter. */
export interface SoughtMessage {
  fingerprint: Fingerprint;
  /** The earliest instant at which it may have been sent. */
  from: EpochMillis;
  /** The latest one; both lie within the counter's day. */
  through: EpochMillis;
}

/** One query of a search, and the messages that it may find. */
interface Query {
  query: Expressions;
  sought: readonly SoughtMessage[];
}

/** A span in which the windows of a level are read, and the messages that they may hold. */
interface Reach {
  from: EpochMillis;
  through: EpochMillis;
  sought: SoughtMessage[];
}

/** What was read of the windows of a share. */
interface Seen {
  share: Share;
  windows: number;
}

/** A query costs at least as much as so many of the small windows that a counter usually archives. */
const WINDOWS_PER_QUERY = 4;
const FINGERPRINT_DIGITS = 2 * FINGERPRINT_BYTES;

/** Which archived windows of a counter have to be read to find messages, and which of the messages they hold. */
export class ArchiveSearch {
  readonly #counter: DailyCounter;
  readonly #sought: readonly SoughtMessage[];
  readonly #wanted: ReadonlySet<Fingerprint>;
  readonly #seen = new Map<string, Seen>();
  readonly #seenNumbers = new Set<number>();
  /** Shares whose windows were split, and the messages that may have been in them; by the names of shares. */
  #split = new Map<string, { share: Share; sought: readonly SoughtMessage[] }>();
  readonly found = new Set<Fingerprint>();
  /** Whether some were found in windows that were archived after the counter was read. */
  isAhead = false;

  /** @param counter as it was read */
  constructor(counter: DailyCounter, sought: readonly SoughtMessage[]) {
    this.#counter = counter;
    this.#sought = sought;
    this.#wanted = new Set(sought.map(({ fingerprint }) => fingerprint));
  }

  /** The queries to begin with: of each level, for the times at which messages were sent. */
  looks(): Query[] {
    return [...this.#counter.archive.latest].flatMap(([level, latest]) => {
      const some = this.#sought.filter(({ from }) => from <= latest);
      return this.#reachesOf(level, some).map(({ from, through, sought }) => ({
        query: between(windowsFor(this.#counter, level, from, through)),
        sought,
      }));
    });
  }

  /** The queries to go on with: of the shares that windows were split into, for what was not found before. */
  furtherLooks(): Query[] {
    const split = [...this.#split.values()];
    this.#split = new Map();
    return split.flatMap(({ share, sought }) => {
      const left = sought.filter(({ fingerprint }) => !this.found.has(fingerprint));
      const byDigits = Map.groupBy(new Set(left), ({ fingerprint }) =>
        fingerprint.slice(0, share.digits.length + 1),
      );
      return [...byDigits].map(([digits, ofDigits]) => ({
        query: windowsOfShare(this.#counter, { ...share, digits }),
        sought: ofDigits,
      }));
    });
  }

  /** Takes a page of what a query has found. @throws MalformedItemError */
  take({ sought }: Query, page: readonly Item[]): void {
    this.takeWindows(page.filter((item) => !isShareMarker(item)));
    for (const marker of page.filter(isShareMarker)) {
      const share = shareOf(marker);
      const known = this.#split.get(nameOfShare(share))?.sought ?? [];
      const mayBeIn = sought.filter((each) => this.#mayBeIn(share, each));
      this.#split.set(nameOfShare(share), { share, sought: [...known, ...mayBeIn] });
    }
  }

  /** Looks for the messages in windows. @throws MalformedItemError */
  takeWindows(windows: readonly Item[]): void {
    for (const item of windows) {
      const { share, number, fingerprints } = parseStoredWindow(item);
      const seen = this.#seen.get(nameOfShare(share)) ?? { share, windows: 0 };
      this.#seen.set(nameOfShare(share), { share, windows: seen.windows + 1 });
      if (number !== undefined) this.#seenNumbers.add(number);
      for (const fingerprint of fingerprints) {
        if (!this.#wanted.has(fingerprint)) continue;
        this.found.add(fingerprint);
        if (number !== undefined && number >= this.#counter.archive.windows) this.isAhead = true;
      }
    }
  }

  /** Those of the windows archived last that were not seen, and may hold messages which were not found. */
  unseen(): ArchivedSpan[] {
    return this.mayHold(this.#counter.archive.last).filter(({ number }) => !this.#seenNumbers.has(number));
  }

  /** Those of some windows that may hold messages which were not found. */
  mayHold(spans: readonly ArchivedSpan[]): ArchivedSpan[] {
    const left = this.#sought.filter(({ fingerprint }) => !this.found.has(fingerprint));
    return spans.filter((span) =>
      left.some(({ from, through }) => from <= span.through && through >= span.from),
    );
  }

  /** The shares of which more windows were read than should be together, and which can be split. */
  crowded(windowsTogether: number): Share[] {
    return [...this.#seen.values()]
      .filter(({ share, windows }) => windows > windowsTogether && share.digits.length < FINGERPRINT_DIGITS)
      .map(({ share }) => share);
  }

  #reachesOf(level: number, sought: readonly SoughtMessage[]): Reach[] {
    const reaches = reachesOf(this.#counter, level, sought);
    const { windows } = this.#counter.archive;
    const isMoreThanAll = reaches.length * WINDOWS_PER_QUERY > windows;
    return isMoreThanAll ? reaches.slice(0, 1).map((first) => joined(first, reaches)) : reaches;
  }

  #mayBeIn(share: Share, { fingerprint, from, through }: SoughtMessage): boolean {
    if (share.digits !== '') return fingerprint.startsWith(share.digits);
    const start = startOf(this.#counter.day);
    return (
      share.end >= from - start && startOfStretch(share) <= lastStretchFor(share.level, through - start).end
    );
  }
}

/** The spans in which windows of a level have to be read, none of which reaches into the next one. */
function reachesOf({ day }: DailyCounter, level: number, sought: readonly SoughtMessage[]): Reach[] {
  const start = startOf(day);
  const endOf = (through: EpochMillis) => start + lastStretchFor(level, through - start).end;
  const reaches: Reach[] = [];
  for (const each of sought.toSorted((a, b) => a.from - b.from)) {
    const last = reaches.at(-1);
    if (last !== undefined && each.from <= endOf(last.through)) {
      last.through = Math.max(last.through, each.through);
      last.sought.push(each);
    } else {
      reaches.push({ from: each.from, through: each.through, sought: [each] });
    }
  }
  return reaches;
}

/** One reach instead of several, in the order of time. */
function joined({ from }: Reach, reaches: readonly Reach[]): Reach {
  const through = Math.max(...reaches.map((each) => each.through));
  return { from, through, sought: reaches.flatMap(({ sought }) => sought) };
}
