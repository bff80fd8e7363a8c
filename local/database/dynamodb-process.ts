import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

// Ends the database when this process ends in whatever way, `kill -9` included: then its standard input,
// which is ours, is closed. A child that is only signalled would live on.
const SUPERVISED =
  'exec 3<&0; "$0" "$@" & child=$!; { cat <&3 >/dev/null; kill "$child" 2>/dev/null; } & wait "$child"';

const READY_WITHIN_MS = 10_000;

/** A DynamoDB that runs as a child process, on 127.0.0.1, and ends when this process ends. */
export class DynamoDBProcess {
  readonly endpoint: string;
  /** Resolves when the process has ended: because it was stopped, or by itself. */
  readonly ended: Promise<'stopped' | 'died'>;
  readonly #child: ChildProcess;
  #said = '';
  #isStopping = false;

  private constructor(port: number, command: readonly string[]) {
    this.endpoint = `http://127.0.0.1:${port}`;
    this.#child = spawn('sh', ['-c', SUPERVISED, ...command], {
      stdio: ['pipe', 'ignore', 'pipe'],
      // A process group of its own: Ctrl-C is for us, and the database goes when we have finished.
      detached: true,
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
   * @param port a free one, on which the command makes it listen
   * @param command the program and its arguments
   * @returns once it answers; where it does not start, what it said about that
   */
  static async start(
    port: number,
    command: readonly string[],
    readyWithinMs: number = READY_WITHIN_MS,
  ): Promise<DynamoDBProcess | { problem: string }> {
    const database = new DynamoDBProcess(port, command);
    const problem = await database.#untilReady(readyWithinMs);
    return problem === undefined ? database : { problem };
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#child.stdin?.end();
    await this.ended;
  }

  /** Waits until it answers; gives what is wrong where it does not, and then it has ended. */
  async #untilReady(withinMs: number): Promise<string | undefined> {
    const deadline = Date.now() + withinMs;
    while (!(await answers(this.endpoint))) {
      const { exitCode, signalCode } = this.#child;
      if (exitCode !== null || signalCode !== null) {
        await this.ended;
        return this.#said.replace(/^.*?error: /s, '').trim() || `it ended with ${exitCode}`;
      }
      if (Date.now() > deadline) {
        await this.stop();
        return `it did not answer within ${withinMs / 1000} seconds`;
      }
      await pause(10);
    }
    return undefined;
  }
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    await (await fetch(endpoint)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}
