import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { test } from '../support/fixture.ts';

// docs/proof.md tells others how to compute digests: what it shows is run, and held to its own test vectors.

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/proof.md'), 'utf8');
const run = promisify(execFile);

const [, KEY = ''] = /Under the proof key `([0-9a-f]{64})`/.exec(DOCUMENT) ?? [];
const VECTORS = [
  ...DOCUMENT.matchAll(/^\| `(.+?)` \| `(.+?)` \| `([0-9a-f]{32})` \| `([0-9a-f]{16})` \|$/gm),
].map(([, conversationId = '', messageId = '', digest = '', fingerprint = '']) => {
  return { ids: [conversationId, messageId], digest, fingerprint };
});
const [, OF_ALL = '', OF_DOUBLED = ''] =
  /all three is `([0-9a-f]{32})`; of the first one lost and the second one doubled it is `([0-9a-f]{32})`/.exec(
    DOCUMENT,
  ) ?? [];

/** Lists of ids, each with the digest that the document tells of it. */
const all = VECTORS.map(({ ids }) => ids);
const LISTS: [ids: string[][], digest: string][] = [
  [[], '0'.repeat(32)],
  ...VECTORS.map(({ ids, digest }): [string[][], string] => [[ids], digest]),
  [all, OF_ALL],
  [all.toReversed(), OF_ALL],
  [[...all.slice(1), ...all.slice(1, 2)], OF_DOUBLED],
];

function codeIn(language: string): string {
  const [, code] = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(DOCUMENT) ?? [];
  if (code === undefined) throw new Error(`docs/proof.md shows nothing in ${language}`);
  return code;
}

test('the test vectors are what the document says of them', () => {
  expect(VECTORS).toHaveLength(3);
  for (const { ids, digest, fingerprint } of VECTORS) {
    const hash = createHmac('sha256', Buffer.from(KEY, 'hex')).update(ids.join('\n')).digest();
    expect(digest).toBe(hash.subarray(0, 16).toString('hex'));
    expect(fingerprint).toBe(hash.subarray(8, 16).toString('hex'));
  }
  expect(OF_ALL).not.toBe(OF_DOUBLED);
});

test('what is shown in TypeScript computes them', async ({ folder }) => {
  const file = join(folder, 'shown.ts');
  const calls = LISTS.map(([ids]) => `digest(KEY, ${JSON.stringify(ids)} as [string, string][])`);
  const told = `const KEY = '${KEY}';\nconsole.log(JSON.stringify([${calls.join(', ')}]));\n`;
  await writeFile(file, `${codeIn('ts')}\n${told}`);
  const { stdout } = await run(process.execPath, [file]);
  expect(JSON.parse(stdout)).toEqual(LISTS.map(([, digest]) => digest));
});

test('what is shown in Python computes them', async ({ folder }) => {
  const file = join(folder, 'shown.py');
  const told = `import json, sys\nkey, lists = json.loads(sys.argv[1])\nprint(json.dumps([digest(key, ids) for ids in lists]))\n`;
  await writeFile(file, `${codeIn('python')}\n${told}`);
  const asked = JSON.stringify([KEY, LISTS.map(([ids]) => ids)]);
  const { stdout } = await run('python3', [file, asked]);
  expect(JSON.parse(stdout)).toEqual(LISTS.map(([, digest]) => digest));
});

test('each of them is ten lines at most, but for what it imports', () => {
  for (const language of ['ts', 'python']) {
    const lines = codeIn(language).split('\n');
    expect(lines.filter((line) => line !== '' && !line.startsWith('import')).length).toBeLessThanOrEqual(10);
  }
});
