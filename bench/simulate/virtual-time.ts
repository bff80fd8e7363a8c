import { setImmediate as macrotask } from 'node:timers/promises';

/** Time that passes only where everybody waits: whatever is to happen next happens at once. */
export class VirtualTime {
  readonly #waiting: { at: number; order: number; resolve: () => void }[] = [];
  #now = 0;
  #order = 0;

  /** In milliseconds since it began. */
  get now(): number {
    return this.#now;
  }

  pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#order += 1;
      this.#push({ at: this.#now + Math.max(0, milliseconds), order: this.#order, resolve });
    });
  }

  /** Lets time pass until nobody waits, or up to an instant. */
  async run(untilMs: number): Promise<void> {
    for (;;) {
      // Lets everybody go on up to their next pause.
      await macrotask();
      const [next] = this.#waiting;
      if (next === undefined || next.at > untilMs) return;
      this.#now = next.at;
      this.#shift();
      next.resolve();
    }
  }

  #push(entry: { at: number; order: number; resolve: () => void }): void {
    const heap = this.#waiting;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #shift(): void {
    const heap = this.#waiting;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let index = 0; ; ) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      const least = right < heap.length && this.#isBefore(right, left) ? right : left;
      if (least >= heap.length || !this.#isBefore(least, index)) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#waiting[one], this.#waiting[other]];
    if (a === undefined || b === undefined) return false;
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#waiting[one], this.#waiting[other]];
    if (a === undefined || b === undefined) return;
    [this.#waiting[one], this.#waiting[other]] = [b, a];
  }
}
