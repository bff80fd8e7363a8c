import { type Exploration, Explorer, type Scope, type World } from './explorer.ts';
import { type Scenario, worldOf } from './world.ts';

/**
 * How far schedules may depart from one actor after the other: part of all tests, and by themselves. The smaller ones
 * come first, so that what is shown of something wrong departs as little as possible; the last one has all schedules of
 * those before it.
 */
export const SCOPES = {
  small: [
    { preemptions: 1, faults: 0 },
    { preemptions: 0, faults: 1 },
  ],
  full: [
    { preemptions: 1, faults: 0 },
    { preemptions: 0, faults: 1 },
    { preemptions: 1, faults: 1 },
    { preemptions: 2, faults: 1 },
  ],
} as const satisfies Record<string, readonly Scope[]>;

/** Tries a scenario in some scopes, one after the other, up to the first one in which something is wrong. */
export async function exploreScopes(
  scenario: Scenario,
  scopes: readonly Scope[],
  see: (scope: Scope, found: Exploration) => void,
): Promise<void> {
  for (const scope of scopes) {
    const found = await explore(scenario, scope);
    see(scope, found);
    if (found.violation !== undefined) return;
  }
}

async function explore(scenario: Scenario, scope: Scope): Promise<Exploration> {
  let world: World;
  try {
    world = await worldOf(scenario);
  } catch (error) {
    const problem = `what happens before: ${error instanceof Error ? error.message : error}`;
    return { schedules: 0, states: 0, pruned: 0, executed: 0, violation: { problem, steps: [] } };
  }
  return new Explorer(world, scope).explore();
}
