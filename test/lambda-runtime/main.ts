import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { SCOPES } from '../../functions/shared/domain/api-key.ts';
import { makeApiKey } from '../../functions/shared/domain/api-key-text.ts';
import type { Message } from '../../functions/shared/domain/message.ts';
import { ApiKeyStore } from '../../functions/shared/store/api-key-store.ts';
import type { FunctionFolder } from '../../infra/bundling.ts';
import { gatewayInvocation } from '../../local/aws/gateway/http-event.ts';
import { streamRecord } from '../faults/history.ts';
import { startTestDatabase, type TestDatabase } from '../support/database/database.ts';
import type { WireRequest } from '../support/http/answer-check.ts';
import { restInvocation } from '../support/http/rest-event.ts';
import { installRuntime, type LambdaRuntime, SetUpError, UnreachableError } from './install.ts';
import { type RunningFunction, startFunction } from './running-function.ts';

// The bundles under Lambda's own runtime for Node.js: events of both kinds of API for every function behind it, and
// a batch of the stream for counting, twice.

/** What makes an event of a request. */
interface Gateway {
  name: string;
  event: (request: WireRequest) => object;
}

const GATEWAYS: readonly Gateway[] = [
  { name: 'an HTTP API', event: httpApiEvent },
  { name: 'a REST API', event: (request) => restInvocation(request).event },
];

function httpApiEvent(request: WireRequest): object {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, [value]]));
  const sent = { ...request, headers, httpVersion: '1.1', sourceIp: '192.0.2.1' };
  const invocation = gatewayInvocation(sent, 'request-1', Date.now());
  if (invocation === undefined) throw new Error(`${request.target} is no address`);
  return invocation.event;
}

const PEER = 'peer_runtime';
const ACCEPT = { accept: '*/*', 'accept-encoding': 'gzip' };
const NO_BODY = Buffer.alloc(0);
const MESSAGES = ['m-1', 'm-2'].map(
  (messageId): Message => ({
    peerId: PEER,
    conversationId: 'k-1',
    channelId: 'webchat',
    messageId,
    role: 'user',
    sentAt: Date.now(),
  }),
);

const answerSchema = z.object({
  statusCode: z.int(),
  headers: z.record(z.string(), z.unknown()),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
});

async function main(): Promise<number> {
  const begun = performance.now();
  try {
    const runtime = installRuntime();
    say(`Lambda's runtime is there after ${seconds(begun)}`);
    const folder = mkdtempSync(join(tmpdir(), 'lambda-runtime-'));
    const database = await startTestDatabase();
    try {
      await rehearse(runtime, folder, database);
    } finally {
      await database.stop();
      rmSync(folder, { recursive: true, force: true });
    }
    say(`all as it should be after ${seconds(begun)}`);
    return 0;
  } catch (error) {
    if (error instanceof UnreachableError) {
      say(`SKIPPED: the bundles were not run under Lambda's runtime, because ${error.message}`);
      return 0;
    }
    if (!(error instanceof SetUpError)) throw error;
    say(error.message);
    return 1;
  }
}

/** What functions are run with. */
interface Place {
  runtime: LambdaRuntime;
  folder: string;
  environment: Record<string, string>;
}

/** Plays a message through the functions that it meets, each under Lambda's runtime. */
async function rehearse(runtime: LambdaRuntime, folder: string, database: TestDatabase): Promise<void> {
  const { messagesTableName, usageTableName } = await database.createTables();
  const { key, record } = makeApiKey({ scopes: SCOPES, peers: 'all' }, Date.now(), randomBytes);
  await new ApiKeyStore({ client: database.client, tableName: usageTableName }).replace(record);
  const place: Place = {
    runtime,
    folder,
    environment: {
      DASHBOARD_URL: 'https://usage.example.com/',
      MESSAGES_TABLE: messagesTableName,
      USAGE_TABLE: usageTableName,
      AWS_ENDPOINT_URL_DYNAMODB: database.endpoint,
    },
  };
  const items = async () => {
    const { Items = [] } = await database.client.send(
      new ScanCommand({ TableName: usageTableName, ConsistentRead: true }),
    );
    return new Map(Items.map((item) => [`${item['pk']} ${item['sk']}`, item]));
  };
  await underRuntime(place, 'record-messages', (running) => recordMessages(running, key));
  await underRuntime(place, 'count-messages', (running) => countTwice(running, items));
  await underRuntime(place, 'usage-api', (running) => askForFigures(running, key));
  await underRuntime(place, 'look-up-messages', (running) => lookUp(running, key));
  await underRuntime(place, 'manage-channels', (running) => listChannels(running, key));
  await underRuntime(place, 'serve-dashboard', openPage);
}

