import { afterAll, expect } from 'vitest';
import { test } from '../support/fixture.ts';
import { cleanUp, startLocalHost, temporaryFolder } from '../support/host/local-host.ts';
import { drillImport } from './import-drill.ts';

// npm run drill:import does the same with a hundred thousand messages.

afterAll(cleanUp);

test('an import that is killed ten times ends with exactly what is in the file', async ({ folder }) => {
  const host = await startLocalHost({ dataFolder: await temporaryFolder(), options: ['--no-sample'] });
  const drilled = await drillImport(host, folder, { lines: 10_000, kills: 10, seed: 7 });
  expect(drilled.problems).toEqual([]);
  expect(drilled.kills).toHaveLength(10);
  // Every message of the file is in one of the two, and the kills have cost no more than a request each.
  expect(drilled.requests).toBeLessThanOrEqual(
    Math.ceil(drilled.export.messages / 500) + drilled.kills.length,
  );
});
