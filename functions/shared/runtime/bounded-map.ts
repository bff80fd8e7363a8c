/**
 * A map of `capacity` entries at most. It forgets those that were not asked for lately: of the entries that were asked
 * for or set last, at least half as many as it may hold are there.
 *
 * Entries are of two generations. Where the younger one has grown to half of the capacity, the older one goes: that an
 * entry is asked for costs no change of the younger one, which is where those are that are asked for most.
 */
export class BoundedMap<Key, Value> {
  readonly #mostYoung: number;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();

  constructor(capacity: number) {
    this.#mostYoung = Math.max(1, Math.floor(capacity / 2));
  }

  /** How many entries there are. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: Key): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  delete(key: Key): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  set(key: Key, value: Value): void {
    if (this.#young.size >= this.#mostYoung && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#old.delete(key);
    this.#young.set(key, value);
  }
}
