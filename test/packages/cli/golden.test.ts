import { stripVTControlCharacters } from 'node:util';
import { describe, expect } from 'vitest';
import type { UserMessage } from '../../../functions/shared/domain/message.ts';
import { addDays, type UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import type { Screen } from '../../../packages/cli/src/cli-context.ts';
import { widthOf } from '../../../packages/cli/src/terminal/text-width.ts';
import { conversation, test as fixture, PEER } from './cli-fixture.ts';

// What commands draw, as files beside this one: whoever changes how something looks sees it there, at each width.

const TODAY: UtcDay = '2026-11-22';

const WEBCHAT = { channelId: 'integration_1', channelName: 'WebChat', galleryKey: 'webchat' };
const SLACK = { channelId: 'integration_2', channelName: 'Slack', galleryKey: 'slack' };
const EMAIL = { channelId: 'integration_3', channelName: 'Email', galleryKey: 'email' };
const NAMES = {
  chinese: '客服微信机器人',
  arabic: 'دعم العملاء',
  family: '👩‍👩‍👧‍👦 Family ❤️',
  long: `A name that is as long as names may be, ${'so that it goes on and on '.repeat(3)}to here`,
};

/** Six weeks of a peer. */
function history(): UserMessage[] {
  return Array.from({ length: 42 }, (_, age) => {
    const day = addDays(TODAY, age - 41);
    return [
      ...conversation(WEBCHAT, day, 6 + (age % 7) + Math.floor(age / 4)),
      ...(age % 3 === 0 ? conversation(SLACK, day, 5) : []),
      ...(age < 30 ? conversation(EMAIL, day, 2) : []),
      ...(age === 40 ? conversation({ channelId: 'direct' }, day, 3) : []),
    ];
  }).flat();
}

function named(): UserMessage[] {
  return Object.values(NAMES).flatMap((channelName, index) =>
    conversation({ channelId: `named_${index}`, channelName }, TODAY, 1_300 - index * 400, 'peer_names'),
  );
}

const test = fixture.extend('world', async ({ service }) => {
  await service.count([...history(), ...named()]);
  await service.setStatus(PEER, 'integration_9', 'enabled');
  await service.addKey('one', { peers: [PEER] });
});

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  stats: ['stats', PEER],
  'stats-range': ['stats', PEER, '--from', '2026-11-09', '--to', '2026-11-15', '--compare'],
  'stats-running': ['stats', PEER, '--from', '2026-11-20', '--compare'],
  'stats-empty': ['stats', 'peer_new'],
  'stats-names': ['stats', 'peer_names'],
  history: ['history', PEER],
  'history-names': ['history', 'peer_names', '--interval', 'week'],
  growth: ['growth', PEER],
  health: ['health', PEER],
  'health-fine': ['health', 'peer_new'],
  report: ['report', PEER, '--period', '2026-11'],
  'report-all': ['report', 'peer_names', '--period', 'all'],
  peers: ['peers'],
  'peers-none': ['peers', '--search', 'nobody'],
  trust: ['trust', PEER],
  lookup: ['lookup', PEER, '--conversation', 'integration_1 2026-11-20', 'm0', 'm1', 'elsewhere'],
  channels: ['channels', 'list', PEER],
  'help-stats': ['stats', '--help'],
};

const WIDTHS = [40, 80, 160];

describe.each(WIDTHS)('at a width of %i', (width) => {
  const screen: Screen = { isTerminal: false, width, height: 24, hasColors: false };

  test('commands draw what they drew before, and no line is wider', async ({ cli, world: _ }) => {
    for (const [name, command] of Object.entries(COMMANDS)) {
      const { exitCode, stdout, stderr } = await cli(command, { screen: () => screen });
      expect({ name, exitCode, stderr }).toEqual({ name, exitCode: 0, stderr: '' });
      await expect(stdout).toMatchFileSnapshot(`golden/${name}-${width}.txt`);
      const lines = stdout.split('\n');
      // Help breaks no examples, which are to be copied.
      const tooWide = lines.filter((line) => widthOf(line) > width);
      if (!name.startsWith('help')) expect({ name, tooWide }).toEqual({ name, tooWide: [] });
      const boxLines = lines.filter((line) => /^[┌│├└]/.test(line));
      expect(new Set(boxLines.map(widthOf)).size).toBeLessThan(2);
    }
  });
});

test('colours are the only difference that they make', async ({ cli, world: _ }) => {
  for (const command of Object.values(COMMANDS)) {
    const plain = await cli(command);
    const screen: Screen = { isTerminal: true, width: 80, height: 24, hasColors: true };
    const colored = await cli(command, { screen: () => screen });
    expect(stripVTControlCharacters(colored.stdout)).toBe(plain.stdout);
    expect(plain.stdout).not.toContain('\u001b');
  }
});
