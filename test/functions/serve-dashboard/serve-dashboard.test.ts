import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect } from 'vitest';
import { NOTICES } from '../../../dashboard/build/build-folder.ts';
import { readDashboardFiles } from '../../../functions/serve-dashboard/dashboard-files.ts';
import { serveDashboard } from '../../../functions/serve-dashboard/serve-dashboard.ts';
import { gatewayInvocation } from '../../../local/aws/gateway/http-event.ts';
import { test as fixture } from '../../support/fixture.ts';
import { COMMON_HEADERS, call, READ_HEADERS } from '../../support/service/http-events.ts';
import { lambdaContext } from '../../support/service/lambda-context.ts';

const PAGE = '<!doctype html><meta name="csp-nonce" content="__CSP_NONCE__"><script src="/assets/page-1.js">';
const SCRIPT = 'document.title = "Köln";';
const STYLE = ':root { color: black }';
const NOTICES_TEXT = 'React: MIT © Meta';
const EMBED_SCRIPT = 'customElements.define("channel-usage", class extends HTMLElement {})';

const test = fixture
  /** A build of a dashboard, with a file beside it that is not part of it. */
  .extend('served', async ({ folder }) => {
    const served = join(folder, 'served');
    await mkdir(join(served, 'assets'), { recursive: true });
    await writeFile(join(folder, 'modules.json'), '{}');
    await writeFile(join(served, 'index.html'), PAGE);
    await writeFile(join(served, 'channel-usage.js.gz'), gzipSync(EMBED_SCRIPT));
    await writeFile(join(served, 'assets/page-1.js.gz'), gzipSync(SCRIPT));
    await writeFile(join(served, 'assets/page-2.css.gz'), gzipSync(STYLE));
    await writeFile(join(served, `${NOTICES}.gz`), gzipSync(NOTICES_TEXT));
    return served;
  })
  .extend('handler', ({ service, served }) =>
    serveDashboard({ ...service, client: service.watched.client }, readDashboardFiles(served)),
  )
  /** Sends a GET through the gateway, which has to choose this function for it. */
  .extend('get', ({ service, handler }) => async (target: string, acceptEncoding?: string) => {
    const invocation = gatewayInvocation(
      {
        method: 'GET',
        target,
        httpVersion: '1.1',
        headers: { ...(acceptEncoding !== undefined && { 'accept-encoding': [acceptEncoding] }) },
        body: Buffer.alloc(0),
        sourceIp: '192.0.2.1',
      },
      'request-1',
      service.clock(),
    );
    if (invocation?.function !== 'serve-dashboard') throw new Error(`${target} is not for this function`);
    return handler(invocation.event, lambdaContext());
  });

describe('the page', () => {
  test('may run what is of its origin, and the styles that know its nonce', async ({ get }) => {
    const { statusCode, headers, body } = await get('/', 'gzip');
    const [, nonce = ''] = /<meta name="csp-nonce" content="([\w+/]{22}==)">/.exec(body ?? '') ?? [];
    expect(body).toBe(PAGE.replace('__CSP_NONCE__', nonce));
    expect(statusCode).toBe(200);
    expect(headers).toEqual({
      ...COMMON_HEADERS,
      vary: 'accept-encoding, authorization',
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': [
        "default-src 'none'",
        "script-src 'self'",
        `style-src 'self' 'nonce-${nonce}'`,
        "connect-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
      'x-request-id': 'request-1',
    });
  });

  test('has another nonce in every answer', async ({ get }) => {
    const bodies = new Set([(await get('/')).body, (await get('/')).body, (await get('/?peer=a')).body]);
    expect(bodies.size).toBe(3);
  });

  test('asks for no key, and DynamoDB for nothing', async ({ service, get }) => {
    await get('/');
    expect(service.watched.calls).toEqual([]);
    expect(service.logged).toEqual([
      {
        level: 'info',
        message: 'request',
        fields: { requestId: 'request-1', routeKey: 'GET /', status: 200, durationMs: 0 },
      },
    ]);
  });
});

