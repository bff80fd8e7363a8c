import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What a command of the shell said, and how it ended. */
export interface Ended {
  code: number;
  output: string;
}

/**
 * Runs commands of the shell, each with all that it starts, and ends them when they are no longer wanted.
 */
export class Shell {
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #signal: AbortSignal;

  constructor(folder: string, environment: NodeJS.ProcessEnv, signal: AbortSignal) {
    this.#folder = folder;
    this.#environment = environment;
    this.#signal = signal;
  }

  /** A shell like this one, in another folder. */
  in(folder: string): Shell {
    return new Shell(folder, this.#environment, this.#signal);
  }

  /** Runs a command to its end. */
  async run(command: string): Promise<Ended> {
    this.#signal.throwIfAborted();
    const child = spawn('bash', ['-c', command], {
      cwd: this.#folder,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const end = () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    };
    this.#signal.addEventListener('abort', end);
    let output = '';
    const listen = (text: string) => {
      output += text;
    };
    child.stdout.setEncoding('utf8').on('data', listen);
    child.stderr.setEncoding('utf8').on('data', listen);
    const [code] = await once(child, 'close');
    this.#signal.removeEventListener('abort', end);
    this.#signal.throwIfAborted();
    return { code: typeof code === 'number' ? code : 1, output };
  }

  /** Runs a command that has to succeed. @throws Error with the end of what it said */
  async succeed(command: string): Promise<string> {
    const { code, output } = await this.run(command);
    if (code === 0) return output;
    throw new Error(`${command}\nended with ${code}:\n${output.slice(-4_000)}`);
  }
}
