import { describe, expect, test } from 'vitest';
import { readView, type View, viewOf, writeView } from '../../dashboard/src/state/view.ts';

/** What is shown where the address says nothing of it. */
const USUAL: View = {
  range: 'all',
  interval: 'day',
  narrowing: {},
  showsDisabled: false,
  sort: 'attention',
  search: '',
};

describe('a view in the address', () => {
  test.each<[search: string, view: Partial<View>]>([
    ['', { range: 'all', interval: 'day' }],
    ['?peer=peer_123', { peerId: 'peer_123', range: 'all', interval: 'day' }],
    ['?peer=peer_123&range=last-7-days', { peerId: 'peer_123', range: 'last-7-days', interval: 'day' }],
    ['?range=last-month&interval=week', { range: 'last-month', interval: 'week' }],
    [
      '?peer=a%2Fb+%26c&from=2026-11-01&to=2026-11-15&interval=month',
      { peerId: 'a/b &c', range: { from: '2026-11-01', to: '2026-11-15' }, interval: 'month' },
    ],
    ['?peer=a&channel=integration_7', { peerId: 'a', narrowing: { channelId: 'integration_7' } }],
    [
      '?peer=a&range=last-7-days&channel=x%26y&day=2026-11-24',
      {
        peerId: 'a',
        range: 'last-7-days',
        narrowing: { channelId: 'x&y', days: { from: '2026-11-24', to: '2026-11-24' } },
      },
    ],
    [
      '?peer=a&day=2026-11-23_2026-11-29',
      { peerId: 'a', narrowing: { days: { from: '2026-11-23', to: '2026-11-29' } } },
    ],
    ['?peer=a&with=b&show=disabled', { peerId: 'a', withPeerId: 'b', showsDisabled: true }],
    ['?from=2026-11-01&to=2026-11-01', { range: { from: '2026-11-01', to: '2026-11-01' }, interval: 'day' }],
  ])('%s is read, and written as it was', (search, view) => {
    const whole = { ...USUAL, ...view };
    expect(readView(search)).toEqual({ view: whole, problems: [] });
    expect(writeView(whole)).toBe(search);
  });

  test('what is shown anyway is read, and not written', () => {
    const { view } = readView('?peer=&range=all&interval=day&channel=&with=&else=1');
    expect(view).toEqual(USUAL);
    expect(writeView(view)).toBe('');
  });

  const NO_DAY = 'The day in the address is none. The whole range is shown.';
  const NO_RANGE = 'The days in the address are not a range from one day to a later one. All time is shown.';

  test.each<[search: string, problems: string[]]>([
    ['?from=2026-11-15&to=2026-11-01', [NO_RANGE]],
    ['?from=2026-02-30&to=2026-11-01', [NO_RANGE]],
    ['?from=2026-11-01', [NO_RANGE]],
    ['?to=2026-11-01&range=last-7-days', [NO_RANGE]],
    ['?range=yesterday', ['The range in the address is not known. All time is shown.']],
    ['?day=2026-02-30', [NO_DAY]],
    ['?day=2026-11-24_2026-11-23', [NO_DAY]],
    ['?day=2026-11-01_2026-11-02_2026-11-03', [NO_DAY]],
    ['?with=b', ['The address names a peer to compare with, and none to compare with it.']],
    ['?show=all', ['What the address wants shown is not known. Enabled channels are shown.']],
    ['?interval=hour', ['The interval in the address is not known. Days are shown.']],
    [
      '?range=constructor&interval=',
      [
        'The range in the address is not known. All time is shown.',
        'The interval in the address is not known. Days are shown.',
      ],
    ],
  ])('%s is told to be wrong, and shows what is shown without it', (search, problems) => {
    expect(readView(search)).toEqual({ view: USUAL, problems });
  });

  test('a peer is not compared with itself', () => {
    expect(readView('?peer=a&with=a')).toEqual({
      view: { ...USUAL, peerId: 'a' },
      problems: ['The address compares a peer with itself. It is shown once.'],
    });
  });

  test('another peer has the same range, and none of the channels that were narrowed to', () => {
    const { view } = readView('?peer=a&range=last-7-days&channel=x&day=2026-11-24&with=b');
    expect(writeView(viewOf('c', view))).toBe('?peer=c&range=last-7-days&with=b');
    expect(writeView(viewOf('b', view))).toBe('?peer=b&range=last-7-days');
  });
});
