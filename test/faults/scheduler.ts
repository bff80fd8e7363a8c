import { setImmediate as macrotask } from 'node:timers/promises';
import type { Random } from '../support/random.ts';

const LONGEST_STALL = 120;
/** No schedule takes as many steps, unless something in it goes on without end. */
const MOST_STEPS = 20_000;

interface Step {
  label: string;
  notBefore: number;
  /** Whether it is taken only where nothing else goes on, unless its time has come. */
  isDeadline?: boolean;
  take: () => Promise<void>;
}

/**
 * Decides which of several concurrent tasks goes on: every step that could come before or after another
 * task's is announced here, and they are taken one at a time, in an order that follows from a seed.
 */
export class Scheduler {
  readonly #random: Random;
  readonly #waiting: Step[] = [];
  readonly #stallProbability: number;
  readonly #trace: ((line: string) => void) | undefined;
  #taken = 0;

  constructor(random: Random, trace?: (line: string) => void) {
    this.#random = random;
    this.#stallProbability = random.pick([0, 0.02, 0.1]);
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
      // Some steps wait long, so that others can do all they want meanwhile.
      const isStalled = this.#random.chance(this.#stallProbability);
      const notBefore = isStalled ? this.#taken + this.#random.integer(5, LONGEST_STALL) : 0;
      this.#waiting.push({ label, notBefore, take });
    });
  }

  /**
   * Announces the end of somebody's time: it comes when nothing else goes on, because time is long compared
   * with steps.
   *
   * @param over aborted where nobody waits for it any longer
   * @param afterSteps where it may come earlier, after so many steps
   */
  deadline(label: string, over: AbortSignal, afterSteps?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const notBefore = afterSteps === undefined ? Number.POSITIVE_INFINITY : this.#taken + afterSteps;
      const step: Step = { label, notBefore, isDeadline: true, take: async () => resolve() };
      this.#waiting.push(step);
      over.addEventListener('abort', () => {
        const index = this.#waiting.indexOf(step);
        if (index >= 0) this.#waiting.splice(index, 1);
        reject(over.reason);
      });
    });
  }

  /** Takes steps until the task, and every other one that announces steps, has come to its end. */
  async run(task: Promise<unknown>): Promise<void> {
    let failure: { error: unknown } | undefined;
    let isOver = false;
    task.then(
      () => {
        isOver = true;
      },
      (error: unknown) => {
        failure = { error };
      },
    );
    for (;;) {
      // Lets every task run up to its next step.
      await macrotask();
      if (failure !== undefined) throw failure.error;
      if (this.#waiting.length === 0) break;
      if (this.#taken >= MOST_STEPS)
        throw new Error(`somebody goes on for ever: ${MOST_STEPS} steps were taken`);
      const next = this.#next();
      this.#taken += 1;
      this.#trace?.(next.label);
      await next.take();
    }
    if (!isOver) throw new Error('somebody waits for ever: nothing else goes on');
  }

  #next() {
    const ready = this.#waiting.filter(({ notBefore }) => notBefore <= this.#taken);
    const stalled = this.#waiting.filter(({ isDeadline }) => isDeadline !== true);
    const [choice = this.#waiting] = [ready, stalled].filter(({ length }) => length > 0);
    const next = this.#random.pick(choice);
    this.#waiting.splice(this.#waiting.indexOf(next), 1);
    return next;
  }
}
