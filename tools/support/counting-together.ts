import type { CountOutcome } from '../../functions/shared/counting/day-counting.ts';
import type { MessageCounter } from '../../functions/shared/counting/message-counter.ts';
import type { UserMessage } from '../../functions/shared/domain/message.ts';

interface Waiting {
  messages: readonly UserMessage[];
  resolve: (outcomes: CountOutcome[]) => void;
  reject: (error: unknown) => void;
}

/**
 * Counts what comes from several sides in one call at a time: while one is made, what comes is gathered for the next.
 * So those that bring messages of one peer do not get in one another's way.
 */
export class CountingTogether {
  readonly #counter: Pick<MessageCounter, 'count'>;
  #waiting: Waiting[] = [];
  #isCounting = false;

  constructor(counter: Pick<MessageCounter, 'count'>) {
    this.#counter = counter;
  }

  /** Counts messages, as the counter does. */
  count(messages: readonly UserMessage[]): Promise<CountOutcome[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ messages, resolve, reject });
      if (!this.#isCounting) void this.#countAll();
    });
  }

  async #countAll(): Promise<void> {
    this.#isCounting = true;
    while (this.#waiting.length > 0) {
      const together = this.#waiting;
      this.#waiting = [];
      await this.#countTogether(together);
    }
    this.#isCounting = false;
  }

  async #countTogether(together: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.#counter.count(together.flatMap(({ messages }) => messages));
      let taken = 0;
      for (const { messages, resolve } of together) {
        resolve(outcomes.slice(taken, taken + messages.length));
        taken += messages.length;
      }
    } catch (error) {
      for (const { reject } of together) reject(error);
    }
  }
}
