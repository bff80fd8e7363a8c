import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import biome from '../../biome.json' with { type: 'json' };

const REPOSITORY = join(import.meta.dirname, '../..');

let folder: string;

// A folder in which nothing is checked but the rules of the repository's own.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lint-rules-'));
  await symlink(join(REPOSITORY, 'lint-rules'), join(folder, 'lint-rules'));
  const configuration = { plugins: biome.plugins, linter: { rules: { preset: 'none' } } };
  await writeFile(join(folder, 'biome.json'), JSON.stringify(configuration));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const report = z.object({ diagnostics: z.array(z.object({ message: z.string() })) });

/** What the rules have to say of a text. */
async function lint(text: string): Promise<string[]> {
  await writeFile(join(folder, 'code.ts'), text);
  const command = [
    join(REPOSITORY, 'node_modules/.bin/biome'),
    'lint',
    '--reporter=json',
    'code.ts',
  ] as const;
  const [program, ...options] = command;
  const { stdout } = await promisify(execFile)(program, options, { cwd: folder }).catch((error: unknown) =>
    z.object({ stdout: z.string() }).parse(error),
  );
  return report.parse(JSON.parse(stdout)).diagnostics.map(({ message }) => message);
}

const statements = (count: number) => '  f();\n'.repeat(count);

test.each([
  ['function', (body: string) => `/**\n * A function.\n */\nexport function long() {\n${body}}`],
  ['generator', (body: string) => `export async function* long() {\n${body}}`],
  ['exported function', (body: string) => `export default function long() {\n${body}}`],
  ['arrow function', (body: string) => `export const long = () => {\n${body}};`],
  ['method', (body: string) => `export class Long {\n  /** A method. */\n  #long() {\n${body}  }\n}`],
  ['constructor', (body: string) => `export class Long {\n  constructor() {\n${body}  }\n}`],
  ['method of an object', (body: string) => `export const it = {\n  long() {\n${body}  },\n};`],
  ['test', (body: string) => `test('says much', () => {\n${body}});`],
])('a %s has at most 70 lines', async (_, written) => {
  expect(await lint(written(statements(68)))).toEqual([]);
  expect(await lint(written(statements(69)))).toEqual([
    'A function has at most 70 lines: give a part of this one a name of its own.',
  ]);
});

test.each(['describe', 'describe.skip', 'describe.each([1])'])('%s may group more lines', async (name) => {
  const group = (body: string) => `${name}('cases', () => {\n${body}});`;
  expect(await lint(group(statements(80)))).toEqual([]);
  expect(await lint(group(`  const long = () => {\n${statements(80)}  };\n`))).toHaveLength(1);
});

test('types are imported by statements', async () => {
  expect(await lint(`import type { A } from './a.ts';\nexport type B = A;\n`)).toEqual([]);
  expect(await lint(`export type B = import('./a.ts').A;\n`)).toEqual([
    'Import the type by a statement: the import rules do not see import types.',
  ]);
});

test('no value of z.core is called', async () => {
  expect(await lint('export const schema = z.optional(z.string());\n')).toEqual([]);
  expect(await lint('export const schema = z.core.$constructor(z.string());\n')).toHaveLength(1);
});
