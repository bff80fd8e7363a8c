import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { systemCode } from '../../functions/shared/runtime/error-text.ts';

/** Ten minutes: none takes longer than half a minute where nothing else runs. */
const WITHIN_MS = 10 * 60_000;

/** What brings a program that is not there, on Debian. */
const PACKAGES: Readonly<Record<string, string>> = {
  go: 'golang-go',
  java: 'openjdk-17-jdk-headless',
  javac: 'openjdk-17-jdk-headless',
  python3: 'python3-venv',
};

/** A command that did not succeed; the message has all that it said. */
class CommandError extends Error {
  override name = 'CommandError';
}

/**
 * Runs a command, and ends it where it takes too long.
 *
 * @returns what it wrote to its standard output
 * @throws CommandError where it cannot be started, fails or takes too long
 */
export async function runCommand(
  command: string,
  words: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: Readonly<Record<string, string>> },
): Promise<string> {
  const child = spawn(command, words, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: WITHIN_MS,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    said += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code, signal] = await once(child, 'close').catch((error: unknown) => {
    throw notStarted(command, error);
  });
  if (code === 0) return stdout;
  throw new CommandError(`${command} ${words.join(' ')} ended with ${code ?? signal}:\n${said}`);
}

function notStarted(command: string, error: unknown): CommandError {
  const bringing = PACKAGES[command];
  const advice =
    systemCode(error) === 'ENOENT' && bringing !== undefined
      ? `; on Debian: apt-get install ${bringing}`
      : '';
  return new CommandError(`${command} could not be started${advice}`, { cause: error });
}
