import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpHandler } from '../../../../functions/shared/http/http.ts';
import {
  type ConnectionLimits,
  type HttpServer,
  startHttpServer,
} from '../../../../local/aws/gateway/http-server.ts';
import { HostError } from '../../../../local/support/host-error.ts';
import { slowClient } from '../../../support/host/slow-client.ts';

const servers: HttpServer[] = [];
const logged: string[] = [];

async function serve(handler: HttpHandler, port = 0, limits?: ConnectionLimits): Promise<HttpServer> {
  const write = (message: string) => logged.push(message);
  const server = await startHttpServer({
    host: '127.0.0.1',
    port,
    handlers: {
      'record-messages': handler,
      'look-up-messages': handler,
      'manage-channels': handler,
      'usage-api': handler,
      'serve-dashboard': handler,
    },
    clock: () => Date.parse('2026-11-22T10:00:00.000Z'),
    log: { info: write, warn: write, error: write },
    ...(limits !== undefined && { limits }),
  });
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop().catch(() => {});
  logged.length = 0;
});

const PATIENT: ConnectionLimits = {
  headersMs: 600_000,
  requestMs: 600_000,
  idleMs: 600_000,
  lookEveryMs: 20,
  connections: 10_000,
};
/** The patience of a server whose tests wait for it. */
const HASTY: ConnectionLimits = { ...PATIENT, headersMs: 1_000, requestMs: 1_000 };

async function answered(url: string): Promise<string | undefined> {
  const response = await fetch(`${url}${path}`).catch(() => undefined);
  return response?.text();
}

const path = '/api/v1/peer/peer_1/channel-stats';

describe('the HTTP server', () => {
  it('answers with what the function gives', async () => {
    const { url } = await serve(async (event) => ({
      statusCode: 201,
      headers: { 'x-own': 'yes', 'content-type': 'application/json' },
      cookies: ['a=1', 'b=2'],
      body: JSON.stringify(event.pathParameters),
    }));
    const response = await fetch(`${url}${path}`);
    expect(response.status).toBe(201);
    expect(response.headers.get('x-own')).toBe('yes');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.json()).toEqual({ peerId: 'peer_1' });
  });

  it('decodes an encoded answer', async () => {
    const { url } = await serve(async () => ({ body: 'w6Q=', isBase64Encoded: true }));
    const response = await fetch(`${url}${path}`);
    expect([response.status, await response.text()]).toEqual([200, 'ä']);
  });

  it('answers HEAD without a body', async () => {
    const { url } = await serve(async () => ({ statusCode: 405, body: '{}' }));
    const response = await fetch(`${url}${path}`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([405, '']);
  });

  it('answers 500 as the gateway does, and logs it, where the function throws', async () => {
    const { url } = await serve(async () => {
      throw new Error('secret detail');
    });
    const response = await fetch(`${url}${path}`);
    expect([response.status, await response.json()]).toEqual([500, { message: 'Internal Server Error' }]);
    expect(logged).toEqual(['a function failed']);
  });

  it('refuses a path with broken percent-encoding in the shape of every error', async () => {
    const { url } = await serve(async () => ({ statusCode: 200 }));
    const response = await fetch(`${url}/api/v1/peer/%E4/channel-stats`);
    expect(response.status).toBe(400);
    const message = 'the path must be percent-encoded UTF-8';
    expect(await response.json()).toEqual({
      error: {
        code: 'invalid_request',
        message,
        status: 400,
        requestId: response.headers.get('x-request-id'),
        details: [{ path: 'path', message }],
      },
    });
  });

  it('takes 10 MB, and refuses more', async () => {
    const { url } = await serve(async (event) => ({ body: String(event.body?.length) }));
    const post = (bytes: number) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        body: 'x'.repeat(bytes),
        headers: { 'content-type': 'text/plain' },
      });
    expect(await (await post(10 * 1024 * 1024)).text()).toBe(String(10 * 1024 * 1024));
    const refused = await post(10 * 1024 * 1024 + 1);
    expect([refused.status, await refused.json()]).toEqual([413, { message: 'Request Entity Too Large' }]);
  });

  it('says clearly that its port is in use', async () => {
    const { url } = await serve(async () => ({ statusCode: 200 }));
    const port = Number(new URL(url).port);
    await expect(serve(async () => ({ statusCode: 200 }), port)).rejects.toThrow(
      new HostError(`port ${port} of 127.0.0.1 is in use; choose another one with --port`),
    );
  });

  it('answers what is under way when it stops, and waits for no idle connection', async () => {
    const arrived = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const server = await serve(async () => {
      arrived.resolve();
      await release.promise;
      return { body: 'answered' };
    });
    // One that has not sent anything yet, as browsers keep them ready.
    const unused = connect(Number(new URL(server.url).port), '127.0.0.1');
    await once(unused, 'connect');
    const answer = fetch(`${server.url}${path}`).then((response) => response.text());
    await arrived.promise;
    const stopped = server.stop();
    release.resolve();
    expect(await answer).toBe('answered');
    await stopped;
    await expect(fetch(`${server.url}${path}`)).rejects.toThrow();
    unused.destroy();
  });

  it.each([
    ['that sends nothing', ''],
    ['whose headers do not end', `POST ${path} HTTP/1.1\r\nhost: localhost\r\n`],
    ['whose body does not end', `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nhalf`],
  ])('closes connections %s, 600 of them, and answers others meanwhile', async (_case, text) => {
    const { url } = await serve(async () => ({ body: 'answered' }), 0, HASTY);
    const clients = Array.from({ length: 600 }, () => slowClient(url, text));
    await Promise.all(clients.map(({ opened }) => opened));
    expect(await (await fetch(`${url}${path}`)).text()).toBe('answered');
    await Promise.all(clients.map(({ closed }) => closed));
    expect(await (await fetch(`${url}${path}`)).text()).toBe('answered');
  });

  it('closes a connection on which nothing moves', async () => {
    const { url } = await serve(async () => ({ body: 'answered' }), 0, { ...PATIENT, idleMs: 100 });
    await slowClient(url, '').closed;
  });

  it('closes connections beyond the most that it takes', async () => {
    const { url } = await serve(async () => ({ body: 'answered' }), 0, { ...PATIENT, connections: 2 });
    const kept = [slowClient(url, ''), slowClient(url, '')];
    await Promise.all(kept.map(({ opened }) => opened));
    await slowClient(url, '').closed;
    for (const { client } of kept) client.destroy();
    await Promise.all(kept.map(({ closed }) => closed));
    await expect.poll(() => answered(url)).toBe('answered');
  });

  it('refuses a request that names another machine, as a page does that gave its name to this one', async () => {
    const { url } = await serve(async () => ({ body: 'answered' }));
    const { client, closed } = slowClient(
      url,
      `GET ${path} HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n`,
    );
    let answer = '';
    client.setEncoding('utf8').on('data', (part) => {
      answer += part;
    });
    await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 421 /);
    expect(answer).not.toContain('answered');
  });

  it('outlives a client that goes away in the middle of a request', async () => {
    const { url } = await serve(async () => ({ body: 'still here' }));
    const client = connect(Number(new URL(url).port), '127.0.0.1');
    await once(client, 'connect');
    client.write(`POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nhalf`);
    client.destroy();
    await once(client, 'close');
    expect(await (await fetch(`${url}${path}`)).text()).toBe('still here');
  });
});