async function underRuntime(
  { runtime, folder, environment }: Place,
  name: FunctionFolder,
  use: (running: RunningFunction) => Promise<void>,
): Promise<void> {
  const begun = performance.now();
  const running = await startFunction(runtime, name, folder, environment);
  try {
    await use(running);
    say(`ok  ${name} (${seconds(begun)})`);
  } finally {
    await running.stop();
  }
}

/** Two messages of one conversation, recorded through one kind of API and sent again through the other. */
async function recordMessages(running: RunningFunction, key: string): Promise<void> {
  const request = requestOf('POST', 'messages', key, {
    messages: MESSAGES.map(({ peerId: _, sentAt, ...message }) => ({
      ...message,
      sentAt: new Date(sentAt).toISOString(),
    })),
  });
  const outcomes = [
    { recorded: 2, duplicates: 0 },
    { recorded: 0, duplicates: 2 },
  ];
  for (const gateway of GATEWAYS) {
    const { status, body } = await send(running, gateway, request);
    assert.deepEqual(
      [status, JSON.parse(body)],
      [200, { received: 2, rejected: [], ...outcomes.shift() }],
      gateway.name,
    );
  }
}

/** A batch of the stream, and the same batch again, which changes nothing. */
async function countTwice(
  running: RunningFunction,
  items: () => Promise<Map<string, unknown>>,
): Promise<void> {
  const batch = { Records: MESSAGES.map((message, index) => streamRecord(message, index + 1)) };
  assert.deepEqual(await running.invoke(batch), { batchItemFailures: [] });
  const counted = await items();
  assert.deepEqual(await running.invoke(batch), { batchItemFailures: [] });
  assert.deepEqual(await items(), counted);
}

async function askForFigures(running: RunningFunction, key: string): Promise<void> {
  const counts = { conversationCount: 1, messageCount: 2 };
  for (const gateway of GATEWAYS) {
    const { status, body } = await send(running, gateway, requestOf('GET', 'channel-stats', key));
    const channel = { channelId: 'webchat', channelName: 'WebChat', ...counts };
    assert.deepEqual([status, JSON.parse(body)], [200, { channels: [channel], total: counts }], gateway.name);
  }
}

async function lookUp(running: RunningFunction, key: string): Promise<void> {
  const asked = MESSAGES.map(({ conversationId, messageId }) => ({ conversationId, messageId }));
  for (const gateway of GATEWAYS) {
    const request = requestOf('POST', 'messages/lookup', key, { messages: asked });
    const { status, body } = await send(running, gateway, request);
    assert.equal(status, 200, body);
    const { messages } = z
      .object({ messages: z.array(z.object({ status: z.string() })) })
      .parse(JSON.parse(body));
    assert.deepEqual(messages, [{ status: 'counted' }, { status: 'counted' }], gateway.name);
  }
}

async function listChannels(running: RunningFunction, key: string): Promise<void> {
  for (const gateway of GATEWAYS) {
    const { status, body } = await send(running, gateway, requestOf('GET', 'channels', key));
    assert.equal(status, 200, body);
    const { channels } = z
      .object({ channels: z.array(z.object({ channelId: z.string() })) })
      .parse(JSON.parse(body));
    assert.deepEqual(channels, [{ channelId: 'webchat' }], gateway.name);
  }
}

async function openPage(running: RunningFunction): Promise<void> {
  for (const gateway of GATEWAYS) {
    const page = await send(running, gateway, { method: 'GET', target: '/', headers: ACCEPT, body: NO_BODY });
    assert.equal(page.status, 200, page.body);
    const [, script = ''] = /src="\.([^"]+\.js)"/.exec(page.body) ?? [];
    const request = { method: 'GET', target: script, headers: ACCEPT, body: NO_BODY };
    const loaded = await send(running, gateway, request);
    assert.deepEqual([loaded.status, loaded.encoding], [200, 'gzip'], gateway.name);
    assert.match(loaded.body, /\bfunction\b/);
  }
}

async function send(running: RunningFunction, { event }: Gateway, request: WireRequest) {
  const answer = answerSchema.parse(await running.invoke(event(request)));
  const bytes = Buffer.from(answer.body, answer.isBase64Encoded ? 'base64' : 'utf8');
  const encoding = answer.headers['content-encoding'];
  const body = (encoding === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8');
  return { status: answer.statusCode, encoding, body };
}

function requestOf(method: string, path: string, key: string, json?: object): WireRequest {
  return {
    method,
    target: `/api/v1/peer/${PEER}/${path}`,
    headers: {
      ...ACCEPT,
      authorization: `Bearer ${key}`,
      ...(json !== undefined && { 'content-type': 'application/json' }),
    },
    body: json === undefined ? NO_BODY : Buffer.from(JSON.stringify(json)),
  };
}

function seconds(begun: number): string {
  return `${((performance.now() - begun) / 1000).toFixed(1)} s`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

process.exitCode = await main();
