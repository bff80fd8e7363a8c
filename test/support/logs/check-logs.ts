import { afterAll, expect } from 'vitest';
import { forgetLogs, leaks } from './log-watch.ts';

// Vitest runs this before every test file, and so the check after all the tests of each.
forgetLogs();
afterAll(() => {
  expect(leaks()).toEqual([]);
});
