import type { Fingerprint } from './dedupe-window.ts';

/**
 * The sum, modulo 2^128, of the keyed hashes of messages, in 32 hexadecimal digits; of one message it is its hash. It
 * does not depend on their order, and that of some days is the sum of the days'. Where nobody can tell it, there is none:
 * a sum is known only where each of its parts is.
 */
export type Digest = string;

/** The digest of no messages. */
export const EMPTY_DIGEST: Digest = '0'.repeat(32);

const BITS = 128;
const DIGITS = BITS / 4;
/** So many of its last digits are the fingerprint of a message: its fingerprints add up to the end of a digest. */
const FINGERPRINT_DIGITS = 16;

/** The fingerprint of the message that a digest is of. */
export function fingerprintIn(digest: Digest): Fingerprint {
  return digest.slice(-FINGERPRINT_DIGITS);
}

/** What fingerprints have to add up to, modulo 2^64, where a digest is that of their messages. */
export function sumOfFingerprintsIn(digest: Digest): bigint {
  return BigInt(`0x${fingerprintIn(digest)}`);
}

/** The digest of everything that some digests are of; nothing where one of them is not known. */
export function sumOfDigests(digests: readonly (Digest | undefined)[]): Digest | undefined {
  let sum = 0n;
  for (const digest of digests) {
    if (digest === undefined) return undefined;
    sum += numberOf(digest);
  }
  return digestOf(sum);
}

/** What is left of a digest without the messages of another one; nothing where one of them is not known. */
export function withoutDigest(digest: Digest | undefined, other: Digest | undefined): Digest | undefined {
  if (digest === undefined || other === undefined) return undefined;
  return digestOf(numberOf(digest) - numberOf(other));
}

/** Adds digests of messages up, one by one. */
export class DigestSum {
  #sum = 0n;

  add(digest: Digest): void {
    this.#sum += numberOf(digest);
  }

  /** That of all messages that were added. */
  get digest(): Digest {
    return digestOf(this.#sum);
  }
}

function numberOf(digest: Digest): bigint {
  return BigInt(`0x${digest}`);
}

function digestOf(number: bigint): Digest {
  return BigInt.asUintN(BITS, number).toString(16).padStart(DIGITS, '0');
}
