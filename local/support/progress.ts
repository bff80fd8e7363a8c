import { Presets, SingleBar } from 'cli-progress';

/** Shows a person how far work on many messages is. */
export interface Progress {
  /** @param done how many messages are done by now; it may be more than there were said to be */
  update(done: number): void;
  /** Says what it still waits for, where it seems to be at its end. */
  note(text: string): void;
  end(): void;
}

/**
 * Shows progress: as a bar on a terminal, in lines elsewhere.
 *
 * @param title what is being done, such as `Replaying`
 * @param total how many messages there are to be done; there may be more
 * @param say tells the person something where there is no terminal
 * @param noun what there are, where it is not messages
 */
export function showProgress(
  title: string,
  total: number,
  terminal: NodeJS.WriteStream | undefined,
  say: (text: string) => void,
  noun = 'messages',
): Progress {
  return terminal === undefined
    ? new ProgressLines(title, total, say, noun)
    : new ProgressBar(title, total, terminal, noun);
}

class ProgressBar implements Progress {
  readonly #bar: SingleBar;
  readonly #total: number;

  constructor(title: string, total: number, stream: NodeJS.WriteStream, noun: string) {
    this.#total = total;
    this.#bar = new SingleBar(
      { format: `${title} {bar} {value} of {total} ${noun} {note}`, stream },
      Presets.shades_classic,
    );
    this.#bar.start(total, 0, { note: '' });
  }

  update(done: number): void {
    this.#bar.setTotal(Math.max(this.#total, done));
    this.#bar.update(done);
  }

  note(text: string): void {
    this.#bar.update({ note: text });
  }

  end(): void {
    this.#bar.stop();
  }
}

/** A line at the first look, and then one for every quarter. */
class ProgressLines implements Progress {
  readonly #title: string;
  readonly #total: number;
  readonly #say: (text: string) => void;
  readonly #noun: string;
  #quartersShown = -1;

  constructor(title: string, total: number, say: (text: string) => void, noun: string) {
    this.#title = title;
    this.#total = total;
    this.#say = say;
    this.#noun = noun;
  }

  update(done: number): void {
    const total = Math.max(this.#total, done);
    const quarters = total === 0 ? 0 : Math.floor((4 * done) / total);
    if (quarters > this.#quartersShown) {
      const percent = total === 0 ? 0 : Math.floor((100 * done) / total);
      this.#say(`${this.#title}: ${done} of ${total} ${this.#noun} (${percent} %)\n`);
    }
    this.#quartersShown = quarters;
  }

  note(): void {}

  end(): void {}
}
