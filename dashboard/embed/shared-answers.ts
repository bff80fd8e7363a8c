import { type FollowOptions, followAnswers } from './follow-answers.ts';

export interface SharedAnswersParts<Outcome extends object>
  extends Pick<FollowOptions<Outcome>, 'pause' | 'random' | 'refreshMs'> {
  ask: (url: URL, signal: AbortSignal) => Promise<Outcome>;
  /** Milliseconds since any one moment. */
  clock: () => number;
}

/** What is known of an address. */
interface Followed<Outcome> {
  /** Those that can be seen; where there are none, nobody asks. */
  shows: Set<(outcome: Outcome) => void>;
  askedAt: number;
  last: Outcome | undefined;
  end: AbortController;
}

/** Follows answers for all elements of a page: those with the same address share one question. */
export class SharedAnswers<Outcome extends object> {
  readonly #parts: SharedAnswersParts<Outcome>;
  readonly #followed = new Map<string, Followed<Outcome>>();

  constructor(parts: SharedAnswersParts<Outcome>) {
    this.#parts = parts;
  }

  /**
   * Shows what comes of asking an address: at once what others know of it, and from then on each new outcome.
   *
   * @returns ends that
   */
  follow(url: URL, show: (outcome: Outcome) => void): () => void {
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

  #begin(url: URL, followed: Followed<Outcome>): void {
    const { ask, pause, random, refreshMs, clock } = this.#parts;
    followed.end = new AbortController();
    followAnswers(
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
        refreshMs,
        firstAfter: Math.max(0, followed.askedAt + refreshMs - clock()),
      },
      followed.end.signal,
    );
  }

  /** What is known of an address. What nobody sees is forgotten when it is old. */
  #at(address: string): Followed<Outcome> {
    for (const [other, known] of this.#followed) {
      if (known.shows.size === 0 && !this.#isFresh(known)) this.#followed.delete(other);
    }
    const known = this.#followed.get(address);
    if (known !== undefined) return known;
    const followed: Followed<Outcome> = {
      shows: new Set(),
      askedAt: Number.NEGATIVE_INFINITY,
      last: undefined,
      end: new AbortController(),
    };
    this.#followed.set(address, followed);
    return followed;
  }

  #isFresh({ askedAt }: Followed<Outcome>): boolean {
    return this.#parts.clock() - askedAt < this.#parts.refreshMs;
  }
}
