import { expect, test } from 'vitest';
import { DistinctFingerprints } from '../../../../../functions/shared/domain/audit/distinct-fingerprints.ts';

function hex(number: number): string {
  return number.toString(16).padStart(16, '0');
}

test('each fingerprint counts once, however often and in whatever order it comes', () => {
  const found = new DistinctFingerprints();
  found.add([hex(7), hex(1), hex(7)]);
  expect(found.count).toBe(2);
  found.add(Array.from({ length: 3_000 }, (_, index) => hex((index * 7_919) % 1_000)));
  found.add(['ffffffffffffffff']);
  expect(found.count).toBe(1_001);
});

test('tells how many are among others', () => {
  const [one, other] = [new DistinctFingerprints(), new DistinctFingerprints()];
  expect(one.countAmong(other)).toBe(0);
  one.add([hex(1), hex(5), hex(9), hex(9)]);
  other.add([hex(9), hex(2), hex(5), hex(0)]);
  expect(one.countAmong(other)).toBe(2);
  expect(other.countAmong(one)).toBe(2);
});
