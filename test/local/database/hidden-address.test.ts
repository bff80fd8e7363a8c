import { expect, test } from 'vitest';
import { hiddenAddress } from '../../../local/database/embedded-dynamodb.ts';

test.skipIf(process.platform !== 'linux')('a database listens where nobody can guess it', async () => {
  const addresses = await Promise.all(Array.from({ length: 20 }, () => hiddenAddress()));
  const hosts = addresses.map(({ host }) => host);
  expect(new Set(hosts).size).toBe(20);
  expect(hosts).not.toContain('127.0.0.1');
  for (const host of hosts) expect(host).toMatch(/^127\.\d+\.\d+\.\d+$/);
});

test('where a system has no such address, it is 127.0.0.1', async () => {
  // One that is kept for documentation, and so is no machine's own.
  expect(await hiddenAddress('192.0.2.1')).toEqual({ host: '127.0.0.1', port: expect.any(Number) });
});
