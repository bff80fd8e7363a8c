import { once } from 'node:events';
import { Agent } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import {
  CLIENT_LIMITS,
  clientLimits,
  documentClient,
  dynamodbClient,
  SDK_LOGGING,
} from '../../../../functions/shared/runtime/dependencies.ts';
import { isUnavailable } from '../../../../functions/shared/store/availability.ts';
import { LOCAL_CONNECTION } from '../../../../local/database/local-database.ts';

const GET = new GetCommand({ TableName: 'usage', Key: { pk: 'a', sk: 'b' } });
/** What a test does not want to wait for. */
const NEVER_MS = 600_000;
const BODY = JSON.stringify({ Item: { pk: { S: 'a' } } });
const HEADERS = [
  'HTTP/1.1 200 OK',
  'content-type: application/x-amz-json-1.0',
  `content-length: ${BODY.length}`,
  '\r\n',
].join('\r\n');

/** A server of TCP that does something with every request, and knows how many there were. */
async function serverThat(handle: (socket: Socket, request: number) => void) {
  let requests = 0;
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    // These requests are so short that each is one piece.
    socket.on('data', () => {
      requests += 1;
      handle(socket, requests);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return { endpoint: `http://127.0.0.1:${address.port}`, requests: () => requests };
}

function clientOf(endpoint: string, options: DynamoDBClientConfig) {
  const base = dynamodbClient({ ...LOCAL_CONNECTION, endpoint, ...options });
  onTestFinished(() => base.destroy());
  return documentClient(base);
}

/** A client that waits for an answer for some milliseconds, and for a connection as long as it takes. */
const impatient = (endpoint: string, attempts: number) =>
  clientOf(endpoint, clientLimits({ connectMs: NEVER_MS, silenceMs: 150, attempts }));

test.for<[kind: string, handle: (socket: Socket) => void]>([
  ['accepts a request and never answers', () => {}],
  ['begins to answer and never goes on', (socket) => socket.write(HEADERS)],
  ['stops in the middle of an answer', (socket) => socket.write(HEADERS + BODY.slice(0, 5))],
  ['cuts the connection', (socket) => socket.destroy()],
  [
    'answers only after the connection was given up',
    (socket) => socket.once('end', () => socket.write(HEADERS + BODY)),
  ],
])('a server that %s is unavailable, after three attempts', async ([, handle]) => {
  const server = await serverThat(handle);
  const error = await impatient(server.endpoint, 3)
    .send(GET)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect(isUnavailable(error)).toBe(true);
  // Not as the server counts them: on a busy machine it may see one only after it was given up.
  expect(error).toMatchObject({ $metadata: { attempts: 3 } });
});

test.for<[kind: string, handle: (socket: Socket) => void]>([
  ['does not answer', () => {}],
  ['cuts the connection', (socket) => socket.destroy()],
])('where a server %s, a later attempt may succeed', async ([, handle]) => {
  const server = await serverThat((socket, request) => {
    if (request < 3) handle(socket);
    else socket.write(HEADERS + BODY);
  });
  // More attempts than are needed, for machines on which an answer takes long.
  expect((await impatient(server.endpoint, 10).send(GET)).Item).toEqual({ pk: 'a' });
  expect(server.requests()).toBeGreaterThanOrEqual(3);
});

test('a server that no connection can be made to is unavailable, after three attempts', async () => {
  let lookups = 0;
  const { requestHandler, maxAttempts } = clientLimits({ connectMs: 30, silenceMs: NEVER_MS, attempts: 3 });
  // The socket of a name whose address never becomes known does not connect.
  const lookup = () => {
    lookups += 1;
  };
  const client = clientOf('http://nowhere.example:8000', {
    maxAttempts,
    requestHandler: { ...requestHandler, httpAgent: { lookup } },
  });
  const error = await client.send(GET).catch((thrown: unknown) => thrown);
  expect(isUnavailable(error)).toBe(true);
  expect(lookups).toBe(3);
});

test('requests beyond the connections of a client wait for their turn, not for a connection', async () => {
  const held: Socket[] = [];
  const full = Promise.withResolvers<void>();
  let isHolding = true;
  const server = await serverThat((socket) => {
    if (!isHolding) {
      socket.write(HEADERS + BODY);
      return;
    }
    held.push(socket);
    if (held.length === 50) full.resolve();
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const { requestHandler } = clientLimits({ connectMs: NEVER_MS, silenceMs: NEVER_MS, attempts: 1 });
  const client = clientOf(server.endpoint, { requestHandler: { ...requestHandler, httpAgent: agent } });
  const answers = Array.from({ length: 120 }, () => client.send(GET));
  await full.promise;
  // Time would run for a request that waits in the agent.
  expect(agent.requests).toEqual({});
  isHolding = false;
  for (const socket of held) socket.write(HEADERS + BODY);
  expect(await Promise.all(answers)).toHaveLength(120);
  expect(server.requests()).toBe(120);
});

test('clients have limits, unless they are given others', async () => {
  const base = dynamodbClient(LOCAL_CONNECTION);
  onTestFinished(() => base.destroy());
  expect(await base.config.maxAttempts()).toBe(3);
  expect(CLIENT_LIMITS.requestHandler).toMatchObject({
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    socketTimeout: 3_000,
    throwOnRequestTimeout: true,
  });
});

test('a client prepares nothing for a log of the SDK, as every client does otherwise', () => {
  const partsOf = (client: DynamoDBClient) => client.middlewareStack.identify().join();
  expect(partsOf(new DynamoDBClient(LOCAL_CONNECTION))).toContain(SDK_LOGGING);
  expect(partsOf(dynamodbClient(LOCAL_CONNECTION))).not.toContain(SDK_LOGGING);
});
