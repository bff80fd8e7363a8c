import { expect } from 'vitest';
import { test } from '../../support/fixture.ts';
import { runCounterSchedule } from './counter-schedule.ts';
import { ourCounter } from './our-counter.ts';
import { COUNTER_FAULTS } from './plan.ts';

const SCHEDULES = 40;

test('the service counts right under the schedules in which any counter may be put', async ({ database }) => {
  const met = new Set<string>();
  for (let seed = 1; seed <= SCHEDULES; seed += 1) {
    const outcome = await runCounterSchedule(database, ourCounter, seed);
    expect(outcome.wrong).toEqual([]);
    for (const fault of outcome.met) met.add(fault);
  }
  expect([...met].sort()).toEqual([...COUNTER_FAULTS].sort());
});

test('a schedule follows from its seed', async ({ database }) => {
  const run = () => runCounterSchedule(database, ourCounter, 7);
  expect(await run()).toEqual(await run());
});

test('a counter that counts nothing is told with every figure that is wrong', async ({ database }) => {
  const nothing = {
    name: 'nothing',
    setUp: async () => async () => ({ deliver: async () => [], read: async () => new Map() }),
  };
  const { figures, wrong } = await runCounterSchedule(database, nothing, 1);
  expect(wrong).toHaveLength(figures);
});
