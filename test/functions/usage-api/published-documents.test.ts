import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect } from 'vitest';
import { ROUTES } from '../../../functions/shared/http/routes.ts';
import { buildDocument } from '../../../openapi/document.ts';
import { renderPage } from '../../../openapi/page.ts';
import { test } from '../../support/fixture.ts';
import { BUILT_DOCUMENT } from '../../support/openapi/built-document.ts';
import { DOCUMENTED_OPERATIONS } from '../../support/openapi/documented-operations.ts';
import { call, httpEvent } from '../../support/service/http-events.ts';
import { lambdaContext } from '../../support/service/lambda-context.ts';

const GZIP = { 'accept-encoding': 'gzip, deflate, br' };

describe.each([
  ['the OpenAPI document', ROUTES.getOpenApiDocument, 'application/json'],
  ['the reference page', ROUTES.getReferencePage, 'text/html; charset=utf-8'],
])('%s', (_name, route, contentType) => {
  test('is for everyone, whatever key is sent, without a call of DynamoDB', async ({ service }) => {
    const plain = await call(service.usageApi, { route });
    expect(plain.status).toBe(200);
    expect(await call(service.usageApi, { route, key: 'no key at all' })).toEqual(plain);
    expect(service.watched.calls).toEqual([]);
    expect(service.logged.map(({ fields }) => fields)).toEqual(
      Array(2).fill({
        requestId: 'request-1',
        routeKey: `GET ${route.path}`,
        status: 200,
        durationMs: 0,
      }),
    );
  });

  test('is compressed for those who say that they take it', async ({ service }) => {
    const plain = await service.usageApi(httpEvent({ route }), lambdaContext());
    const gzip = await service.usageApi(httpEvent({ route, headers: GZIP }), lambdaContext());
    expect(plain.headers).not.toHaveProperty('content-encoding');
    expect(gzip.headers).toEqual({ ...plain.headers, 'content-encoding': 'gzip' });
    expect(gzip.headers).toMatchObject({ 'content-type': contentType, vary: 'accept-encoding' });
    expect(gzip.isBase64Encoded).toBe(true);
    expect(gunzipSync(Buffer.from(gzip.body ?? '', 'base64')).toString('utf8')).toBe(plain.body);
  });

  test.for<[acceptEncoding: string, isCompressed: boolean]>([
    ['gzip', true],
    ['br;q=1.0, gzip;q=0.8, *;q=0.1', true],
    ['GZIP;q=1', true],
    ['x-gzip', true],
    ['deflate ,gzip', true],
    ['gzip;q=0', false],
    ['gzip;q=0.000', false],
    ['identity', false],
    ['gzipped', false],
    ['', false],
  ])('takes %j for an answer: gzip is %s', async ([acceptEncoding, isCompressed], { service }) => {
    const headers = { 'accept-encoding': acceptEncoding };
    const answer = await service.usageApi(httpEvent({ route, headers }), lambdaContext());
    expect(answer.headers?.['content-encoding']).toBe(isCompressed ? 'gzip' : undefined);
  });
});

test('the OpenAPI document is the one that its sources make now', async ({ service }) => {
  const { body } = await call(service.usageApi, { route: ROUTES.getOpenApiDocument });
  expect(body).toEqual(JSON.parse(JSON.stringify(buildDocument())));
  expect(body).toEqual(BUILT_DOCUMENT);
});

describe('the reference page', () => {
  let page: string;
  let policy: string;

  test.beforeEach(async ({ service }) => {
    const { body, headers } = await call(service.usageApi, { route: ROUTES.getReferencePage });
    page = String(body);
    policy = String(headers['content-security-policy']);
  });

  test('is the one that its sources make now', async () => {
    const style = await readFile(join(import.meta.dirname, '../../../openapi/page.css'), 'utf8');
    expect(page).toBe(renderPage(buildDocument(), style));
  });

  test('describes every operation, parameter, scope and error', () => {
    for (const { path, operationId, responses } of DOCUMENTED_OPERATIONS) {
      expect(page).toContain(`<code>${path}</code>`);
      expect(page).toContain(`id="${operationId}"`);
      for (const status of Object.keys(responses)) {
        if (!status.startsWith('2')) expect(page).toContain(`id="error-${status}"`);
      }
    }
    for (const text of [
      'peerId',
      'from',
      'include',
      'prefix',
      'messages[].sentAt',
      'channels[].percentage',
    ]) {
      expect(page).toContain(`<th scope="row"><code>${text}</code></th>`);
    }
    expect(page).toContain('curl &#34;$BASE_URL/api/v1/peer/peer_123/channel-stats&#34;');
  });

  test('has no scripts, and loads nothing', () => {
    expect(page).not.toMatch(/<(script|iframe|object|embed|img|base|form)\b/i);
    expect(page).not.toMatch(/\son[a-z]+=|javascript:|@import|url\(/i);
    const links = [...page.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, address = '']) => address);
    const outside = links.filter((address) => !/^(#|api\/v1\/openapi\.json$|data:,$)/.test(address));
    expect(outside).toEqual([]);
  });

  test('is allowed its own style, and nothing else', () => {
    const [, style = ''] = /<style>([^<]*)<\/style>/.exec(page) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(policy).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; ` +
        "form-action 'none'; frame-ancestors 'none'",
    );
    expect(page).not.toMatch(/\sstyle=/);
  });

  test('has links that lead somewhere', () => {
    const anchors = [...page.matchAll(/href="#([^"]*)"/g)].map(([, name = '']) => name);
    const missing = anchors.filter((name) => !page.includes(`id="${name}"`));
    expect(missing).toEqual([]);
  });
});
