import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Packer, Unpacker } from '../../../../../functions/shared/store/items/packed.ts';
import {
  packByNumber,
  packCounts,
  unpackByNumber,
  unpackCounts,
} from '../../../../../functions/shared/store/items/packed-counts.ts';

describe('packed integers', () => {
  test('are read in the order in which they were written', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeNat()), (values) => {
        const packer = new Packer();
        for (const value of values) packer.write(value);
        const unpacker = new Unpacker(packer.bytes());
        expect(values.map(() => unpacker.read())).toEqual(values);
        expect(unpacker.isAtEnd).toBe(true);
      }),
    );
  });

  test.each([
    [0, [0]],
    [127, [127]],
    [128, [128, 1]],
    [16_383, [255, 127]],
    [16_384, [128, 128, 1]],
    [Number.MAX_SAFE_INTEGER, [255, 255, 255, 255, 255, 255, 255, 15]],
  ])('of %i take seven bits a byte', (value, bytes) => {
    expect([...new Packer().write(value).bytes()]).toEqual(bytes);
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    'cannot be made of %d, which would be stored as another one',
    (value) => {
      expect(() => new Packer().write(value)).toThrow(
        new RangeError(`${value} cannot be packed: it must be a whole number from 0 on`),
      );
    },
  );

  test('that are cut off, or larger than any that is written, are refused', () => {
    expect(() => new Unpacker(Uint8Array.from([0x80])).read()).toThrow(RangeError);
    expect(() => new Unpacker(new Uint8Array()).read()).toThrow(RangeError);
    expect(() => new Unpacker(Uint8Array.from([...Array.from({ length: 7 }, () => 255), 16])).read()).toThrow(
      RangeError,
    );
  });
});

test('what is packed by number is read by number, in its order', () => {
  const values = new Map([
    [500, { messageCount: 3, conversationCount: 1 }],
    [2, { messageCount: 300, conversationCount: 0 }],
  ]);
  const packer = new Packer();
  packByNumber(values, packer, (counts) => packCounts(counts, packer));
  // How many there are; for each the distance to the number before, and its counts.
  expect([...packer.bytes()]).toEqual([2, 2, 172, 2, 0, 242, 3, 3, 1]);
  const unpacker = new Unpacker(packer.bytes());
  expect(unpackByNumber(unpacker, () => unpackCounts(unpacker))).toEqual(values);
});

test('a number that comes twice is refused', () => {
  const packer = new Packer();
  for (const value of [2, 7, 1, 0, 0, 1, 0]) packer.write(value);
  const unpacker = new Unpacker(packer.bytes());
  expect(() => unpackByNumber(unpacker, () => unpackCounts(unpacker))).toThrow(
    new RangeError('hold 7 twice'),
  );
});
