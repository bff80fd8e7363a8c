import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { describe, expect } from 'vitest';
import { cliProgram } from '../../../packages/cli/src/program.ts';
import { test } from '../../support/fixture.ts';
import { idleContext, runCommand } from './cli-run.ts';

const run = promisify(execFile);
const SHELLS = ['/bin/bash', '/usr/bin/zsh', '/usr/bin/fish'];

async function scriptIn(folder: string, shell: string): Promise<string> {
  const { exitCode, stdout } = await runCommand(['completion', shell]);
  expect(exitCode).toBe(0);
  const file = join(folder, `completion.${shell}`);
  await writeFile(file, stdout);
  return file;
}

/** All commands of the program, each with what leads to it. */
function commandsOf(
  command: Command,
  path: readonly string[] = [],
): { path: readonly string[]; command: Command }[] {
  const below = command.commands.flatMap((one) => commandsOf(one, [...path, one.name()]));
  return [{ path, command }, ...below];
}

describe('completion', () => {
  test.for(SHELLS.filter((shell) => existsSync(shell)))(
    'is a script that %s accepts',
    async (shell, { folder }) => {
      const name = shell.split('/').at(-1) ?? '';
      await run(shell, [...(name === 'fish' ? ['--no-execute'] : ['-n']), await scriptIn(folder, name)]);
    },
  );

  test.for([
    [['st'], ['stats']],
    [['share', 'ma'], ['make']],
    [['share', 'make', 'peer_1', '--da'], ['--days']],
    [['stats', 'peer_1', '--wa'], ['--watch']],
    [['--profile', 'work', 'tru'], ['trust']],
    [
      ['history', '--interval', ''],
      ['day', 'week', 'month'],
    ],
    [['stats', '--pro'], ['--profile']],
  ] as const)('in bash goes on from %j', async ([words, expected], { folder }) => {
    const file = await scriptIn(folder, 'bash');
    const line = ['channel-usage', ...words].map((word) => `'${word}'`).join(' ');
    const script = `source '${file}'; COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _channel_usage; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await run('/bin/bash', ['-c', script]);
    expect(stdout.trim().split('\n')).toEqual(expected);
  });

  test.for(['bash', 'zsh', 'fish'])('for %s knows every command and option', async (shell, { folder: _ }) => {
    const { stdout } = await runCommand(['completion', shell]);
    for (const { command } of commandsOf(cliProgram(idleContext()))) {
      for (const { name } of command.commands.map((one) => ({ name: one.name() })))
        expect(stdout).toContain(name);
      for (const { long } of command.options) expect(stdout).toContain(long?.replace(/^--/, ''));
    }
  });
});

describe('help', () => {
  test('of every command says what it does, and shows how it is used', async () => {
    const program = cliProgram(idleContext());
    for (const { path } of commandsOf(program).filter(({ command }) => command.commands.length === 0)) {
      const { exitCode, stdout } = await runCommand([...path, '--help']);
      expect({ path, exitCode }).toEqual({ path, exitCode: 0 });
      const parent = await runCommand([...path.slice(0, -1), '--help']);
      const examples = `${stdout}${path.length > 1 ? parent.stdout : ''}`;
      expect(examples).toMatch(new RegExp(`^Examples?\\b[^]*\\bchannel-usage.*\\b${path.at(-1)}\\b`, 'm'));
    }
  });
});
