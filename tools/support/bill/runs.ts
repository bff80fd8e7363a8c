import { RUNS_AT_A_TIME } from '../../../functions/take-daily-snapshot/schedule.ts';
import { RUNS_AT_REST, type ScheduledFunction, STACK } from './measured.ts';

const isScheduled = (name: string): name is ScheduledFunction => Object.hasOwn(RUNS_AT_REST, name);
/** The functions that run by themselves. */
export const SCHEDULED = Object.keys(RUNS_AT_REST).filter(isScheduled);

/** What all runs of a day take that find nothing to do. */
export function runsOfADay(): { runs: number; written: number; read: number } {
  const sum = { runs: 0, written: 0, read: 0 };
  for (const name of SCHEDULED) {
    const runs = STACK.runsADay[name];
    // Runs at the same time share the lanes of peers.
    const atATime = name === 'take-daily-snapshot' ? RUNS_AT_A_TIME : 1;
    sum.runs += runs;
    sum.written += (RUNS_AT_REST[name].written * runs) / atATime;
    sum.read += (RUNS_AT_REST[name].read * runs) / atATime;
  }
  return sum;
}
