/** Lets things that share a name happen one after the other, in the order in which they were asked for. */
export class OneAtATime {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Does something once everything before it of that name has ended, well or not. */
  async run<Result>(name: string, action: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(name);
    const own = (async () => {
      // What it came to is for whoever asked for it.
      await before?.catch(() => undefined);
      return action();
    })();
    this.#last.set(name, own);
    try {
      return await own;
    } finally {
      if (this.#last.get(name) === own) this.#last.delete(name);
    }
  }
}
