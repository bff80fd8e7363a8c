import { expect } from 'vitest';
import { test } from '../support/fixture.ts';
import { runSchedule } from './schedule.ts';

const SCHEDULES = 200;

test(`counters equal the set of delivered messages under ${SCHEDULES} schedules of faults`, {
  timeout: 300_000,
}, async ({ database }) => {
  const failures: string[] = [];
  for (let seed = 1; seed <= SCHEDULES; seed += 1) {
    await runSchedule(database, seed).catch((error: unknown) => {
      failures.push(`seed ${seed} (npm run test:faults -- --runs 1 --seed ${seed} --trace): ${error}`);
    });
  }
  expect(failures).toEqual([]);
});

test('a schedule follows from its seed', async ({ database }) => {
  const traces = [];
  for (let run = 0; run < 2; run += 1) {
    const trace: string[] = [];
    await runSchedule(database, 7, (line) => trace.push(line));
    traces.push(trace);
  }
  expect(traces[0]?.length).toBeGreaterThan(20);
  expect(traces[1]).toEqual(traces[0]);
});
