import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, expect, inject } from 'vitest';
import { cleanUp } from '../support/host/local-host.ts';
import { leaks, watchLog } from '../support/logs/log-watch.ts';
import { stopExamples } from './support/example-sites.ts';
import { closeBrowser, sendVisitorsHome } from './support/visitors.ts';

// Vitest runs this before every file of browser tests. In no test may a page show an error or a warning in the
// console, violate its content security policy, ask another origin, or tell a key; and no host may log one.

afterEach(async () => {
  const problems = await sendVisitorsHome();
  await stopExamples();
  expect(problems).toEqual([]);
});

afterAll(async () => {
  await closeBrowser();
  await cleanUp();
  watchLog(await readFile(join(inject('host').dataFolder, 'host.log'), 'utf8'));
  expect(leaks()).toEqual([]);
});
