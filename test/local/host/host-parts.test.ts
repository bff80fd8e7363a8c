import { readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect } from 'vitest';
import { hashSecret } from '../../../functions/shared/domain/api-key-text.ts';
import { ApiKeyStore } from '../../../functions/shared/store/api-key-store.ts';
import { FailedBatchFolder } from '../../../local/aws/stream/failed-batches.ts';
import { findDynoxide } from '../../../local/database/embedded-dynamodb.ts';
import { builtDashboard, builtDocuments } from '../../../local/host/built-files.ts';
import { prepareApiKey } from '../../../local/host/host-api-key.ts';
import { HostLog, MetricTotals } from '../../../local/host/host-log.ts';
import { HostError } from '../../../local/support/host-error.ts';
import { test } from '../../support/fixture.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');

const it = test
  .extend('store', ({ table }) => new ApiKeyStore(table))
  .extend('prepare', ({ store }) => (file: string, wanted?: string): Promise<string> => {
    const randomBytes = (length: number) => new Uint8Array(length).fill(length);
    return prepareApiKey({ wanted, file, store, now: NOW, randomBytes });
  });

describe('the embedded DynamoDB', () => {
  it('is the one that npm has installed for the platform', () => {
    expect(findDynoxide('linux', 'x64', '')).toMatch(/node_modules\/@dynoxide\/linux-x64\/dynoxide$/);
  });

  it.for([
    ['plan9', 'dynoxide'],
    ['win32', 'dynoxide.exe'],
  ] as const)(
    'is found on the path where npm has not installed it: %s',
    async ([platform, name], { folder }) => {
      expect(findDynoxide(platform, 'mips', folder)).toBeUndefined();
      await writeFile(join(folder, name), '');
      expect(findDynoxide(platform, 'mips', `/nowhere${delimiter}${folder}`)).toBe(join(folder, name));
    },
  );
});

describe.each([
  ['the dashboard', builtDashboard],
  ['the description of the API', builtDocuments],
])('%s', (what, read) => {
  it('has to be built before', async ({ folder }) => {
    expect(() => read(folder)).toThrow(
      new HostError(`${what} is not built: npm start builds it, or npm run build`),
    );
  });
});

describe('the API key of the local host', () => {
  it('is made, kept for its owner alone, and found again', async ({ folder, store, prepare }) => {
    const file = join(folder, 'api-key');
    const key = await prepare(file);
    expect(key).toBe(`cua_${'08'.repeat(8)}_${'18'.repeat(24)}`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await prepare(file)).toBe(key);
    expect(await store.read('08'.repeat(8))).toEqual({
      keyId: '08'.repeat(8),
      secretHash: hashSecret('18'.repeat(24)),
      scopes: [
        'stats:read',
        'messages:write',
        'messages:read',
        'channels:write',
        'shares:write',
        'proof:read',
      ],
      peers: 'all',
      label: 'local host',
      createdAt: NOW,
    });
  });

  it('is the one that is wanted, which no file keeps', async ({ folder, store, prepare }) => {
    const wanted = `cua_wanted_${'w'.repeat(22)}`;
    expect(await prepare(join(folder, 'api-key'), wanted)).toBe(wanted);
    expect(await readdir(folder)).toEqual([]);
    expect((await store.read('wanted'))?.secretHash).toEqual(hashSecret('w'.repeat(22)));
  });

  it('stays revoked', async ({ folder, store, prepare }) => {
    const file = join(folder, 'api-key');
    const wanted = `cua_revoked_${'r'.repeat(22)}`;
    await prepare(file, wanted);
    const stored = await store.read('revoked');
    if (stored === undefined) throw new Error('the key should be stored');
    await store.replace({ ...stored, revokedAt: NOW });
    await prepare(file, wanted);
    expect((await store.read('revoked'))?.revokedAt).toBe(NOW);
  });

  it('is refused where the file holds none', async ({ folder, prepare }) => {
    const file = join(folder, 'api-key');
    await writeFile(file, 'nonsense');
    await expect(prepare(file)).rejects.toThrow(`${file} does not hold an API key`);
  });
});

describe('the failure destination', () => {
  it('keeps a whole batch as Lambda does', async ({ folder }) => {
    const records = [
      { eventID: '7', eventSourceARN: 'arn', dynamodb: { SequenceNumber: '7' } },
      { eventID: '8', eventSourceARN: 'arn', dynamodb: { SequenceNumber: '8' } },
    ];
    const failure = { reason: 'RetryAttemptsExhausted', attempts: 21, records } as const;
    await new FailedBatchFolder(folder, () => NOW).add(failure);
    const [name = '', ...others] = await readdir(folder);
    expect([name, others]).toEqual(['2026-11-22T10-00-00.000Z-7.json', []]);
    expect(JSON.parse(await readFile(join(folder, name), 'utf8'))).toEqual({
      version: '1.0',
      timestamp: '2026-11-22T10:00:00.000Z',
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 21 },
      DDBStreamBatchInfo: {
        startSequenceNumber: '7',
        endSequenceNumber: '8',
        batchSize: 2,
        streamArn: 'arn',
      },
      payload: JSON.stringify({ Records: records }),
    });
  });
});

describe('the log of the local host', () => {
  it('is a JSON object a line, behind those of earlier runs', async ({ folder }) => {
    const file = join(folder, 'host.log');
    for (const run of [1, 2]) {
      const log = new HostLog(
        file,
        () => NOW,
        () => {},
      );
      log.of('part').warn('said', { run });
      log.close();
    }
    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    const line = { level: 'WARN', timestamp: '2026-11-22T10:00:00.000Z', service: 'part', message: 'said' };
    expect(lines.map((text) => JSON.parse(text))).toEqual([
      { ...line, run: 1 },
      { ...line, run: 2 },
    ]);
  });

  it('complains once where the disk is full, and stops nothing', async ({ folder }) => {
    const file = join(folder, 'host.log');
    await symlink('/dev/full', file);
    const complaints: string[] = [];
    const log = new HostLog(
      file,
      () => NOW,
      (problem) => complaints.push(problem),
    );
    log.of('part').info('lost', {});
    log.of('part').info('lost', {});
    log.close();
    expect(complaints).toEqual([`cannot write to ${file}: the disk is full; what would be there is lost`]);
  });

  it('takes nothing after it was closed, when its descriptor may be that of another file', async ({
    folder,
  }) => {
    const complaints: string[] = [];
    const log = new HostLog(
      join(folder, 'host.log'),
      () => NOW,
      (problem) => complaints.push(problem),
    );
    log.close();
    log.of('part').info('late', {});
    expect(complaints).toEqual([]);
    expect(await readFile(join(folder, 'host.log'), 'utf8')).toBe('');
  });
});

describe('the totals of the metrics', () => {
  it('add up', () => {
    const totals = new MetricTotals();
    totals.publish({ RecordsReceived: 2, MessagesCounted: 1 });
    totals.publish({ RecordsReceived: 3 });
    expect(totals.read()).toEqual({ RecordsReceived: 5, MessagesCounted: 1 });
  });
});
