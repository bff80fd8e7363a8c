import type { CliContext, Screen } from '../../../packages/cli/src/cli-context.ts';
import { runCli } from '../../../packages/cli/src/run-cli.ts';

/** What came of a command. */
export interface CliRun {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export const PIPED: Screen = { isTerminal: false, width: 80, height: 24, hasColors: false };

/** What a test may change of the world around a command: what is left out is there, and does nothing. */
export type TestedContext = Partial<CliContext>;

/** A world in which nothing happens, and nobody is there. */
export function idleContext(): CliContext {
  return {
    clock: () => Date.parse('2026-11-22T10:00:00.000Z'),
    waiting: { pause: async () => {}, deadline: () => new Promise(() => {}), random: () => 1 },
    fetch,
    environment: {},
    platform: 'linux',
    // Nobody has settings there.
    home: '/nowhere/at/all',
    workingFolder: '/nowhere/at/all',
    write: () => {},
    say: () => {},
    screen: () => PIPED,
    terminal: undefined,
    ask: async () => undefined,
    askSecretly: async () => undefined,
    input: () => undefined,
    interruption: () => new AbortController().signal,
    run: async () => false,
  };
}

/** Runs a command line within this process, and gives what it wrote. */
export async function runCommand(
  argumentsGiven: readonly string[],
  changed: TestedContext = {},
): Promise<CliRun> {
  let stdout = '';
  let stderr = '';
  const context: CliContext = {
    ...idleContext(),
    write: (text) => {
      stdout += text;
    },
    say: (text) => {
      stderr += text;
    },
    ...changed,
  };
  const exitCode = await runCli(argumentsGiven, context);
  return { exitCode, stdout, stderr };
}
