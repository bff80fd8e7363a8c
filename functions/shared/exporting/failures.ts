import { mapConcurrently } from '../runtime/concurrency.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { errorSummary } from '../runtime/error-text.ts';
import type { PeerDay } from './announced-days.ts';

/** Keeps the days that fail from standing in the way of the others. */
export class Failures {
  /** Those that failed. */
  readonly days: PeerDay[] = [];
  readonly #log: Pick<Dependencies['log'], 'error'>;

  constructor(log: Pick<Dependencies['log'], 'error'>) {
    this.#log = log;
  }

  /** What a call comes to for each of some days; without those for which it comes to nothing, or fails. */
  async among<Day extends PeerDay, Result>(
    days: readonly Day[],
    limit: number,
    call: (day: Day) => Promise<Result | undefined>,
  ): Promise<Result[]> {
    const results = await mapConcurrently(days, limit, async (day) => {
      try {
        return await call(day);
      } catch (error) {
        const { peerId, day: date } = day;
        this.days.push({ peerId, day: date });
        this.#log.error('a day could not be exported', { peerId, day: date, problem: errorSummary(error) });
        return undefined;
      }
    });
    return results.filter((result) => result !== undefined);
  }
}
