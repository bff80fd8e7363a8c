import { expect } from 'vitest';
import { test } from '../support/fixture.ts';
import { SCENARIOS } from './scenarios.ts';
import { exploreScopes, SCOPES } from './scopes.ts';

test.for(SCENARIOS)('figures are right in every schedule of a small scope: $name', async (scenario) => {
  const violations: unknown[] = [];
  let schedules = 0;
  await exploreScopes(scenario, SCOPES.small, (_, found) => {
    if (found.violation !== undefined) violations.push(found.violation);
    schedules += found.schedules;
  });
  expect(violations).toEqual([]);
  expect(schedules).toBeGreaterThan(20);
});
