import { appendFile, rm } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod/mini';
import { parseJson } from '../../functions/shared/domain/parse-json.ts';
import { OneAtATime } from '../../functions/shared/runtime/one-at-a-time.ts';
import { itemKey } from '../../functions/shared/store/items/item.ts';
import type { Key } from '../../functions/shared/store/items/keys.ts';
import { readIfThere, writeDurably } from '../../local/support/durable-file.ts';
import { withFile } from '../../local/support/file-error.ts';
import { PeerFigures } from './replay-figures.ts';
import { orToolError, ToolError } from './tool-error.ts';

// The state file is a journal: a line that says which replay it is of, and then a line for each page that was dealt
// with. A line that was cut off by a kill is of a page that is counted again, which changes nothing.

const begun = z.object({
  /** What the replay was asked for, and where. */
  replay: z.object({
    peerId: z.exactOptional(z.string()),
    from: z.exactOptional(z.string()),
    to: z.exactOptional(z.string()),
    place: z.string(),
    messagesTable: z.string(),
    usageTable: z.string(),
  }),
  /** In how many segments the table is read. */
  segments: z.int().check(z.positive()),
});

const number = z.int().check(z.nonnegative());
const figures = z.object({
  counted: number,
  duplicate: number,
  notCounted: number,
  failed: number,
  skipped: z.record(z.string(), number),
});

const pageDone = z.object({
  segment: number,
  /** Where the page ended; `null` behind the last one of the segment. */
  after: z.nullable(itemKey()),
  examined: number,
  readUnits: z.number().check(z.nonnegative()),
  /** What became of its messages, peer by peer. */
  peers: z.array(z.tuple([z.string(), figures])),
  others: z.exactOptional(figures),
});

/** What a replay was asked for, and where. */
export type ReplayRequest = z.output<typeof begun>['replay'];
/** A page of a segment that was dealt with: all of its messages are counted, or told of. */
export type PageDone = z.output<typeof pageDone>;

/** How far a segment is. */
export interface SegmentProgress {
  /** Where its last page ended; missing before the first one. */
  after?: Key;
  isDone: boolean;
  examined: number;
  readUnits: number;
}

/** How much is added to the journal before it is written anew, with the sums in place of the pages, in bytes. */
const MOST_APPENDED = 32_000_000;

/** How far a replay is, in memory and in its state file. */
export class ReplayProgress {
  readonly #file: string;
  readonly #replay: ReplayRequest;
  readonly #segments: SegmentProgress[];
  readonly #writing = new OneAtATime();
  readonly #mostAppended: number;
  /** How much was added to the file since it was written; nothing before that. */
  #appended: number | undefined;
  readonly peers = new PeerFigures();

  private constructor(file: string, replay: ReplayRequest, segments: number, mostAppended: number) {
    this.#file = file;
    this.#replay = replay;
    this.#segments = Array.from({ length: segments }, () => ({ isDone: false, examined: 0, readUnits: 0 }));
    this.#mostAppended = mostAppended;
  }

  /**
   * How far a replay is: where the file holds the state of an unfinished one, that far, and in as many segments.
   *
   * @param segments in how many segments it reads the table, where it begins
   * @throws ToolError where the file is of another replay, is no state, or cannot be read
   */
  static async open(
    file: string,
    replay: ReplayRequest,
    segments: number,
    mostAppended: number = MOST_APPENDED,
  ): Promise<ReplayProgress> {
    const text = await orToolError(() => readIfThere(file));
    if (text === undefined) return new ReplayProgress(file, replay, segments, mostAppended);
    // What follows the last line break was cut off.
    const [first = '', ...pages] = text.split('\n').slice(0, -1);
    const header = z.safeParse(begun, parseJson(first));
    if (!header.success) throw noState(file);
    requireSame(file, header.data.replay, replay);
    const progress = new ReplayProgress(file, replay, header.data.segments, mostAppended);
    for (const line of pages) {
      const page = z.safeParse(pageDone, parseJson(line));
      if (!page.success || !progress.#take(page.data)) throw noState(file);
    }
    return progress;
  }

  /** The segments, in the order of their numbers. */
  get segments(): readonly SegmentProgress[] {
    return this.#segments;
  }

  /** How many items were read, of all peers. */
  get examined(): number {
    return this.#segments.reduce((sum, { examined }) => sum + examined, 0);
  }

  get readUnits(): number {
    return this.#segments.reduce((sum, { readUnits }) => sum + readUnits, 0);
  }

  /**
   * Keeps that a page was dealt with; once this resolves, it is never read again.
   *
   * @throws ToolError where the file cannot be written
   */
  async keep(page: PageDone): Promise<void> {
    await this.#writing.run(this.#file, async () => {
      this.#take(page);
      if (this.#appended === undefined || this.#appended > this.#mostAppended) {
        await orToolError(() => writeDurably(this.#file, this.#sums()));
        this.#appended = 0;
        return;
      }
      const line = `${JSON.stringify(page)}\n`;
      await orToolError(() =>
        withFile('write', this.#file, () => appendFile(this.#file, line, { flush: true })),
      );
      this.#appended += line.length;
    });
  }

  /** Forgets a replay that is finished. */
  async remove(): Promise<void> {
    await rm(this.#file, { force: true });
  }

  /** @returns whether there is such a segment */
  #take({ segment, after, examined, readUnits, peers, others }: PageDone): boolean {
    const before = this.#segments[segment];
    if (before === undefined) return false;
    this.#segments[segment] = {
      ...(after !== null && { after }),
      isDone: after === null,
      examined: before.examined + examined,
      readUnits: before.readUnits + readUnits,
    };
    for (const [peerId, figuresOf] of peers) this.peers.add(peerId, figuresOf);
    if (others !== undefined) this.peers.addOthers(others);
    return true;
  }

  /** The journal with one line for each segment that has begun. */
  #sums(): string {
    const header: z.output<typeof begun> = { replay: this.#replay, segments: this.#segments.length };
    const begunOnes = [...this.#segments.entries()].filter(
      ([_, { after, isDone }]) => isDone || after !== undefined,
    );
    const lines = begunOnes.map(([segment, { after = null, examined, readUnits }], index): PageDone => {
      const isFirst = index === 0;
      return {
        ...{ segment, after, examined, readUnits },
        peers: isFirst ? [...this.peers.byPeer] : [],
        ...(isFirst && { others: this.peers.others }),
      };
    });
    return [header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');
  }
}

function noState(file: string): ToolError {
  return new ToolError(`${file} is not the state of a replay; delete it, or use --state`);
}

/** @throws ToolError where a state is of another replay */
function requireSame(file: string, other: ReplayRequest, replay: ReplayRequest): void {
  if (isDeepStrictEqual(other, replay)) return;
  throw new ToolError(
    `${file} is of the unfinished replay of ${inWords(other)}, in ${other.place}:` +
      ' finish that one, delete the file, or name another one with --state',
  );
}

/** Whose messages a replay counts, and of which days. */
export function inWords({ peerId, from, to }: Pick<ReplayRequest, 'peerId' | 'from' | 'to'>): string {
  const start = from === undefined ? '' : ` from ${from}`;
  const end = to === undefined ? '' : ` to ${to}`;
  return `${peerId ?? 'all peers'}${start}${end}`;
}
