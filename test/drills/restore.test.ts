import { describe, expect } from 'vitest';
import { test as fixture } from '../support/fixture.ts';
import { COMBINATIONS, drill, live, STEPS } from './restore-drill.ts';

const test = fixture.extend('lived', { scope: 'file' }, ({ database }) => live(database, 1));

test.for(COMBINATIONS)(
  '$name: the runbook leads back to exact figures',
  async (combination, { database, lived }) => {
    const { before, after } = await drill(database, lived, combination);
    expect(after).toBeLessThanOrEqual(before + 10);
    expect(after).toBeGreaterThan(before / 3);
  },
);

describe('each step of the runbook is needed', () => {
  test.for(STEPS)('without "%s" a figure is wrong, or told twice', async (step, { database, lived }) => {
    const combination = COMBINATIONS.filter(
      ({ usage, messages }) => usage === 'early' && messages === 'late',
    );
    expect(combination).toHaveLength(1);
    await expect(Promise.all(combination.map((one) => drill(database, lived, one, step)))).rejects.toThrow();
  });
});
