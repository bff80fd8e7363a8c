import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { SYSTEM_WAITING } from '../../../functions/shared/runtime/waiting.ts';
import type { CliContext, Screen } from './cli-context.ts';

/** Of lines where nobody has said how wide they may be: what terminals had for decades. */
const WIDTH = 80;
const HEIGHT = 24;

/** The effects of this process. */
export function systemContext(): CliContext {
  return {
    clock: Date.now,
    waiting: SYSTEM_WAITING,
    fetch,
    environment: process.env,
    platform: process.platform,
    home: homedir(),
    workingFolder: process.cwd(),
    write: (text) => process.stdout.write(text),
    say: (text) => process.stderr.write(text),
    screen: () => screenOf(process.stdout, process.env),
    terminal: process.stderr.isTTY ? process.stderr : undefined,
    ask: (question) => asked(question, process.stdin, process.stderr),
    async askSecretly(question) {
      if (process.stdin.isTTY) process.stderr.write(question);
      // What is typed is echoed by whom the dialogue writes to.
      const answer = await asked(
        '',
        process.stdin,
        new Writable({ write: (_chunk, _encoding, done) => done() }),
      );
      if (process.stdin.isTTY) process.stderr.write('\n');
      return answer;
    },
    input: () => (process.stdin.isTTY ? undefined : process.stdin),
    interruption() {
      const controller = new AbortController();
      // The second one ends the process, as it would by itself.
      process.once('SIGINT', () => controller.abort());
      return controller.signal;
    },
    run: (program, argumentsGiven) =>
      new Promise((resolve) => {
        const child = spawn(program, argumentsGiven, { stdio: 'ignore', detached: true });
        child.once('error', () => resolve(false));
        child.once('exit', (code) => resolve(code === 0));
        child.unref();
      }),
  };
}

/** What a person types at a terminal; nothing where there is none, or where the person ends the input by Ctrl-D. */
export async function asked(
  question: string,
  input: NodeJS.ReadableStream & { isTTY?: boolean },
  output: NodeJS.WritableStream,
): Promise<string | undefined> {
  if (input.isTTY !== true) return undefined;
  const dialogue = createInterface({ input, output, terminal: true });
  // Without this, Ctrl-C would leave the question open for ever.
  dialogue.once('SIGINT', () => process.exit(130));
  try {
    return await dialogue.question(question);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
    output.write('\n');
    return undefined;
  } finally {
    dialogue.close();
  }
}

/** What a stream of output is to people, and what they have said of it. */
export function screenOf(
  stream: { isTTY?: boolean; columns?: number; rows?: number },
  environment: CliContext['environment'],
): Screen {
  const isTerminal = stream.isTTY === true;
  return {
    isTerminal,
    width: stream.columns ?? numberIn(environment['COLUMNS']) ?? WIDTH,
    height: stream.rows ?? HEIGHT,
    hasColors: hasColors(isTerminal, environment),
  };
}

/** By `NO_COLOR` and `FORCE_COLOR`, as other programs understand them: the latter wins. */
function hasColors(isTerminal: boolean, environment: CliContext['environment']): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: none, TERM: terminal } = environment;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTerminal && (none === undefined || none === '') && terminal !== 'dumb';
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,3}$/.test(text) ? Number(text) : undefined;
}