describe.each([
  [
    '/assets/page-1.js',
    SCRIPT,
    {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    },
  ],
  [
    '/assets/page-2.css',
    STYLE,
    { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'public, max-age=31536000, immutable' },
  ],
  [
    `/${NOTICES}`,
    NOTICES_TEXT,
    { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'public, max-age=300' },
  ],
  [
    '/channel-usage.js',
    EMBED_SCRIPT,
    {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=300',
      'cross-origin-resource-policy': 'cross-origin',
    },
  ],
])('%s', (target, text, own) => {
  const headers = {
    ...COMMON_HEADERS,
    ...own,
    vary: 'accept-encoding',
    etag: READ_HEADERS.etag,
    'x-request-id': 'request-1',
  };

  test('is served as it was compressed', async ({ get }) => {
    const { body = '', ...answer } = await get(target, 'gzip, deflate, br');
    expect(answer).toEqual({
      statusCode: 200,
      headers: { ...headers, 'content-encoding': 'gzip' },
      isBase64Encoded: true,
    });
    expect(gunzipSync(Buffer.from(body, 'base64')).toString('utf8')).toBe(text);
  });

  test('is plain for those who take no gzip', async ({ get }) => {
    expect(await get(target)).toEqual({ statusCode: 200, headers, body: text });
  });
});

test.for([
  '/assets/page-3.js',
  '/assets/page-1.js.gz',
  '/assets/..%2findex.html',
  '/assets/..%2f..%2fmodules.json',
  '/assets/..%5c..%5cmodules.json',
  '/assets/%2e%2e%2fchannel-usage.js.gz',
  '/assets/%2fetc%2fpasswd',
  '/assets/constructor',
  '/assets/page-1.js%00',
])('there is nothing at %s', async (target, { get }) => {
  const { statusCode, headers, body = '' } = await get(target);
  expect(statusCode).toBe(404);
  expect(headers).toEqual({
    ...COMMON_HEADERS,
    'content-type': 'application/json',
    'x-request-id': 'request-1',
  });
  expect(JSON.parse(body)).toEqual({
    error: {
      code: 'not_found',
      message: 'there is nothing at this path',
      status: 404,
      requestId: 'request-1',
    },
  });
});

test.for<[method: string, path: string]>([
  ['POST', '/'],
  ['PUT', '/assets/page-1.js'],
  ['DELETE', '/channel-usage.js'],
])('%s %s is not allowed', async ([method, path], { service }) => {
  const { status, headers } = await call(service.usageApi, { method, path });
  expect([status, headers['allow']]).toEqual([405, 'GET, HEAD']);
});

describe('reading a build', () => {
  /** A build that differs from the good one in one file. */
  async function buildWith(folder: string, file: string, content: string): Promise<string> {
    const build = await mkdtemp(join(folder, 'build-'));
    await mkdir(join(build, 'assets'));
    await writeFile(join(build, 'index.html'), PAGE);
    await writeFile(join(build, 'channel-usage.js.gz'), gzipSync(EMBED_SCRIPT));
    await writeFile(join(build, file), content);
    return build;
  }

  test('fails where the page has no place for the nonce', async ({ folder }) => {
    const build = await buildWith(folder, 'index.html', '<!doctype html>');
    expect(() => readDashboardFiles(build)).toThrow(/page has no place for a nonce/);
  });

  test('fails where a file is of an unknown kind', async ({ folder }) => {
    const build = await buildWith(folder, 'assets/font-1.woff2.gz', '');
    expect(() => readDashboardFiles(build)).toThrow(/a file of an unknown kind: .*font-1\.woff2\.gz$/);
  });

  test('fails where there is none', ({ folder }) => {
    expect(() => readDashboardFiles(join(folder, 'none'))).toThrow(/ENOENT/);
  });
});
