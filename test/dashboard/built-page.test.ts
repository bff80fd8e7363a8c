import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { BUILD_FOLDER, SERVED } from '../../dashboard/build/build-folder.ts';
import { USAGE_OPERATIONS } from '../../functions/usage-api/operations.ts';

test('the page has the schemas of answers, and neither the operations that give them nor their handlers', () => {
  const folder = join(BUILD_FOLDER, SERVED, 'assets');
  const scripts = globSync('*.js.gz', { cwd: folder })
    .map((name) => gunzipSync(readFileSync(join(folder, name))).toString('utf8'))
    .join('\n');
  expect(scripts).toContain('The figures of a peer week over week.');
  const { getGrowth, getHistory } = USAGE_OPERATIONS;
  for (const { description } of [getGrowth, getHistory]) {
    expect(scripts).not.toContain(description.summary);
    expect(scripts).not.toContain(description.badRequest?.message);
  }
  // How a handler asks for what is stored.
  expect(scripts).not.toContain('consistent:');
});
