import { setImmediate as macrotask } from 'node:timers/promises';
import type { Random } from '../support/random.ts';

/**
 * Decides which of several concurrent tasks goes on: every step that could come before or after another
 * task's is announced here, and they are taken one at a time, in an order that follows from a seed.
 */
export class Scheduler {
  readonly #random: Random;
  readonly #waiting: { label: string; take: () => Promise<void> }[] = [];
  readonly #trace: ((line: string) => void) | undefined;

  constructor(random: Random, trace?: (line: string) => void) {
    this.#random = random;
    this.#trace = trace;
  }

  /** Announces a step; it is done when its turn comes. */
  step<Result>(label: string, action: () => Promise<Result> | Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      const take = async () => {
        try {
          resolve(await action());
        } catch (error) {
          reject(error);
        }
      };
      this.#waiting.push({ label, take });
    });
  }

  /** Takes steps until the task, and every other one that announces steps, has come to its end. */
  async run(task: Promise<unknown>): Promise<void> {
    let failure: { error: unknown } | undefined;
    task.catch((error: unknown) => {
      failure = { error };
    });
    for (;;) {
      // Lets every task run up to its next step.
      await macrotask();
      if (failure !== undefined) throw failure.error;
      if (this.#waiting.length === 0) break;
      const [next] = this.#waiting.splice(this.#random.integer(0, this.#waiting.length - 1), 1);
      this.#trace?.(next?.label ?? '');
      await next?.take();
    }
    await task;
  }
}
