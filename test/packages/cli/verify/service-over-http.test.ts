import { once } from 'node:events';
import { createServer } from 'node:http';
import { test as base, expect } from 'vitest';
import { daysBetween } from '../../../../functions/shared/domain/interval.ts';
import { ServiceOverHttp } from '../../../../packages/cli/src/verify/service-over-http.ts';
import { idleContext } from '../cli-run.ts';

/** Answers of a service, by the query. */
type Answers = (path: string, query: URLSearchParams) => { status?: number; body: object };

const test = base.extend('serve', ({ onTestFinished }) => async (answers: Answers) => {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://service');
    const { status = 200, body } = answers(pathname, searchParams);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const connection = { url: `http://127.0.0.1:${port}`, key: 'cua_key_secret' };
  return new ServiceOverHttp(connection, { ...idleContext(), clock: Date.now }, 'a peer/1');
});

test('figures are asked for a year at a time, and fewer months where that is too much', async ({ serve }) => {
  const asked: string[] = [];
  const service = await serve((path, query) => {
    const [from, to] = [query.get('from') ?? '', query.get('to') ?? ''];
    asked.push(`${from} ${to}`);
    expect(path).toBe('/api/v1/peer/a%20peer%2F1/channel-stats/proof');
    if (daysBetween(from, to) > 130) return refusal('from must be closer');
    return {
      body: {
        query: { peerId: 'a peer/1', from, to, timezone: 'UTC' },
        days: [{ day: from, channels: [] }],
        months: [],
      },
    };
  });
  const { days } = await service.proof({ from: '2025-11-15', to: '2026-06-10' });
  expect(asked).toEqual([
    '2025-11-15 2026-06-10',
    '2025-11-15 2026-04-30',
    '2025-11-15 2026-01-31',
    '2026-02-01 2026-04-30',
    '2026-05-01 2026-06-10',
  ]);
  expect(days.map(({ day }) => day)).toEqual(['2025-11-15', '2026-02-01', '2026-05-01']);
});

test('fingerprints are read to the last page, each once', async ({ serve }) => {
  const pages = [['1', '2'], ['2', '3'], ['4']].map((page) => page.map((digit) => digit.repeat(16)));
  const service = await serve((_, query) => {
    const page = Number(query.get('cursor') ?? 0);
    const [channelId, day] = [query.get('channelId') ?? '', query.get('day') ?? ''];
    return {
      body: {
        query: { peerId: 'a peer/1', channelId, day },
        evidence: 'kept',
        fingerprints: pages[page],
        cursor: page === pages.length - 1 ? null : `${page + 1}`,
      },
    };
  });
  const { evidence, fingerprints } = await service.evidence({ channelId: 'a&b=c', day: '2026-11-20' });
  expect(evidence).toBe('kept');
  expect([...fingerprints]).toEqual(['1', '2', '3', '4'].map((digit) => digit.repeat(16)));
  expect(service.reads).toEqual({ requests: 3, fingerprints: 5 });
});

function refusal(message: string) {
  const details = [{ path: 'from', message }];
  return {
    status: 400,
    body: { error: { code: 'invalid_request', message: 'no', status: 400, requestId: 'r', details } },
  };
}
