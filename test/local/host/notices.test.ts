import { expect, test } from 'vitest';
import { Notices } from '../../../local/host/notices.ts';

function noticesTold() {
  const told: string[] = [];
  const waiting: { milliseconds: number; callback: () => void }[] = [];
  const notices = new Notices({
    tell: (line) => told.push(line),
    later: (milliseconds, callback) => waiting.push({ milliseconds, callback }),
  });
  return { notices, told, waiting };
}

test('what happens is told at once, and what follows once a minute, with the number', () => {
  const { notices, told, waiting } = noticesTold();
  notices.note('quarantined', 1);
  expect(told).toEqual([
    '1 record cannot be counted, and was quarantined: docs/operations.md#records-quarantined tells what to do',
  ]);
  notices.note('quarantined', 2);
  notices.note('quarantined', 3);
  expect(told).toHaveLength(1);
  expect(waiting.map(({ milliseconds }) => milliseconds)).toEqual([60_000]);
  waiting.shift()?.callback();
  expect(told.slice(1)).toEqual([
    '5 records cannot be counted, and were quarantined: docs/operations.md#records-quarantined tells what to do',
  ]);
  waiting.shift()?.callback();
  expect(told).toHaveLength(2);
  expect(waiting).toEqual([]);
  notices.note('quarantined', 1);
  expect(told).toHaveLength(3);
});

test('one kind does not keep another one back, and nothing is said of nothing', () => {
  const { notices, told } = noticesTold();
  notices.note('givenUp', 12);
  notices.note('fedBack', 0);
  notices.note('fedBack', 1);
  expect(told).toEqual([
    '12 records could not be counted for too long, and were given up: they are fed back as soon as counting works again',
    '1 batch of records that had been given up was fed back',
  ]);
});
