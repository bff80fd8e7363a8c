import { expect } from 'vitest';
import { test } from '../support/fixture.ts';
import { drillVerify } from './verify-drill.ts';

// npm run drill:verify does the same with a million messages.

test('what is planted among many messages is found, and nothing else', async ({ database, folder }) => {
  const drilled = await drillVerify(database, folder, {
    messages: 2_000,
    days: 15,
    differences: 12,
    seed: 3,
  });
  expect(drilled).toMatchObject({ isExact: true, found: 12 });
  const { reads, evidence, differingPlaces } = drilled;
  expect(reads.fingerprints).toBe(evidence);
  // Trust, the key, the figures, one page for each channel and day, and one look-up.
  expect(reads.requests).toBe(differingPlaces + 4);
});
