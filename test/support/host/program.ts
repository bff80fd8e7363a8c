import { type ChildProcess, spawn } from 'node:child_process';

/** How a program ended. */
export interface ProgramExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Where a program runs: as the test does, unless it is said otherwise. */
export interface ProgramPlace {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

/** A program that runs beside a test, and is read by it. */
export class Program {
  readonly process: ChildProcess;
  /** How it ends; it fails where the program could not be started. */
  readonly exit: Promise<ProgramExit>;
  #stdout = '';
  #stderr = '';

  constructor(command: string, argumentsGiven: readonly string[], { env, cwd }: ProgramPlace = {}) {
    const child = spawn(command, argumentsGiven, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.process = child;
    this.exit = new Promise((resolve, reject) => {
      child.once('error', (cause) => {
        reject(new Error(`${command} could not be started: ${cause.message}`, { cause }));
      });
      child.once('close', (code, signal) => {
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
    // Whoever waits is told; nobody need wait.
    this.exit.catch(() => {});
  }

  /** What it has said so far. */
  output(): string {
    return this.#stdout;
  }

  /**
   * Waits until it has said something.
   *
   * @throws Error where it ends before that, or could not be started
   */
  async said(words: string | RegExp): Promise<void> {
    const isSaid = (text: string) => (typeof words === 'string' ? text.includes(words) : words.test(text));
    const ended = this.exit.then(({ code, signal, stdout, stderr }) => {
      const end = `ended (${signal ?? code}) before it said “${words}”`;
      throw new Error(`the program ${end}; it said: ${stdout}${stderr}`);
    });
    const heard = new Promise<void>((resolve) => {
      const listen = () => {
        if (!isSaid(this.#stdout)) return;
        this.process.stdout?.off('data', listen);
        resolve();
      };
      this.process.stdout?.on('data', listen);
      listen();
    });
    await Promise.race([heard, ended]);
  }
}
