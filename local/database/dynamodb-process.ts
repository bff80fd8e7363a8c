import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

// Ends the database when this process ends in whatever way, `kill -9` included: then its standard input,
// which is ours, is closed. A child that is only signalled would live on.
// What it writes is for its owner alone. Where the size of files is limited, a write fails, and does not end it.
const SUPERVISED =
  'umask 077; trap "" XFSZ; exec 3<&0; "$0" "$@" & child=$!; { cat <&3 >/dev/null; kill "$child" 2>/dev/null; } & wait "$child"';

const isWindows = process.platform === 'win32';
/** What does the same where there is no such shell. */
const SUPERVISOR = join(import.meta.dirname, 'supervise.ts');

/** How long a DynamoDB is waited for, in milliseconds. */
interface Patience {
  readyWithinMs: number;
  /** It may be ended at any moment all the same: what it has taken is stored. */
  stopWithinMs: number;
}

const PATIENCE: Patience = { readyWithinMs: 10_000, stopWithinMs: 10_000 };

/** Where a program listens. */
export interface Address {
  host: string;
  port: number;
}

/** The only address of this machine for itself that every system has. */
export const LOCALHOST = '127.0.0.1';

/** A DynamoDB that runs as a child process, and ends when this process ends. */
export class DynamoDBProcess {
  readonly endpoint: string;
  /** Resolves when the process has ended: because it was stopped, or by itself. */
  readonly ended: Promise<'stopped' | 'died'>;
  readonly #child: ChildProcess;
  readonly #patience: Patience;
  #said = '';
  #isStopping = false;

  private constructor({ host, port }: Address, command: readonly string[], patience: Patience) {
    this.#patience = patience;
    this.endpoint = `http://${host}:${port}`;
    const [program, ...args] = isWindows
      ? [process.execPath, SUPERVISOR, ...command]
      : ['sh', '-c', SUPERVISED, ...command];
    this.#child = spawn(program, args, {
      stdio: ['pipe', 'ignore', 'pipe'],
      // A process group of its own: Ctrl-C is for us, and the database goes when we have finished.
      detached: true,
      windowsHide: true,
    });
    // It is closed when the child is gone.
    this.#child.stdin?.on('error', () => {});
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-2_000);
    });
    this.ended = once(this.#child, 'close').then(() => {
      this.#child.stdin?.destroy();
      return this.#isStopping ? 'stopped' : 'died';
    });
  }

  /**
   * Starts a DynamoDB.
   *
   * @param address a free one of this machine for itself, on which the command makes it listen
   * @param command the program and its arguments
   * @returns once it answers; where it does not start, what it said about that
   */
  static async start(
    address: Address,
    command: readonly string[],
    patience: Partial<Patience> = {},
  ): Promise<DynamoDBProcess | { problem: string }> {
    const database = new DynamoDBProcess(address, command, { ...PATIENCE, ...patience });
    const problem = await database.#untilReady();
    return problem === undefined ? database : { problem };
  }

  /** Lets it end, and ends it where it does not. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#child.stdin?.end();
    const timer = setTimeout(() => killGroup(this.#child), this.#patience.stopWithinMs);
    await this.ended;
    clearTimeout(timer);
  }

  /** Waits until it answers; gives what is wrong where it does not, and then it has ended. */
  async #untilReady(): Promise<string | undefined> {
    const { readyWithinMs } = this.#patience;
    const deadline = Date.now() + readyWithinMs;
    while (!(await answers(this.endpoint, deadline - Date.now()))) {
      const { exitCode, signalCode } = this.#child;
      if (exitCode !== null || signalCode !== null) {
        await this.ended;
        return this.#said.replace(/^.*?error: /s, '').trim() || `it ended with ${exitCode}`;
      }
      if (Date.now() >= deadline) {
        await this.stop();
        return `it did not answer within ${readyWithinMs / 1000} seconds`;
      }
      await pause(10);
    }
    return undefined;
  }
}

/** Ends a child and what it started: here the shell and the database. */
function killGroup(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  try {
    // Windows has no such groups; there the one that supervises ends the database with itself.
    if (isWindows) child.kill();
    else process.kill(-pid, 'SIGKILL');
  } catch {
    // All of them have ended just now.
  }
}

/** Whether something answers at an address in time. */
async function answers(endpoint: string, withinMs: number): Promise<boolean> {
  try {
    const response = await fetch(endpoint, { signal: AbortSignal.timeout(Math.max(1, withinMs)) });
    await response.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** A port that nobody listens on. @throws the system's error where the host is no address of this machine */
export async function freePort(host = LOCALHOST): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}
