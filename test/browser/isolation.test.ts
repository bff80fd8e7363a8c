import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { parseApiKey } from '../../functions/shared/domain/api-key-text.ts';
import { LOCAL_ENVIRONMENT } from '../../local/database/local-database.ts';
import { launchChromium } from './support/chromium.ts';

// What a page of somebody else reads of a local host, in a browser on the same machine. It is served from the
// machine itself, to which browsers let it speak more freely than a page from the network.

const host = inject('host');

let site: Server;
let browser: Browser;
let page: Page;
/** Where the database answers, which no page is told. */
let database: URL;

beforeAll(async () => {
  database = new URL((await readFile(join(host.dataFolder, 'database-endpoint'), 'utf8')).trim());
  site = createServer((_, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>somebody else</title>');
  });
  await once(site.listen(0, '127.0.0.1'), 'listening');
  const address = site.address();
  if (address === null || typeof address === 'string') throw new Error('the page has no address');
  browser = await launchChromium();
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${address.port}/`);
});

afterAll(async () => {
  await browser.close();
  site.close();
  site.closeAllConnections();
});

/** Asks databases for all they hold, as a page can; gives what it read, and of which. */
function readDatabases(origins: readonly string[]): Promise<string[]> {
  return page.evaluate(
    async ({ origins, tables }) => {
      const ask = async (origin: string, operation: string, body: object) => {
        const response = await fetch(origin, {
          method: 'POST',
          headers: {
            'x-amz-target': `DynamoDB_20120810.${operation}`,
            'content-type': 'application/x-amz-json-1.0',
            'x-amz-date': '20261122T100000Z',
            authorization:
              'AWS4-HMAC-SHA256 Credential=x/20261122/local/dynamodb/aws4_request, SignedHeaders=host, Signature=x',
          },
          body: JSON.stringify(body),
        });
        return `${origin} ${operation}: ${await response.text()}`;
      };
      const attempts = origins.flatMap((origin) => [
        ask(origin, 'ListTables', {}),
        ...tables.map((table) => ask(origin, 'Scan', { TableName: table, Limit: 100 })),
        fetch(origin).then(async (response) => `${origin} GET: ${await response.text()}`),
      ]);
      const outcomes = await Promise.allSettled(attempts);
      return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    },
    { origins, tables: Object.values(LOCAL_ENVIRONMENT) },
  );
}

it('a page that knows the port of the database, and not its address, reads nothing of it', async () => {
  const names = ['127.0.0.1', 'localhost', '[::1]', '0.0.0.0', '127.0.0.2', '127.0.1.1', '127.1.1.1'];
  expect(await readDatabases(names.map((name) => `http://${name}:${database.port}/`))).toEqual([]);
  const usual = [8000, 4566, 4567, 8001, 19280];
  const origins = names.flatMap((name) => usual.map((port) => `http://${name}:${port}/`));
  const { keyId = 'none' } = parseApiKey(host.apiKey) ?? {};
  // Something else of this machine may answer there.
  expect((await readDatabases(origins)).filter((text) => text.includes(keyId))).toEqual([]);
});

it('that is for the address alone: who knows it reads all, and it is told to the owner of the data only', async () => {
  const read = await readDatabases([database.href]);
  expect(read).toContainEqual(expect.stringContaining(LOCAL_ENVIRONMENT.USAGE_TABLE));
  expect(read).toContainEqual(expect.stringContaining('secretHash'));
});

/** Asks the service in every way a page has; gives what it could read. */
function readService(url: string, paths: readonly string[], apiKey: string): Promise<string[]> {
  return page.evaluate(
    async ({ url, paths, apiKey }) => {
      const key = { authorization: `Bearer ${apiKey}` };
      const ways: RequestInit[] = [
        {},
        { headers: key },
        { mode: 'no-cors' },
        { credentials: 'include' },
        { method: 'POST', body: '{}' },
        { method: 'POST', body: '{}', mode: 'no-cors' },
        { method: 'POST', body: '{}', headers: { ...key, 'content-type': 'application/json' } },
        { method: 'PUT', body: '{}', headers: key },
        { method: 'DELETE', headers: key },
      ];
      const fetched = paths.flatMap((path) =>
        ways.map(async (way) => {
          const response = await fetch(`${url}${path}`, way);
          const headers = [...response.headers].join();
          return [response.status || '', headers, await response.text()].join('');
        }),
      );
      const embedded = paths.flatMap((path) =>
        (['script', 'img'] as const).map(
          (kind) =>
            new Promise<string>((resolve) => {
              const element = document.createElement(kind);
              element.onload = () => resolve(`${kind} ${path}`);
              element.onerror = () => resolve('');
              element.src = `${url}${path}`;
              document.body.append(element);
            }),
        ),
      );
      const framed = paths.map(
        (path) =>
          new Promise<string>((resolve) => {
            const frame = document.createElement('iframe');
            frame.onload = () => resolve(frame.contentDocument?.body.innerText ?? '');
            frame.src = `${url}${path}`;
            document.body.append(frame);
          }),
      );
      const outcomes = await Promise.allSettled([...fetched, ...embedded, ...framed]);
      return outcomes.flatMap((outcome) =>
        outcome.status === 'fulfilled' && outcome.value !== '' ? [outcome.value] : [],
      );
    },
    { url, paths, apiKey },
  );
}

it('a page reads nothing of the service, even with a key', async () => {
  const paths = [
    '/api/v1/peers',
    '/api/v1/peer/peer_support/channel-stats',
    '/api/v1/peer/peer_support/messages',
    '/api/v1/peer/peer_support/channels/direct',
    '/api/v1/openapi.json',
    '/docs',
    '/',
  ];
  const { port } = new URL(host.url);
  for (const name of ['127.0.0.1', 'localhost']) {
    expect(await readService(`http://${name}:${port}`, paths, host.apiKey)).toEqual([]);
  }
});

it('a page whose name came to mean this machine reads nothing of the service', async () => {
  const { port } = new URL(host.url);
  const rebound = await launchChromium(['--host-resolver-rules=MAP rebound.example 127.0.0.1']);
  try {
    const ownPage = await rebound.newPage();
    const answer = await ownPage.goto(`http://rebound.example:${port}/`);
    expect(answer?.status()).toBe(421);
    const statuses = await ownPage.evaluate(async (apiKey) => {
      const headers = { authorization: `Bearer ${apiKey}` };
      const stats = await fetch('/api/v1/peer/peer_support/channel-stats', { headers });
      return [stats.status, await stats.json()];
    }, host.apiKey);
    expect(statuses).toEqual([421, { message: expect.stringMatching(/^Misdirected Request/) }]);
  } finally {
    await rebound.close();
  }
});
