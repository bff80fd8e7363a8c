import type { TestDatabase } from '../../support/database/database.ts';
import type { CounterKind } from './any-counter.ts';
import { runCounterPlan } from './counter-schedule.ts';
import { COUNTER_FAULTS, type CounterPlan, LARGEST_BATCH, LAST_DEATH, type Mishap } from './plan.ts';

/** So many smaller schedules are tried at most. */
const MOST_TRIES = 400;
const CALLS = Array.from({ length: LAST_DEATH + 1 }, (_, call) => call);
/** A batch takes one round, and one more each time that it comes again. */
const MOST_ROUNDS_OF_A_BATCH = 3;

/**
 * Makes a schedule in which a counter is wrong smaller, as long as it is wrong in it: fewer messages, fewer faults, and
 * as few departures as possible from one call after the other. One message with one of its faults is tried first.
 *
 * @returns a schedule in which it is wrong and of which nothing can be left out; nothing where it is right in the
 *   schedule once everything is decided by the plan, because it depends on an order of calls that was drawn
 */
export async function shrink(
  database: TestDatabase,
  kind: CounterKind,
  plan: CounterPlan,
): Promise<CounterPlan | undefined> {
  let tries = 0;
  const firstWrong = async (candidates: Iterable<CounterPlan>) => {
    for (const candidate of candidates) {
      if (tries >= MOST_TRIES) return undefined;
      tries += 1;
      const { wrong, plan: met } = await runCounterPlan(database, kind, candidate);
      if (wrong.length > 0) return met;
    }
    return undefined;
  };
  let smallest: CounterPlan | undefined;
  let next = await firstWrong([...smallestOf(plan), inOrder(plan), plan]);
  while (next !== undefined) {
    smallest = next;
    next = await firstWrong(smallerThan(smallest));
  }
  return smallest;
}

/** One message, and one of the faults of a schedule, at each call at which it may be. */
function* smallestOf(plan: CounterPlan): Generator<CounterPlan> {
  const [message] = plan.lanes.flat();
  if (message === undefined) return;
  const sizes = { sizes: [], coldStarts: [], jobs: [] };
  for (const fault of COUNTER_FAULTS) {
    const ofFault = plan.mishaps.filter((mishap) => mishap.fault === fault);
    const calls = ofFault.some(({ call }) => call !== undefined) ? CALLS : [undefined];
    for (const call of ofFault.length > 0 ? calls : []) {
      const mishap = { round: 0, lane: 0, copy: 0, fault, ...(call !== undefined && { call }) };
      yield { lanes: [[message]], mishaps: [mishap], ...sizes };
    }
  }
}

function inOrder({ orderSeed: _, ...plan }: CounterPlan): CounterPlan {
  return plan;
}

/** Schedules with a little less in them, those with much less first. */
function* smallerThan(plan: CounterPlan): Generator<CounterPlan> {
  if (plan.orderSeed !== undefined) yield inOrder(plan);
  for (const jobs of parts(plan.jobs)) yield { ...plan, jobs };
  for (const sizes of parts(plan.sizes)) yield { ...plan, sizes };
  for (const coldStarts of parts(plan.coldStarts)) yield { ...plan, coldStarts };
  for (const mishaps of parts(plan.mishaps)) yield { ...plan, mishaps };
  for (const kept of parts(plan.lanes.flat())) {
    yield { ...plan, lanes: plan.lanes.map((lane) => lane.filter((message) => kept.includes(message))) };
  }
  for (let rounds = 1; rounds <= MOST_ROUNDS_OF_A_BATCH; rounds += 1) yield withoutFirstBatches(plan, rounds);
  for (const [index, mishap] of plan.mishaps.entries()) {
    for (const earlier of earlierThan(mishap)) yield { ...plan, mishaps: plan.mishaps.with(index, earlier) };
  }
}

/** A list without a part of it: without all, without each half, and so on, down to each one. */
function* parts<Item>(items: readonly Item[]): Generator<Item[]> {
  for (let size = items.length; size > 0; size = Math.floor(size / 2)) {
    for (let from = 0; from < items.length; from += size) yield items.toSpliced(from, size);
  }
}

/** The same in an earlier round, or at an earlier call. */
function* earlierThan(mishap: Mishap): Generator<Mishap> {
  for (let round = 0; round < mishap.round; round += 1) yield { ...mishap, round };
  for (let call = 0; call < (mishap.call ?? 0); call += 1) yield { ...mishap, call };
}

/** Without the first batch of each lane, and without the rounds that it took. */
function withoutFirstBatches(plan: CounterPlan, rounds: number): CounterPlan {
  return {
    ...plan,
    lanes: plan.lanes.map((lane) => lane.slice(LARGEST_BATCH)),
    mishaps: plan.mishaps
      .filter(({ round }) => round >= rounds)
      .map((mishap) => ({ ...mishap, round: mishap.round - rounds })),
  };
}
