import { SECOND_MS } from '../../../../functions/shared/domain/utc-day.ts';
import { ApiError, type FailedAttempt, type Timing } from '../../../client/src/index.ts';
import type { TellWait } from './wait-teller.ts';

/** Whoever has never answered in this run is likely not there, or not at this address: that is told soon. */
const MOST_ATTEMPTS_AT_A_STRANGER = 3;
/** After so long a person wonders whether anything happens. */
export const SOON_MS = 2 * SECOND_MS;
/** From who has answered before, some answers take that long. */
export const LATER_MS = 10 * SECOND_MS;

/** Waits for an answer, and tells the person of it where that takes longer. @param name who is to answer */
export async function tellingIfSlow<Answer>(
  { name, afterMs, timer, tell }: { name: string; afterMs: number; timer: Timing['timer']; tell: TellWait },
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const stop = timer(afterMs, () =>
    tell(`${name} has not answered for ${afterMs / SECOND_MS} s; still waiting`),
  );
  try {
    return await ask();
  } finally {
    stop();
  }
}

/**
 * What a person is told while a service does not answer, and how often one is asked that has never answered. Requests
 * that run side by side fail in the same way, of which the person is told once.
 */
export class Patience {
  readonly #origin: string;
  readonly #timer: Timing['timer'];
  readonly #tell: TellWait;
  #hasAnswered = false;
  /** Of what was told since the last answer. */
  readonly #told = new Set<string>();

  constructor(origin: string, timer: Timing['timer'], tell: TellWait) {
    this.#origin = origin;
    this.#timer = timer;
    this.#tell = tell;
  }

  /** A `fetch` that notes whether answers come, and tells of one that is long in coming. */
  watching(send: typeof fetch): typeof fetch {
    const tell = (text: string) => this.#tellOnce('slow', text);
    return async (input, init) => {
      const afterMs = this.#hasAnswered ? LATER_MS : SOON_MS;
      const response = await tellingIfSlow({ name: this.#origin, afterMs, timer: this.#timer, tell }, () =>
        send(input, init),
      );
      this.#hasAnswered = true;
      if (response.ok) this.#told.clear();
      return response;
    };
  }

  /** @throws the error where it is of no use to ask again */
  onRetry({ error, next, attempts, delayMs }: FailedAttempt): void {
    const most = this.#hasAnswered ? attempts : Math.min(attempts, MOST_ATTEMPTS_AT_A_STRANGER);
    if (next > most) throw error;
    const when = delayMs < SOON_MS ? '' : ` in ${Math.round(delayMs / SECOND_MS)} s`;
    this.#tellOnce(`attempt ${next}`, `${this.#problem(error)}; trying again${when} (${next} of ${most})`);
  }

  #problem(error: FailedAttempt['error']): string {
    if (!(error instanceof ApiError)) return error.message;
    const status = error.status === 200 ? '' : ` ${error.status}`;
    return `${this.#origin} says${status}: ${error.message}`;
  }

  #tellOnce(kind: string, text: string): void {
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    this.#tell(text);
  }
}
