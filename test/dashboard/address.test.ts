import { describe, expect, test } from 'vitest';
import { readView, type View, writeView } from '../../dashboard/src/state/view.ts';

describe('a view in the address', () => {
  test.each<[search: string, view: View]>([
    ['', { range: 'all', interval: 'day' }],
    ['?peer=peer_123', { peerId: 'peer_123', range: 'all', interval: 'day' }],
    ['?peer=peer_123&range=last-7-days', { peerId: 'peer_123', range: 'last-7-days', interval: 'day' }],
    ['?range=last-month&interval=week', { range: 'last-month', interval: 'week' }],
    [
      '?peer=a%2Fb+%26c&from=2026-11-01&to=2026-11-15&interval=month',
      { peerId: 'a/b &c', range: { from: '2026-11-01', to: '2026-11-15' }, interval: 'month' },
    ],
    ['?from=2026-11-01&to=2026-11-01', { range: { from: '2026-11-01', to: '2026-11-01' }, interval: 'day' }],
  ])('%s is read, and written as it was', (search, view) => {
    expect(readView(search)).toEqual({ view, problems: [] });
    expect(writeView(view)).toBe(search);
  });

  test('what is shown anyway is read, and not written', () => {
    const { view } = readView('?peer=&range=all&interval=day&else=1');
    expect(view).toEqual({ range: 'all', interval: 'day' });
    expect(writeView(view)).toBe('');
  });

  const NO_RANGE = 'The days in the address are not a range from one day to a later one. All time is shown.';

  test.each<[search: string, problems: string[]]>([
    ['?from=2026-11-15&to=2026-11-01', [NO_RANGE]],
    ['?from=2026-02-30&to=2026-11-01', [NO_RANGE]],
    ['?from=2026-11-01', [NO_RANGE]],
    ['?to=2026-11-01&range=last-7-days', [NO_RANGE]],
    ['?range=yesterday', ['The range in the address is not known. All time is shown.']],
    ['?interval=hour', ['The interval in the address is not known. Days are shown.']],
    [
      '?range=constructor&interval=',
      [
        'The range in the address is not known. All time is shown.',
        'The interval in the address is not known. Days are shown.',
      ],
    ],
  ])('%s is told to be wrong, and shows what is shown without it', (search, problems) => {
    expect(readView(search)).toEqual({ view: { range: 'all', interval: 'day' }, problems });
  });
});
