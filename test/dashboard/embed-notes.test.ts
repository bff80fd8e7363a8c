import { expect, test } from 'vitest';
import { emptyNote, problemNote, rangeText, staleNote } from '../../dashboard/embed/card-notes.ts';

const ALL_TIME = { peer: 'peer_123', src: '/usage', tokenSrc: null, from: null, to: null };

test('each problem has a note of its own', () => {
  expect((['not-allowed', 'unreachable', 'unexpected-answer'] as const).map(problemNote)).toEqual([
    'You may not see these figures.',
    'The figures cannot be reached. Trying again.',
    'The address in src does not answer with figures. Trying again.',
  ]);
});

test('figures that are not the newest say so', () => {
  expect((['unreachable', 'unexpected-answer'] as const).map(staleNote)).toEqual([
    'Not up to date: the figures cannot be reached. Trying again.',
    'Not up to date: the address in src does not answer with figures. Trying again.',
  ]);
});

test.each([
  [{}, '', 'No messages yet.'],
  [{ from: '', to: '' }, '', 'No messages yet.'],
  [
    { from: '2026-11-01', to: '2026-11-15' },
    '2026-11-01 to 2026-11-15 (UTC). Conversations are those that started then.',
    'No messages in these days.',
  ],
  [
    { from: '2026-11-01' },
    'Since 2026-11-01 (UTC). Conversations are those that started then.',
    'No messages in these days.',
  ],
  [
    { to: '2026-11-15' },
    'Up to 2026-11-15 (UTC). Conversations are those that started then.',
    'No messages in these days.',
  ],
])('the days of the figures are told: %o', (range, text, empty) => {
  const attributes = { ...ALL_TIME, ...range };
  expect([rangeText(attributes), emptyNote(attributes)]).toEqual([text, empty]);
});
