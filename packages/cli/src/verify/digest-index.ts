import type { Digest } from '../../../../functions/shared/domain/digest.ts';

type Words = readonly [number, number, number, number];

const WORDS = 4;
const WORD_DIGITS = 8;
const FIRST_PLACES = 1_024;
/** So much of the table is taken when it grows. */
const FULL = 0.75;

/** Numbers by digests: 20 bytes for each place of a table, of which three quarters are taken when it grows. */
export class DigestIndex {
  /** Four words for each place, which together are a digest. */
  #digests = new Uint32Array(WORDS * FIRST_PLACES);
  /** The number of each place, and one more: 0 is a place that is free. */
  #numbers = new Uint32Array(FIRST_PLACES);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The number of a digest, or nothing where it is not there. */
  get(digest: Digest): number | undefined {
    const number = this.#numbers[this.#placeOf(wordsOf(digest))] ?? 0;
    return number === 0 ? undefined : number - 1;
  }

  /** Adds a digest that is not there. @param number a whole number from 0 on, below 2^32 - 1 */
  add(digest: Digest, number: number): void {
    if (this.#size >= this.#numbers.length * FULL) this.#grow();
    this.#put(wordsOf(digest), number + 1);
    this.#size += 1;
  }

  /** The digests of some numbers, in no order. */
  *entriesOf(isWanted: (number: number) => boolean): Generator<[Digest, number]> {
    for (const [place, stored] of this.#numbers.entries()) {
      if (stored !== 0 && isWanted(stored - 1)) yield [digestOf(this.#wordsAt(place)), stored - 1];
    }
  }

  #put(words: Words, stored: number): void {
    const place = this.#placeOf(words);
    this.#digests.set(words, WORDS * place);
    this.#numbers[place] = stored;
  }

  /** Where a digest is, or would be. Digests are keyed hashes: their first bytes are as good as any hash of them. */
  #placeOf(words: Words): number {
    const places = this.#numbers.length;
    let place = words[0] % places;
    while (this.#numbers[place] !== 0 && !this.#isAt(place, words)) place = (place + 1) % places;
    return place;
  }

  #isAt(place: number, words: Words): boolean {
    const start = WORDS * place;
    return words.every((word, index) => this.#digests[start + index] === word);
  }

  #wordsAt(place: number): Uint32Array {
    return this.#digests.subarray(WORDS * place, WORDS * (place + 1));
  }

  #grow(): void {
    const [digests, numbers] = [this.#digests, this.#numbers];
    this.#digests = new Uint32Array(2 * digests.length);
    this.#numbers = new Uint32Array(2 * numbers.length);
    for (const [place, stored] of numbers.entries()) {
      if (stored === 0) continue;
      const [a = 0, b = 0, c = 0, d = 0] = digests.subarray(WORDS * place, WORDS * (place + 1));
      this.#put([a, b, c, d], stored);
    }
  }
}

function wordsOf(digest: Digest): Words {
  const word = (index: number) =>
    Number.parseInt(digest.slice(index * WORD_DIGITS, (index + 1) * WORD_DIGITS), 16);
  return [word(0), word(1), word(2), word(3)];
}

function digestOf(words: Uint32Array): Digest {
  return [...words].map((word) => word.toString(16).padStart(WORD_DIGITS, '0')).join('');
}
