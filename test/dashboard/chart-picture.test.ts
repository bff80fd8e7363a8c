import { expect, test } from 'vitest';
import {
  inRows,
  nameThatFits,
  type PictureSubject,
  pictureFileName,
  pictureLines,
  shownDays,
} from '../../dashboard/src/features/chart-picture/picture-text.ts';

const SUBJECT: PictureSubject = {
  peerId: 'peer_123',
  metric: 'messages',
  days: { from: '2026-11-01', to: '2026-11-15' },
  today: '2026-11-20',
  only: undefined,
  showsDisabled: false,
};
const ONLY = { channelId: 'integration/9', name: { name: 'Sales' } };
const FIRST_STRONG_ISOLATE = '\u2068';
const POP_DIRECTIONAL_ISOLATE = '\u2069';

const shorterThan = (most: number) => (text: string) => text.length < most;

test('the file is called by what it shows', () => {
  expect(pictureFileName(SUBJECT)).toBe('channel-usage-peer_123-messages-2026-11-01_2026-11-15.png');
  expect(
    pictureFileName({ ...SUBJECT, metric: 'conversations', peerId: 'a b/ü', days: undefined, only: ONLY }),
  ).toBe('channel-usage-a_b_ü-conversations-integration_9-all-time.png');
});

test('the days are the chosen ones, or of all time those of the bars up to today', () => {
  const bar = { values: [], total: 0 };
  const bars = [
    { ...bar, start: '2026-11-09', end: '2026-11-15' },
    { ...bar, start: '2026-11-16', end: '2026-11-22' },
  ];
  const stack = { series: [], bars };
  expect(shownDays(SUBJECT, stack)).toEqual({ from: '2026-11-01', to: '2026-11-15' });
  const allTime = { ...SUBJECT, days: undefined };
  expect(shownDays(allTime, stack)).toEqual({ from: '2026-11-09', to: '2026-11-20' });
  expect(shownDays({ ...allTime, today: '2026-11-30' }, stack)).toEqual({
    from: '2026-11-09',
    to: '2026-11-22',
  });
});

test('the lines say whose figures, of which days, and what is left out', () => {
  const lines = (change: Partial<PictureSubject>) =>
    pictureLines({ ...SUBJECT, ...change }, 'day', 'Nov 1 – 15, 2026', shorterThan(100));
  const always = ['peer_123', 'Nov 1 – 15, 2026, by day, in UTC'];
  expect(lines({})).toEqual(always);
  expect(lines({ showsDisabled: true })).toEqual([...always, 'With disabled channels']);
  expect(lines({ only: ONLY, showsDisabled: true })).toEqual([...always, 'Only Sales']);
});

test('a name is cut where it has no room, between letters as people see them', () => {
  expect(nameThatFits({ name: 'WhatsApp' }, shorterThan(9))).toBe('WhatsApp');
  expect(nameThatFits({ name: 'WhatsApp' }, shorterThan(6))).toBe('What…');
  expect(nameThatFits({ name: '👩‍👩‍👧'.repeat(3) }, shorterThan(12))).toBe('👩‍👩‍👧…');
  expect(nameThatFits({ name: 'WhatsApp', channelId: 'integration_1' }, shorterThan(14))).toBe(
    'What… (inte…)',
  );
  expect(nameThatFits({ name: 'WhatsApp' }, () => false)).toBe('W…');
});

test('a name that is read from right to left is isolated, also where it is cut', () => {
  expect(nameThatFits({ name: 'תמיכה בעברית' }, shorterThan(9))).toBe(
    `${FIRST_STRONG_ISOLATE}תמיכה…${POP_DIRECTIONAL_ISOLATE}`,
  );
});

test('entries follow one another, in a new row where one has no more room', () => {
  expect(inRows([40, 40, 30, 200, 10], { room: 100, gap: 10 })).toEqual([
    { x: 0, row: 0 },
    { x: 50, row: 0 },
    { x: 0, row: 1 },
    { x: 0, row: 2 },
    { x: 0, row: 3 },
  ]);
  expect(inRows([], { room: 100, gap: 10 })).toEqual([]);
});
