import { execFile } from 'node:child_process';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { KNOWN_FAULTS } from '../faults/any-counter/known-faults.ts';
import { test } from '../support/fixture.ts';
import { fencesOf } from './reading.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const document = await readFile(join(REPOSITORY, 'docs/testing-exactly-once.md'), 'utf8');
const RUNS = 5;

/** The file that begins with a comment of its name: the first of the document, or the one that takes its place. */
function fileOf(name: string, place = 0): string {
  const found = fencesOf(document, 'ts').filter((code) => code.startsWith(`// ${name}\n`))[place];
  if (found === undefined) throw new Error(`the document has no ${name}`);
  return found;
}

/** Puts a counter of a folder under schedules, as the document says. */
async function underSchedules(folder: string): Promise<{ code: number; printed: string }> {
  const args = [
    join(REPOSITORY, 'test/faults/main.ts'),
    '--counter',
    'my-counter.ts',
    '--runs',
    String(RUNS),
  ];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
    return { code: 0, printed: stdout };
  } catch (error) {
    const { code, stdout } = Object(error);
    return { code: Number(code), printed: String(stdout) };
  }
}

test('the counter of the document is wrong as the document says, and then right', async ({ folder }) => {
  for (const name of ['test', 'functions', 'node_modules', 'package.json', 'tsconfig.json']) {
    await symlink(join(REPOSITORY, name), join(folder, name));
  }
  await writeFile(join(folder, 'my-counter.ts'), fileOf('my-counter.ts'));
  await writeFile(join(folder, 'count.ts'), fileOf('count.ts'));
  expect(await underSchedules(folder)).toEqual({ code: 1, printed: fencesOf(document, 'text')[0] });
  await writeFile(join(folder, 'count.ts'), fileOf('count.ts', 1));
  expect(await underSchedules(folder)).toEqual({
    code: 0,
    printed: `my counter\n  right in ${RUNS} schedules\n`,
  });
});

test('a file without a counter is refused', async ({ folder }) => {
  await writeFile(join(folder, 'my-counter.ts'), 'export const nothing = 1;\n');
  expect(await underSchedules(folder)).toEqual({ code: 2, printed: '' });
});

test('the document tells all known faults', () => {
  const told = [...document.matchAll(/^\| (.*?) \|/gm)].map(([, first]) => first);
  expect(told).toEqual(expect.arrayContaining(KNOWN_FAULTS.map(({ name }) => name)));
});
