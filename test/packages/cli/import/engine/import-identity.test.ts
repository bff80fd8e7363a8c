import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openSources } from '../../../../../packages/cli/src/import/files/open-sources.ts';
import { importSources } from '../../../../../packages/cli/src/import/import-identity.ts';
import { test } from '../../../../support/fixture.ts';
import { NO_OPTIONS } from '../formats/reading.ts';

test('a link that leads nowhere is no part of a folder', async ({ folder }) => {
  await writeFile(join(folder, 'a.jsonl'), '{}\n');
  const without = await importSources([folder], NO_OPTIONS);
  await symlink(join(folder, 'gone.jsonl'), join(folder, 'link.jsonl'));
  expect(await importSources([folder], NO_OPTIONS)).toBe(without);
  const [source] = await openSources([folder]);
  expect(source?.files.map(({ path }) => path)).toEqual(['a.jsonl']);
});

// Elsewhere no file can have such a name.
test.runIf(process.platform === 'linux')('a file whose name is no UTF-8 is told', async ({ folder }) => {
  const file = Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9]), Buffer.from('.jsonl')]);
  await writeFile(file, '{}\n');
  const told = {
    name: 'ExportError',
    message: `${folder}/caf\ufffd.jsonl: cannot be opened: rename it, or take it out of the folder`,
  };
  await expect(importSources([folder], NO_OPTIONS)).rejects.toMatchObject(told);
  await expect(openSources([folder])).rejects.toMatchObject(told);
  await rm(file);
});
