import { expect } from 'vitest';
import { SECTIONS } from '../../bench/sections/sections.ts';
import { test } from '../support/fixture.ts';

test.for(SECTIONS)('$name tells a table, also where little is measured', async ({ run }, { database }) => {
  expect(await run({ database, isQuick: true })).toMatch(/^\| .+ \|\n\| --- \|/m);
});
