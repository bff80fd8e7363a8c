import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { keepRequestOutOfLogs } from '../logs/log-watch.ts';

/** What becomes of a request on its way to a service. */
export type Fate =
  /** It gets there, and so does the answer. */
  | 'passes'
  /** The connection ends before the service has it. */
  | 'lost'
  /** The connection ends when the service has done what it asks for. */
  | 'answer lost'
  /** The service has done it, and something else answers. */
  | 'garbled'
  | 'answers for other messages'
  /** It is refused, with this status, before the service has it. */
  | { status: number; headers?: Record<string, string>; body?: string };

export interface FaultyProxy {
  url: string;
  /** How many requests of the kind that has fates were seen. */
  seen: () => number;
  stop: () => Promise<void>;
}

export interface FaultyProxyOptions {
  /** Where the service is. */
  target: string;
  /**
   * What becomes of a request that records messages.
   *
   * @param number from 1 on
   * @param moment `before` the service has it, or `after` it has answered, and the client does not know yet
   */
  fate?: (number: number) => Fate | Promise<Fate>;
  after?: (number: number) => void | Promise<void>;
}

/** A proxy before a service that lets happen to requests what happens in networks. All but recording gets through. */
export async function startFaultyProxy({
  target,
  fate = () => 'passes',
  after = () => {},
}: FaultyProxyOptions): Promise<FaultyProxy> {
  let number = 0;
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy listens on no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    seen: () => number,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    if (request.method !== 'POST') return pass(request, body, response);
    number += 1;
    const own = number;
    const becomes = await fate(own);
    if (becomes === 'lost') return void response.destroy();
    if (typeof becomes === 'object') {
      return void response
        .writeHead(becomes.status, { 'content-type': 'application/json', ...becomes.headers })
        .end(becomes.body ?? '{"message":"not now"}');
    }
    const answer = await asked(request, body);
    await after(own);
    if (becomes === 'answer lost') return void response.destroy();
    const json = { 'content-type': 'application/json' };
    if (becomes === 'garbled') return void response.writeHead(200, json).end(answer.text.slice(0, -3));
    if (becomes === 'answers for other messages') {
      return void response
        .writeHead(200, json)
        .end(JSON.stringify({ received: 1, recorded: 1, duplicates: 0, rejected: [] }));
    }
    response.writeHead(answer.status, json).end(answer.text);
  }

  async function pass(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const { status, text } = await asked(request, body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  }

  async function asked(request: IncomingMessage, body: Buffer): Promise<{ status: number; text: string }> {
    const { authorization = '' } = request.headers;
    const headers = { authorization, ...(body.length > 0 && { 'content-type': 'application/json' }) };
    keepRequestOutOfLogs(headers);
    const init = {
      method: request.method ?? 'GET',
      headers,
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    };
    const answer = await fetch(`${target}${request.url}`, init);
    return { status: answer.status, text: await answer.text() };
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
