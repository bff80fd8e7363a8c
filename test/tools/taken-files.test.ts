import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { CLIENT_LIMITS } from '../../functions/shared/runtime/dependencies.ts';
import { intoFolder } from '../../local/aws/bucket/object-folder.ts';
import { toldFilesOf } from '../../local/host/data-folder.ts';
import { removeFromBucket, removeFromFolder } from '../../tools/support/taken-files.ts';
import { ToolError } from '../../tools/support/tool-error.ts';
import { test as fixture } from '../support/fixture.ts';

const PEER = 'peer one/+';
const OTHER = `${PEER}2`;
const NOW = Date.parse('2026-11-22T10:00:00Z');

const test = fixture
  /** A bucket that takes deletions of many keys at once, and answers with the error where there is one. */
  .extend('bucket', async ({ onTestFinished }) => {
    const state: { deleted: string[][]; error: string | undefined } = { deleted: [], error: undefined };
    const server = createServer(async (request, response) => {
      let text = '';
      for await (const part of request.setEncoding('utf8')) text += part;
      state.deleted.push([...text.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key = '']) => key));
      const error = state.error === undefined ? '' : `<Error><Key>k</Key><Code>${state.error}</Code></Error>`;
      response.writeHead(200).end(`<DeleteResult>${error}</DeleteResult>`);
    });
    await once(server.listen(0, 'localhost'), 'listening');
    onTestFinished(async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    });
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = { ...CLIENT_LIMITS, region: 'local', endpoint: `http://localhost:${port}`, credentials };
    return Object.assign(state, { client });
  })
  .extend('told', ({ folder }) => toldFilesOf(folder));

test("every key that a file of the peer may have in a bucket is deleted, and no other peer's", async ({
  bucket,
}) => {
  await removeFromBucket('exports', bucket.client, PEER, NOW);
  const keys = bucket.deleted.flat();
  const name = encodeURIComponent(PEER);
  expect(keys).toEqual(
    expect.arrayContaining([
      `day=2026-11-22/peer=${name}/usage.jsonl`,
      `day=2024-02-29/peer=${name}/usage.jsonl`,
      `day=2006-12-01/peer=${name}/usage.jsonl`,
      ...['json', 'csv', 'html'].map((kind) => `reports/2026-10/peer=${name}/report.${kind}`),
    ]),
  );
  expect(keys.filter((key) => !key.includes(`/peer=${name}/`))).toEqual([]);
  expect(new Set(keys).size).toBe(keys.length);
  expect(bucket.deleted.every((batch) => batch.length <= 1_000)).toBe(true);
});

test('a file of the bucket that could not be deleted ends it', async ({ bucket }) => {
  bucket.error = 'AccessDenied';
  await expect(removeFromBucket('exports', bucket.client, PEER, NOW)).rejects.toEqual(
    new ToolError('files in exports could not be removed: AccessDenied'),
  );
});

test('in a data folder the exported days and the reports of the peer go, and no others', async ({
  folder,
  told,
}) => {
  const keysOf = (peerId: string) => {
    const peer = `peer=${encodeURIComponent(peerId)}`;
    return { day: `day=2026-11-20/${peer}/usage.jsonl`, report: `reports/2026-10/${peer}/report.json` };
  };
  const long = 'x'.repeat(300);
  for (const peerId of [PEER, OTHER, long]) {
    await intoFolder(told.exports)(keysOf(peerId).day, '{}', 'text/plain');
    await intoFolder(told.reports)(keysOf(peerId).report, '{}', 'text/plain');
  }
  await removeFromFolder(folder, PEER);
  expect(existsSync(join(told.exports, keysOf(PEER).day))).toBe(false);
  expect(existsSync(join(told.reports, keysOf(PEER).report))).toBe(false);
  expect(existsSync(join(told.exports, keysOf(OTHER).day))).toBe(true);
  expect(existsSync(join(told.reports, keysOf(OTHER).report))).toBe(true);
  // The name of its folder was too long to be kept.
  expect(await readdir(join(told.exports, 'day=2026-11-20'))).toHaveLength(2);
  await removeFromFolder(folder, long);
  expect(await readdir(join(told.exports, 'day=2026-11-20'))).toEqual([`peer=${encodeURIComponent(OTHER)}`]);
});

test('so do its lines in what was told and in announced days that nobody took; all else stays as it is', async ({
  folder,
  told,
}) => {
  const alert = (peerId: string) => JSON.stringify({ id: 'a', data: { peerId, code: 'silent_channel' } });
  const day = (peerId: string) => JSON.stringify({ consumer: 's3', peerId, day: '2026-11-20', revision: 4 });
  await mkdir(dirname(told.alerts), { recursive: true });
  const others = [alert(OTHER), '{"id":"b","data":{}}', 'half a li'];
  await writeFile(told.alerts, [alert(PEER), ...others.slice(0, 2), alert(PEER), others[2]].join('\n'));
  await writeFile(told.failedAnnouncements, `${day(PEER)}\n${day(OTHER)}\n`);
  await removeFromFolder(folder, PEER);
  expect(await readFile(told.alerts, 'utf8')).toBe(others.join('\n'));
  expect(await readFile(told.failedAnnouncements, 'utf8')).toBe(`${day(OTHER)}\n`);
});

test('a data folder in which nothing was told has nothing to lose', async ({ folder }) => {
  await expect(removeFromFolder(folder, PEER)).resolves.toBeUndefined();
});
