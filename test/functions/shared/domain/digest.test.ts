import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  EMPTY_DIGEST,
  fingerprintIn,
  sumOfDigests,
  sumOfFingerprintsIn,
  withoutDigest,
} from '../../../../functions/shared/domain/digest.ts';

const digests = fc.stringMatching(/^[0-9a-f]{32}$/);
const LARGEST = 'f'.repeat(32);
const ONE = '1'.padStart(32, '0');

test('a sum goes round at 2^128, and taking away undoes it', () => {
  expect(sumOfDigests([LARGEST, ONE])).toBe(EMPTY_DIGEST);
  expect(withoutDigest(EMPTY_DIGEST, ONE)).toBe(LARGEST);
  fc.assert(
    fc.property(digests, digests, (one, other) => {
      expect(withoutDigest(sumOfDigests([one, other]), other)).toBe(one);
    }),
  );
});

test('neither the order of messages nor how they are divided makes a difference', () => {
  fc.assert(
    fc.property(fc.array(digests), fc.nat(), (all, at) => {
      const parts = [sumOfDigests(all.slice(0, at)), sumOfDigests(all.slice(at))];
      expect(sumOfDigests(parts)).toBe(sumOfDigests(all.toReversed()));
    }),
  );
  expect(sumOfDigests([])).toBe(EMPTY_DIGEST);
});

test('one message lost and another one doubled is another digest', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((digit) => digit.repeat(32));
  expect(sumOfDigests([a, b, b])).not.toBe(sumOfDigests([a, b, c]));
});

test('a sum is known only where each of its parts is', () => {
  expect(sumOfDigests([ONE, undefined])).toBeUndefined();
  expect(withoutDigest(ONE, undefined)).toBeUndefined();
  expect(withoutDigest(undefined, ONE)).toBeUndefined();
});

test('the fingerprints of messages add up to the end of their digest', () => {
  fc.assert(
    fc.property(fc.array(digests, { minLength: 1 }), (all) => {
      const fingerprints = all.map((digest) => BigInt(`0x${fingerprintIn(digest)}`));
      const sum = BigInt.asUintN(
        64,
        fingerprints.reduce((one, other) => one + other),
      );
      expect(sumOfFingerprintsIn(sumOfDigests(all) ?? '')).toBe(sum);
    }),
  );
});
