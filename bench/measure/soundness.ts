import type { CounterKind } from '../../test/faults/any-counter/any-counter.ts';
import { runCounterSchedule } from '../../test/faults/any-counter/counter-schedule.ts';
import type { TestDatabase } from '../../test/support/database/database.ts';

/** What came of a counter under a number of fault schedules. */
export interface Soundness {
  schedules: number;
  /** The figures of all schedules together, and those of them that were wrong: too large, or too small. */
  figures: number;
  tooMany: number;
  tooFew: number;
  /** How many of the schedules had a wrong figure. */
  wrongSchedules: number;
}

/** Puts a counter under the schedules of the seeds from 1 on. */
export async function soundnessOf(
  database: TestDatabase,
  kind: CounterKind,
  schedules: number,
): Promise<Soundness> {
  const found: Soundness = { schedules, figures: 0, tooMany: 0, tooFew: 0, wrongSchedules: 0 };
  for (let seed = 1; seed <= schedules; seed += 1) {
    const { figures, wrong } = await runCounterSchedule(database, kind, seed);
    const tooMany = wrong.filter(({ counted, expected }) => counted.messages > expected.messages).length;
    found.figures += figures;
    found.tooMany += tooMany;
    found.tooFew += wrong.length - tooMany;
    found.wrongSchedules += wrong.length > 0 ? 1 : 0;
  }
  return found;
}

/** Whether a counter is right under all of so many schedules; it ends with the first in which it is not. */
export async function isRight(
  database: TestDatabase,
  kind: CounterKind,
  schedules: number,
): Promise<boolean> {
  for (let seed = 1; seed <= schedules; seed += 1) {
    const { wrong } = await runCounterSchedule(database, kind, seed);
    if (wrong.length > 0) return false;
  }
  return true;
}
