import { afterEach, expect } from 'vitest';
import { takeRefusals } from './judgement.ts';

// Vitest runs this before every test file, and so the check after every test: a function may well go on after a call
// was refused.
afterEach(() => {
  expect(takeRefusals()).toEqual([]);
});
