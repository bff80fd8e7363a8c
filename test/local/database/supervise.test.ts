import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const SUPERVISE = join(import.meta.dirname, '../../../local/database/supervise.ts');

function supervised(source: string) {
  return spawn(process.execPath, [SUPERVISE, process.execPath, '-e', source], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
}

test('a program ends when whoever started it has ended', async () => {
  const child = supervised('setInterval(() => {}, 1_000); console.error(process.pid)');
  const [said] = await once(child.stderr, 'data');
  const pid = Number(String(said));
  expect(() => process.kill(pid, 0)).not.toThrow();
  child.stdin.end();
  await once(child, 'close');
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('what it says is passed on, and how it ends', async () => {
  const child = supervised('console.error("error: no"); process.exit(3)');
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  expect((await once(child, 'close'))[0]).toBe(3);
  expect(said).toBe('error: no\n');
});

test('a program that is not there is told', async () => {
  const child = spawn(process.execPath, [SUPERVISE, '/nowhere/program'], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const [said] = await once(child.stderr, 'data');
  expect(String(said)).toMatch(/^error: spawn \/nowhere\/program ENOENT\n$/);
  expect((await once(child, 'close'))[0]).toBe(1);
});
