import type { Fingerprint } from '../dedupe-window.ts';

const FIRST_CAPACITY = 8;

/** Many fingerprints in eight bytes each: a counter may hold a million. */
export class DistinctFingerprints {
  #all = new BigUint64Array(FIRST_CAPACITY);
  #length = 0;
  #isDistinct = true;

  add(fingerprints: readonly Fingerprint[]): void {
    for (const fingerprint of fingerprints) this.#push(BigInt(`0x${fingerprint}`));
    if (fingerprints.length > 0) this.#isDistinct = false;
  }

  /** How many different ones there are. */
  get count(): number {
    this.#settle();
    return this.#length;
  }

  /** Their sum, modulo 2^64. */
  get sum(): bigint {
    this.#settle();
    return BigInt.asUintN(
      64,
      this.#all.subarray(0, this.#length).reduce((sum, one) => sum + one, 0n),
    );
  }

  /** How many of them are among others. */
  countAmong(others: DistinctFingerprints): number {
    this.#settle();
    others.#settle();
    let [found, other] = [0, 0];
    for (const value of this.#all.subarray(0, this.#length)) {
      while (other < others.#length && (others.#all[other] ?? value) < value) other += 1;
      if (other < others.#length && others.#all[other] === value) found += 1;
    }
    return found;
  }

  #push(value: bigint): void {
    if (this.#length === this.#all.length) {
      // Those that came twice may leave room.
      this.#settle();
      const larger = new BigUint64Array(2 * Math.max(this.#length, FIRST_CAPACITY));
      larger.set(this.#all.subarray(0, this.#length));
      this.#all = larger;
    }
    this.#all[this.#length] = value;
    this.#length += 1;
    this.#isDistinct = false;
  }

  /** Leaves each once, in order. */
  #settle(): void {
    if (this.#isDistinct) return;
    const inOrder = this.#all.subarray(0, this.#length).sort();
    let kept = 0;
    for (const [index, value] of inOrder.entries()) {
      if (index > 0 && value === inOrder[kept - 1]) continue;
      inOrder[kept] = value;
      kept += 1;
    }
    this.#length = kept;
    this.#isDistinct = true;
  }
}
