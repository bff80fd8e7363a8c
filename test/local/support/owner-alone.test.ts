import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { makeFolder } from '../../../local/support/owner-alone.ts';
import { test } from '../../support/fixture.ts';

test('a folder is made once, however many make it and those above it at a time', async ({ folder }) => {
  const paths = Array.from({ length: 32 }, (_, n) => join(folder, 'a', 'b', 'c', `d-${n % 4}`));
  await Promise.all(paths.map(makeFolder));
  for (const path of paths) expect((await stat(path)).isDirectory()).toBe(true);
});
