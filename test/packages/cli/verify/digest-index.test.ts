import { expect, it } from 'vitest';
import { DigestIndex } from '../../../../packages/cli/src/verify/digest-index.ts';
import { Random } from '../../../support/random.ts';

it('knows every digest that was added, and no other, also where their first words are the same', () => {
  const random = new Random(5);
  const word = () => random.integer(0, 0xffff_ffff).toString(16).padStart(8, '0');
  const firsts = Array.from({ length: 40 }, word);
  const digest = () => `${random.pick(firsts)}${word()}${word()}${word()}`;
  const index = new DigestIndex();
  const expected = new Map<string, number>();
  for (let added = 0; added < 5_000; added += 1) {
    const one = digest();
    if (expected.has(one)) continue;
    const number = random.integer(0, 9);
    index.add(one, number);
    expected.set(one, number);
  }
  expect(index.size).toBe(expected.size);
  for (const [one, number] of expected) expect(index.get(one)).toBe(number);
  for (let asked = 0; asked < 100; asked += 1) expect(index.get(digest())).toBeUndefined();
  const wanted = [...expected].filter(([, number]) => number < 3);
  expect(new Map(index.entriesOf((number) => number < 3))).toEqual(new Map(wanted));
});
