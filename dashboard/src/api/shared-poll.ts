import { type QueryClient, replaceEqualDeep } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { type ChannelStats, channelStatsAnswer } from '../../../functions/shared/domain/channel-stats.ts';
import type { EpochMillis } from '../../../functions/shared/domain/utc-day.ts';
import type { OtherPages } from './other-pages.ts';

/** How old figures become that somebody looks at, while something happens. */
const LIVELY_MS = 2_500;
/** How old they become when nothing happened for a while. With what is added below, it is less than ten seconds. */
const QUIET_MS = 7_500;
const QUIET_AFTER_MS = 60_000;
/** How much longer a page waits that did not ask last: long enough for the answer that another one gets. */
const LET_OTHERS_ASK_MS = 1_500;
const SPREAD_MS = 500;
/** For figures that are due already: they are being asked for, or will be in a moment. */
const SHORTEST_MS = 250;

/** What the query keys of all-time figures begin with. */
const ALL_TIME = 'all-time';

/** The query key of a peer's all-time figures. */
export function allTimeKey(peerId: string) {
  return [ALL_TIME, peerId] as const;
}

/** What pages tell one another: an answer, and when its question was asked. */
const sharedAnswer = z.object({ peerId: z.string(), askedAt: z.number(), answer: channelStatsAnswer });
type SharedAnswer = z.output<typeof sharedAnswer>;

interface HeardAnswer extends SharedAnswer {
  heardAt: EpochMillis;
}

export interface SharedPollParts {
  client: QueryClient;
  clock: () => EpochMillis;
  /** A number from 0 up to 1 that other pages are unlikely to have. */
  spread: number;
  isHidden: () => boolean;
}

/**
 * The question that is asked again and again, for a peer's all-time figures, and its pace. Pages of one browser
 * share the answers: whoever asked last asks again, and the others ask only where no answer of it came.
 */
export class SharedPoll {
  readonly #parts: SharedPollParts;
  /** By peer the newest question that this page asked, or has the answer of. */
  readonly #newest = new Map<string, { askedAt: EpochMillis; isOwn: boolean }>();
  /** When figures changed or the reader did something. */
  #livelyAt: EpochMillis = Number.NEGATIVE_INFINITY;
  #pages: OtherPages | undefined;
  /** The newest answer that came while the page was hidden. */
  #kept: HeardAnswer | undefined;

  constructor(parts: SharedPollParts) {
    this.#parts = parts;
  }

  /** Shares answers with other pages, as soon as there is a way. @returns ends that */
  share(opening: Promise<OtherPages | undefined>): () => void {
    let isOver = false;
    opening.then((pages) => {
      if (isOver) pages?.close();
      else this.#pages = pages;
      if (!isOver) pages?.onTold((message) => this.#hear(message));
    });
    return () => {
      isOver = true;
      this.#pages?.close();
      this.#pages = undefined;
    };
  }

  /**
   * Asks for a peer's all-time figures, and tells the other pages the answer.
   *
   * @throws what `question` throws
   */
  async ask(peerId: string, question: () => Promise<ChannelStats>): Promise<ChannelStats> {
    const askedAt = this.#parts.clock();
    this.#newest.set(peerId, { askedAt, isOwn: true });
    const answer = await question();
    this.#compare(peerId, answer);
    this.#pages?.tell({ peerId, askedAt, answer } satisfies SharedAnswer);
    return answer;
  }

  /** In how many milliseconds a peer's figures are to be asked for. @param gotAt when they were got last */
  nextIn(peerId: string, gotAt: EpochMillis): number {
    const isOwn = this.#newest.get(peerId)?.isOwn ?? true;
    const wait =
      (this.isQuiet() ? QUIET_MS : LIVELY_MS) +
      (isOwn ? 0 : LET_OTHERS_ASK_MS) +
      this.#parts.spread * SPREAD_MS;
    // Figures from the future are there when the clock was set back.
    return Math.min(wait, Math.max(SHORTEST_MS, gotAt + wait - this.#parts.clock()));
  }

  /** Whether figures are too old for somebody who turns to the page. @param gotAt when they were got */
  isOld(gotAt: EpochMillis): boolean {
    return this.#parts.clock() - gotAt >= LIVELY_MS;
  }

  /** Whether nothing happened for a while: no figures changed, and the reader did nothing. */
  isQuiet(): boolean {
    return this.#parts.clock() - this.#livelyAt >= QUIET_AFTER_MS;
  }

  /** The reader does something: figures that were asked for less often are asked for at once. */
  readerActs(): void {
    const wasQuiet = this.isQuiet();
    this.#livelyAt = this.#parts.clock();
    if (!wasQuiet) return;
    // Where the service wants to be left alone for a while, or is being asked, this changes nothing.
    this.#parts.client.refetchQueries({ queryKey: [ALL_TIME], type: 'active' }, { cancelRefetch: false });
  }

  /** The page can be seen again: it takes what other pages got meanwhile. */
  isSeen(): void {
    this.#livelyAt = this.#parts.clock();
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept !== undefined) this.#take(kept);
  }

  /** A page of another version may tell what this one does not understand: then this one asks by itself. */
  #hear(message: unknown): void {
    const { success, data } = z.safeParse(sharedAnswer, message);
    if (!success) return;
    const heard = { ...data, heardAt: this.#parts.clock() };
    // New figures make the page ask for more, which can wait until somebody looks.
    if (!this.#parts.isHidden()) this.#take(heard);
    else if (this.#isNews(heard) && !isOlder(heard, this.#kept)) this.#kept = heard;
  }

  #isNews({ peerId, askedAt }: SharedAnswer): boolean {
    const query = this.#parts.client.getQueryCache().find({ queryKey: allTimeKey(peerId), exact: true });
    const newest = this.#newest.get(peerId);
    return query?.isActive() === true && (newest === undefined || askedAt > newest.askedAt);
  }

  #take(heard: HeardAnswer): void {
    if (!this.#isNews(heard)) return;
    const { peerId, askedAt, heardAt, answer } = heard;
    const { client } = this.#parts;
    const queryKey = allTimeKey(peerId);
    this.#newest.set(peerId, { askedAt, isOwn: false });
    this.#compare(peerId, answer);
    // The page's own question is older: its answer must not come after this one. Where it failed, that is over.
    client.cancelQueries({ queryKey, exact: true });
    client.setQueryData(queryKey, answer, { updatedAt: heardAt });
  }

  /** Remembers when figures changed. */
  #compare(peerId: string, answer: ChannelStats): void {
    const before = this.#parts.client.getQueryData(allTimeKey(peerId));
    if (before === undefined || replaceEqualDeep(before, answer) !== before) {
      this.#livelyAt = this.#parts.clock();
    }
  }
}

function isOlder(heard: SharedAnswer, kept: SharedAnswer | undefined): boolean {
  return kept !== undefined && kept.peerId === heard.peerId && heard.askedAt < kept.askedAt;
}
