import { expect, test } from 'vitest';
import { dateFormatsFor } from '../../dashboard/src/date-formats.ts';
import { trustWords } from '../../dashboard/src/features/trust/trust-words.ts';
import { pageFormatsFor } from '../../dashboard/src/page-formats.ts';
import type { Trust } from '../../functions/shared/domain/trust.ts';

const TRUST: Trust = {
  status: 'current',
  countedThrough: '2026-11-27T10:00:05Z',
  lagSeconds: 3,
  firstCountedDay: null,
  sealedThrough: null,
  notCounted: { quarantined: 0, givenUp: 0 },
  channels: [],
  asOf: '2026-11-27T10:00:08Z',
};

function wordsFor(change: Partial<Trust>, today = '2026-11-27') {
  return trustWords({ ...TRUST, ...change }, pageFormatsFor('en-US'), dateFormatsFor('en-GB'), today);
}

test('where counting runs, the page says up to when figures are complete, and nothing else', () => {
  expect(wordsFor({})).toEqual({ upTo: 'Complete up to 10:00:05 UTC' });
});

test('the day is told where it is over', () => {
  expect(wordsFor({}, '2026-11-28').upTo).toBe('Complete up to 27 Nov 2026, 10:00:05 UTC');
});

test.each([
  ['behind', 'Counting is behind'],
  ['stalled', 'Counting has stopped'],
] as const)('where counting is %s, later figures and zeros are not to be trusted', (status, title) => {
  const { upTo, missing } = wordsFor({ status });
  expect([upTo, missing?.severity, missing?.title]).toEqual([
    'Complete up to 10:00:05 UTC',
    'warning',
    title,
  ]);
  expect(missing?.text).toMatch(/^It has been behind since 10:00:05 UTC/);
  expect(missing?.text).toContain('recorded later may be missing');
  expect(missing?.text).toContain('a zero may be one that was not counted yet');
});

test.each(['behind', 'stalled'] as const)(
  'where nothing has passed, and counting is %s, it is not known',
  (status) => {
    const { upTo, missing } = wordsFor({ status, countedThrough: null, lagSeconds: null });
    expect(upTo).toBe('Not known yet up to when figures are complete');
    expect(missing?.title).toBe('Counting has not reported yet');
    expect(missing?.text).toContain('a zero may be one that was not counted yet');
  },
);

test.each([
  [2, 0, '2 messages were quarantined as not countable'],
  [0, 1, '1 message was given up for now, to be counted again'],
  [
    1_200,
    3,
    '1,200 messages were quarantined as not countable and 3 messages were given up for now, to be counted again',
  ],
])('%i messages that were quarantined and %i that were given up are told', (quarantined, givenUp, told) => {
  expect(wordsFor({ status: 'incomplete', notCounted: { quarantined, givenUp } })).toEqual({
    upTo: 'Counted up to 10:00:05 UTC',
    missing: {
      severity: 'info',
      title: 'Some messages are not counted',
      text: `In the last 30 days ${told}.`,
    },
  });
});
