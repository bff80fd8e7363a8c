import type { Outcome } from './ask-for-usage.ts';
import { type FollowOptions, followUsage, REFRESH_MS } from './follow-usage.ts';

export interface SharedUsageParts extends Pick<FollowOptions, 'pause' | 'random'> {
  ask: (url: URL, signal: AbortSignal) => Promise<Outcome>;
  /** Milliseconds since any one moment. */
  clock: () => number;
}

type Show = (outcome: Outcome) => void;

/** What is known of an address. */
interface Followed {
  /** Those that can be seen; where there are none, nobody asks. */
  shows: Set<Show>;
  askedAt: number;
  last: Outcome | undefined;
  end: AbortController;
}

/** Follows figures for all elements of a page: those with the same address share one question. */
export class SharedUsage {
  readonly #parts: SharedUsageParts;
  readonly #followed = new Map<string, Followed>();

  constructor(parts: SharedUsageParts) {
    this.#parts = parts;
  }

  /**
   * Shows what comes of asking an address: at once what others know of it, and from then on each new outcome.
   *
   * @returns ends that
   */
  follow(url: URL, show: Show): () => void {
    const followed = this.#at(url.href);
    const { shows, last } = followed;
    if (last !== undefined) show(last);
    shows.add(show);
    if (shows.size === 1) this.#begin(url, followed);
    return () => {
      shows.delete(show);
      if (shows.size === 0) followed.end.abort();
    };
  }

  #begin(url: URL, followed: Followed): void {
    const { ask, pause, random, clock } = this.#parts;
    followed.end = new AbortController();
    followUsage(
      {
        ask: (signal) => {
          followed.askedAt = clock();
          return ask(url, signal);
        },
        show: (outcome) => {
          followed.last = outcome;
          for (const show of followed.shows) show(outcome);
        },
        pause,
        random,
        firstAfter: Math.max(0, followed.askedAt + REFRESH_MS - clock()),
      },
      followed.end.signal,
    );
  }

  /** What is known of an address. What nobody sees is forgotten when it is old. */
  #at(address: string): Followed {
    for (const [other, known] of this.#followed) {
      if (known.shows.size === 0 && !this.#isFresh(known)) this.#followed.delete(other);
    }
    const known = this.#followed.get(address);
    if (known !== undefined) return known;
    const followed: Followed = {
      shows: new Set(),
      askedAt: Number.NEGATIVE_INFINITY,
      last: undefined,
      end: new AbortController(),
    };
    this.#followed.set(address, followed);
    return followed;
  }

  #isFresh({ askedAt }: Followed): boolean {
    return this.#parts.clock() - askedAt < REFRESH_MS;
  }
}
