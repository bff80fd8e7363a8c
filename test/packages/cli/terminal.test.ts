import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChannelStats } from '../../../functions/shared/domain/channel-stats.ts';
import { usageBox } from '../../../packages/cli/src/drawing/usage-box.ts';
import { asked, screenOf } from '../../../packages/cli/src/system-context.ts';
import { bar } from '../../../packages/cli/src/terminal/bar.ts';
import { sparkline } from '../../../packages/cli/src/terminal/sparkline.ts';
import { PLAIN, styleFor } from '../../../packages/cli/src/terminal/style.ts';
import { table } from '../../../packages/cli/src/terminal/table.ts';
import { cut, spread, widthOf, wrap } from '../../../packages/cli/src/terminal/text-width.ts';

/** Whatever a name may hold: letters of all scripts, what combines, emoji, and what does something to a terminal. */
const anyName = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });

describe('a box', () => {
  test('is closed on every line, whatever channels are called and however wide it is', () => {
    const channel = fc.record({
      channelId: anyName,
      channelName: anyName,
      messageCount: fc.nat(10_000_000),
      conversationCount: fc.nat(10_000_000),
      percentage: fc.integer({ min: 0, max: 1_000 }).map((tenths) => tenths / 10),
    });
    const channels = fc.uniqueArray(channel, { selector: ({ channelId }) => channelId, maxLength: 6 });
    fc.assert(
      fc.property(channels, fc.integer({ min: 34, max: 200 }), fc.boolean(), (listed, width, hasColors) => {
        const stats: ChannelStats = { channels: listed, total: { messageCount: 12, conversationCount: 3 } };
        const drawn = usageBox(stats, { peerId: 'peer' }, { width, hasColors });
        const lines = stripVTControlCharacters(drawn).trimEnd().split('\n');
        expect(new Set(lines.map(widthOf))).toEqual(new Set([Math.min(width, 100)]));
        expect(lines.every((line) => /^[┌│├└].*[┐│┤┘]$/u.test(line))).toBe(true);
        // A blank line, the name, the bar and the conversations of each channel.
        expect(lines.length).toBe(listed.length === 0 ? lines.length : 4 + listed.length * 4);
      }),
    );
  });

  test('has the example of the product in it', () => {
    const stats: ChannelStats = {
      channels: [
        {
          channelId: 'a',
          channelName: 'Slack',
          galleryKey: 'slack',
          messageCount: 2_950,
          conversationCount: 890,
        },
        { channelId: 'direct', channelName: 'Direct/Web', messageCount: 290, conversationCount: 45 },
      ].map((channel) => ({ ...channel, percentage: channel.messageCount === 290 ? 9 : 91 })),
      total: { messageCount: 3_240, conversationCount: 935 },
    };
    expect(`\n${usageBox(stats, { peerId: 'peer_hr' }, { width: 47, hasColors: false })}`).toBe(`
┌─────────────────────────────────────────────┐
│ Channel Usage                3,240 messages │
├─────────────────────────────────────────────┤
│                                             │
│ 💬 Slack                      2,950 (91.0%) │
│ ███████████████████████████████████████░░░░ │
│ 890 conversations                           │
│                                             │
│ 💻 Direct/Web                   290  (9.0%) │
│ ████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ │
│ 45 conversations                            │
└─────────────────────────────────────────────┘
`);
  });
});

describe('text', () => {
  test('that is cut, spread or wrapped is never wider than it may be', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.integer({ min: 1, max: 50 }),
        (text, width) => {
          expect(widthOf(cut(text, width))).toBeLessThanOrEqual(width);
          expect(widthOf(spread(text, '12', width + 3))).toBe(width + 3);
          expect(wrap(text, width).every((line) => widthOf(line) <= width)).toBe(true);
        },
      ),
    );
  });

  test.for([
    ['Support desk', 7, 'Suppor…'],
    ['客服微信', 6, '客服…'],
    ['客服微信', 8, '客服微信'],
    ['a👩‍👩‍👧‍👦b', 3, 'a…'],
    ['\u2068שלום עולם\u2069', 5, '\u2068שלום\u2069…'],
    ['x', 0, ''],
  ] as const)('is cut between characters: %j to %i', ([text, width, expected]) => {
    expect(cut(text, width)).toBe(expected);
  });
});

describe('a sparkline', () => {
  test.for([
    [[], 5, ''],
    [[0, 0], 5, '··'],
    [[1, 2, 3, 4, 5, 6, 7, 8], 8, '▁▂▃▄▅▆▇█'],
    [[0, 1, 1_000], 3, '·▁█'],
    [[1, 1, 3, 3, 4], 3, '▃█▆'],
  ] as const)('of %j in %i columns', ([figures, width, expected]) => {
    expect(sparkline(figures, width)).toBe(expected);
  });
});

test.for([
  [0, '░░░░░░░░░░'],
  [4.9, '░░░░░░░░░░'],
  [66.2, '███████░░░'],
  [100, '██████████'],
] as const)('a bar of %d percent', ([percentage, expected]) => {
  expect(bar(percentage, 10, PLAIN)).toBe(expected);
});

test('a table gives way in what may shrink, and leaves out what needs more room', () => {
  const columns = [
    { title: 'Name', cell: (row: string) => row, canShrink: true },
    { title: 'More', cell: () => 'something', fromWidth: 40 },
    { title: 'N', cell: () => '7', align: 'end' as const },
  ];
  expect(table(columns, ['a long name of somebody'], 20, PLAIN)).toEqual([
    ...['Name               N', 'a long name of s…  7'],
  ]);
  expect(table(columns, ['short'], 40, PLAIN)).toEqual(['Name   More       N', 'short  something  7']);
});

describe('colours', () => {
  test.for([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [true, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  ] as const)('on a terminal %s with %j: %s', ([isTTY, environment, expected]) => {
    expect(screenOf({ isTTY }, environment).hasColors).toBe(expected);
  });

  test('are in no text without them', () => {
    expect(styleFor({ hasColors: true }).bad('x')).toBe('\u001b[31mx\u001b[39m');
    expect(styleFor({ hasColors: false }).bad('x')).toBe('x');
  });
});

test.for([
  [{ columns: 120, rows: 50 }, {}, 120],
  [{}, { COLUMNS: '40' }, 40],
  [{}, { COLUMNS: 'wide' }, 80],
  [{}, {}, 80],
] as const)('the width is that of %j, or of %j', ([stream, environment, expected]) => {
  expect(screenOf(stream, environment).width).toBe(expected);
});

describe('a question', () => {
  test.each([
    ['what is typed', 'user\r', 'user'],
    ['nothing, where the input is ended by Ctrl-D', '\x04', undefined],
  ])('is answered with %s', async (_, typed, expected) => {
    const input = Object.assign(new PassThrough(), { isTTY: true });
    const answer = asked('> ', input, new PassThrough());
    input.write(typed);
    expect(await answer).toBe(expected);
  });

  test('is not asked where nobody is at a terminal', async () => {
    expect(await asked('> ', new PassThrough(), new PassThrough())).toBeUndefined();
  });
});
