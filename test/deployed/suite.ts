import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DescribeTableCommand, DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { DEFAULT_HEALTH_SETTINGS } from '../../functions/shared/domain/health-settings.ts';
import { DAY_MS, dayOf } from '../../functions/shared/domain/utc-day.ts';
import { messageItem } from '../../functions/shared/store/items/message.ts';
import { quarantineKey } from '../../functions/shared/store/items/quarantine-entry.ts';
import { snapshotKey } from '../../functions/shared/store/items/snapshot.ts';
import { SNAPSHOT_SCHEDULE } from '../../functions/take-daily-snapshot/schedule.ts';
import { apiUrl } from '../../infra/commands/next-steps.ts';
import { environmentOf, shellAssignments, type Target } from '../../infra/commands/target.ts';
import { stackName } from '../../infra/stack-name.ts';
import { readStackOutputs, type StackOutputs } from '../../infra/stack-outputs.ts';
import { Shell } from './shell.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const PEER = 'peer_deployed_test';
/** A peer whose messages come two days after they were sent. */
const LATE = {
  peerId: 'peer_late',
  message: { conversationId: 'c', channelId: 'api', role: 'user' },
} as const;

/** A peer with a channel and without messages. */
const REGISTERED_PEER = 'peer_registered';
const NOTHING = { channels: [], total: { conversationCount: 0, messageCount: 0 } };

const MINUTE_MS = 60_000;
/** A schedule fires within the minute that it names; then the function starts and seals. */
const FIRED_WITHIN_MS = 2 * MINUTE_MS;

/** Where and as what the stack is deployed. */
export interface SuiteOptions {
  target: Target;
  suffix?: string;
  /** The account that may be touched, where it is a real one. */
  account?: string;
  /** Where the CDK and the commands put what they make. */
  output: string;
  /** How long what was posted may take to be counted. */
  countedWithinMs: number;
  /** How long a changed stack takes to be deployed, at most. */
  deployedWithinMs: number;
  environment: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

/** One step of the suite: each needs those before it. */
export interface Step {
  name: string;
  /** @returns what was measured, where something was */
  run: () => Promise<string | undefined>;
}

/** The steps, and what has to be done at the end whatever became of them. */
export interface Suite {
  steps: Step[];
  cleanUp: () => Promise<void>;
}

interface Deployed {
  outputs: StackOutputs;
  url: string;
  client: DynamoDBDocumentClient;
}

/** A deployed service, from its first deployment to its end. */
export function deployedSuite(options: SuiteOptions): Suite {
  const { account, countedWithinMs, deployedWithinMs, output, signal, suffix, target } = options;
  const environment = environmentOf(target, options.environment);
  const shell = new Shell(REPOSITORY, options.environment, signal);
  const flags = [
    '--stage dev',
    ...(suffix === undefined ? [] : [`--suffix ${suffix}`]),
    ...(account === undefined ? [] : [`--account ${account}`]),
    ...(target.endpoint === undefined ? ['--yes'] : [`--endpoint ${target.endpoint}`]),
    `--output ${output}`,
  ].join(' ');
  let deployed: Deployed | undefined;
  let isDeployed = false;
  let apiKey = '';
  let workingCopy: string | undefined;
  const lateSentAt = Date.now() - 2 * DAY_MS;
  /** For when the schedule was set. */
  let scheduledAt = 0;

  function service(): Deployed {
    if (deployed === undefined) throw new Error('the stack is not deployed');
    return deployed;
  }

  async function call(path: string, init: RequestInit = {}, key = apiKey): Promise<Answer> {
    const headers = new Headers(init.headers);
    if (key !== '') headers.set('authorization', `Bearer ${key}`);
    const answer = await fetch(`${service().url}${path}`, { ...init, headers, signal });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text };
  }

  function post(peer: string, messages: readonly object[], key = apiKey): Promise<Answer> {
    return call(
      `/api/v1/peer/${peer}/messages`,
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ messages }) },
      key,
    );
  }

  async function stats(peer: string): Promise<unknown> {
    const { status, text } = await call(`/api/v1/peer/${peer}/channel-stats`);
    assert.equal(status, 200, text);
    return JSON.parse(text);
  }

  /** Asks until the answer is the expected one. @returns how long that took, in milliseconds */
  async function eventually<Value>(
    ask: () => Promise<Value>,
    expected: Value,
    withinMs = countedWithinMs,
  ): Promise<number> {
    const begun = performance.now();
    for (;;) {
      const value = await ask();
      const passed = performance.now() - begun;
      try {
        assert.deepEqual(value, expected);
        return passed;
      } catch (error) {
        if (passed > withinMs) throw error;
      }
      await pause(100, undefined, { signal });
    }
  }

  async function manageKeys(args: string): Promise<string> {
    const { Region, UsageTableName } = service().outputs;
    const at = shellAssignments(target, Region, options.environment);
    return shell.succeed(
      `${at} npm run --silent keys -- ${args} --aws --table ${UsageTableName} 2>/dev/null`,
    );
  }

  async function makeKey(args: string): Promise<string> {
    return (await manageKeys(`create ${args}`)).trim();
  }

  async function deploy(from: Shell, more = ''): Promise<string> {
    isDeployed = true;
    const said = await from.succeed(`npm run --silent deploy -- ${flags} ${more}`);
    const name = stackName('dev', suffix);
    const outputs = readStackOutputs(join(output, `${name}.outputs.json`), name);
    deployed?.client.destroy();
    deployed = { outputs, url: apiUrl(outputs, target), client: documentClient(target, outputs.Region) };
    return said;
  }

  /**
   * Makes a working copy's schedule fire once more, soon after the copy is deployed.
   *
   * @returns for when, in milliseconds since 1970
   */
  async function scheduleSoon(folder: string): Promise<number> {
    const firesAt = Math.ceil((Date.now() + deployedWithinMs) / MINUTE_MS) * MINUTE_MS;
    const { minute } = SNAPSHOT_SCHEDULE;
    await edit(
      join(folder, 'functions/take-daily-snapshot/schedule.ts'),
      `minute: ${minute} `,
      `minute: ${new Date(firesAt).getUTCMinutes()} `,
    );
    if (target.endpoint !== undefined) {
      // Emulators hand on the input as it is written, without the time in it that Scheduler fills in.
      await edit(
        join(folder, 'infra/daily-snapshotting.ts'),
        'scheduledAt: ContextAttribute.scheduledTime',
        `scheduledAt: '${new Date(firesAt).toISOString()}'`,
      );
    }
    return firesAt;
  }

  let said = '';
  const steps: Step[] = [
    {
      name: 'npm run deploy -- --bootstrap prepares the account and creates the stack',
      async run() {
        said = await deploy(shell, '--bootstrap');
        return undefined;
      },
    },
    {
      name: 'the commands that it prints make a key, record a message and show it counted',
      async run() {
        const [makesKey = '', records = '', asks = ''] = said
          .split('\n')
          .flatMap((line) => (/^ {2}(API_KEY=|curl )/.test(line) ? [line.trim()] : []));
        // The person reads the key where it is shown.
        apiKey = /^cua_\S+$/m.exec(await shell.succeed(makesKey))?.[0] ?? '';
        assert.notEqual(apiKey, '', 'no key was shown');
        const withKey = (line: string) =>
          shell.succeed(`API_KEY='${apiKey}'; ${line.replace('curl ', 'curl -sS ')}`);
        assert.deepEqual(JSON.parse(await withKey(records)), {
          received: 1,
          recorded: 1,
          duplicates: 0,
          rejected: [],
        });
        const direct = {
          channelId: 'direct',
          channelName: 'Direct/Web',
          conversationCount: 1,
          messageCount: 1,
        };
        const passed = await eventually(async () => JSON.parse(await withKey(asks)), {
          channels: [direct],
          total: { conversationCount: 1, messageCount: 1 },
        });
        return `counted after ${seconds(passed)}`;
      },
    },
    {
      name: 'posted messages are counted within seconds: once each, and those of users alone',
      async run() {
        const messages = Array.from({ length: 120 }, (_, index) => ({
          messageId: `message_${index}`,
          conversationId: `conversation_${index % 7}`,
          channelId: index % 3 === 0 ? 'integration_1' : 'webchat',
          role: index % 2 === 0 ? 'user' : 'assistant',
          ...(index % 3 === 0 && { channelName: 'Support', galleryKey: 'slack' }),
        }));
        const first = await post(PEER, messages);
        assert.deepEqual(JSON.parse(first.text), {
          received: 120,
          recorded: 120,
          duplicates: 0,
          rejected: [],
        });
        const passed = await eventually(() => stats(PEER), EXPECTED);
        const { text } = await call('/api/v1/peers?prefix=peer_dep');
        const day = dayOf(Date.now());
        assert.deepEqual(JSON.parse(text), { peers: [{ peerId: PEER, lastActiveDay: day }], cursor: null });
        const again = await post(PEER, messages);
        assert.deepEqual(JSON.parse(again.text), {
          received: 120,
          recorded: 0,
          duplicates: 120,
          rejected: [],
        });
        return `counted after ${seconds(passed)}`;
      },
    },
    {
      name: 'keys that are missing, malformed, unknown, revoked or too narrow are refused',
      async run() {
        const path = `/api/v1/peer/${PEER}/channel-stats`;
        const narrow = await makeKey('--scopes stats:read --peers peer_other');
        const revoked = await makeKey('--scopes stats:read --all-peers');
        await manageKeys(`revoke ${revoked.split('_')[1]}`);
        const refusals = [
          ['', 401],
          ['cua_nonsense', 401],
          [`cua_0123456789abcdef_${'0'.repeat(48)}`, 401],
          [`${apiKey.slice(0, -4)}0000`, 401],
          [revoked, 401],
          [narrow, 403],
        ] as const;
        for (const [key, status] of refusals) {
          const answer = await call(path, {}, key);
          assertError(answer, status);
          if (status === 401) assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
        }
        assertError(await post('peer_other', [], narrow), 403);
        return undefined;
      },
    },
    {
      name: 'unknown routes, wrong methods and bad requests are answered in the shape of all errors',
      async run() {
        const messages = `/api/v1/peer/${PEER}/messages`;
        assertError(await call('/api/v1/nothing'), 404);
        const wrongMethod = await call(`/api/v1/peer/${PEER}/channel-stats`, { method: 'DELETE' });
        assertError(wrongMethod, 405);
        assert.equal(wrongMethod.headers.get('allow'), 'GET');
        assertError(await call(`/api/v1/peer/${PEER}/channel-stats?from=2026-02-30`), 400);
        assertError(
          await call(messages, { method: 'POST', body: 'text', headers: { 'content-type': 'text/plain' } }),
          415,
        );
        const json = { 'content-type': 'application/json' };
        assertError(await call(messages, { method: 'POST', body: '{', headers: json }), 400);
        assertError(
          await call(messages, { method: 'POST', body: ' '.repeat(1_100_000), headers: json }),
          413,
        );
        return undefined;
      },
    },
    {
      name: 'the API describes itself, compressed or not, and sends its security headers',
      async run() {
        const described = await call('/api/v1/openapi.json', {}, '');
        assert.equal(described.status, 200);
        assert.equal(
          z.object({ openapi: z.string() }).parse(JSON.parse(described.text)).openapi.slice(0, 3),
          '3.1',
        );
        const page = await call('/docs', {}, '');
        assert.equal(page.status, 200);
        assert.match(page.text, /<\/html>\s*$/);
        for (const { headers } of [described, page, await call('/api/v1/nothing')]) {
          assert.match(headers.get('strict-transport-security') ?? '', /^max-age=\d+/);
          assert.equal(headers.get('x-content-type-options'), 'nosniff');
        }
        return undefined;
      },
    },
    {
      name: 'the dashboard is served, with what it loads, and the script for the pages of others',
      async run() {
        const page = await call('/', {}, '');
        assert.equal(page.status, 200, page.text);
        assert.match(page.headers.get('content-type') ?? '', /^text\/html\b/);
        const [, nonce = ''] = /<meta name="csp-nonce" content="([^"]+)"/.exec(page.text) ?? [];
        const policy = page.headers.get('content-security-policy') ?? '';
        assert.ok(nonce !== '' && policy.includes(`'nonce-${nonce}'`), `${nonce} is not in ${policy}`);
        const [asset = ''] = /\/assets\/[\w-]+\.js/.exec(page.text) ?? [];
        for (const [path, caching] of [
          [asset, /\bimmutable\b/],
          ['/channel-usage.js', /\bmax-age=300\b/],
        ] as const) {
          const script = await call(path, {}, '');
          assert.equal(script.status, 200, path);
          assert.match(script.headers.get('content-type') ?? '', /^text\/javascript\b/);
          assert.match(script.headers.get('cache-control') ?? '', caching);
          // It is compressed behind the gateway, and encoded on the way through it.
          assert.equal(script.headers.get('content-encoding'), 'gzip');
          assert.notEqual(script.text, '');
        }
        assertError(await call('/assets/nothing.js', {}, ''), 404);
        return undefined;
      },
    },
    {
      name: 'a channel is registered and disabled, and health is judged by thresholds of the peer',
      async run() {
        const peer = `/api/v1/peer/${REGISTERED_PEER}`;
        const put = (path: string, body: object) =>
          call(`${peer}/${path}`, {
            method: 'PUT',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
          });
        const registered = await put('channels/chat', { channelName: 'Chat' });
        assert.equal(registered.status, 201, registered.text);
        const channel = z.looseObject({ registeredAt: z.string() }).parse(JSON.parse(registered.text));
        const disabled = await put('channels/chat', { status: 'disabled' });
        assert.equal(disabled.status, 200, disabled.text);
        const { text: listed } = await call(`${peer}/channels`);
        assert.deepEqual(JSON.parse(listed), {
          channels: [
            {
              channelId: 'chat',
              channelName: 'Chat',
              status: 'disabled',
              registeredAt: channel.registeredAt,
            },
          ],
        });
        assert.deepEqual(await stats(REGISTERED_PEER), NOTHING);
        const { text: peers } = await call(`/api/v1/peers?prefix=${REGISTERED_PEER}`);
        assert.deepEqual(JSON.parse(peers), {
          peers: [{ peerId: REGISTERED_PEER, lastActiveDay: null }],
          cursor: null,
        });
        const settings = await put('health-settings', { inactiveAfterDays: 14 });
        assert.equal(settings.status, 200, settings.text);
        const { text: kept } = await call(`${peer}/health-settings`);
        assert.deepEqual(JSON.parse(kept), { ...DEFAULT_HEALTH_SETTINGS, inactiveAfterDays: 14 });
        const { text: health } = await call(`${peer}/channel-stats/health`);
        assert.deepEqual(JSON.parse(health), { status: 'ok', findings: [] });
        return undefined;
      },
    },
    {
      name: 'items that are put into the messages table count; one that is no message is quarantined',
      async run() {
        const { client, outputs } = service();
        const now = Date.now();
        const TableName = outputs.MessagesTableName;
        const item = (messageId: string) =>
          messageItem(
            {
              peerId: 'peer_direct_writer',
              conversationId: 'c',
              messageId,
              channelId: 'api',
              role: 'user',
              sentAt: now,
            },
            400,
          );
        const poison = { ...item('poison'), sentAt: 'yesterday' };
        for (const Item of [item('before'), poison, item('behind')]) {
          await client.send(new PutCommand({ TableName, Item }));
        }
        const api = { channelId: 'api', channelName: 'API', conversationCount: 1, messageCount: 2 };
        await eventually(() => stats('peer_direct_writer'), {
          channels: [api],
          total: { conversationCount: 1, messageCount: 2 },
        });
        const quarantine = async () => {
          const { Items = [] } = await client.send(
            new QueryCommand({
              TableName: outputs.UsageTableName,
              KeyConditionExpression: 'pk = :pk',
              ExpressionAttributeValues: { ':pk': quarantineKey(dayOf(now), '').pk },
            }),
          );
          return Items.map((found) => ({ reason: found['reason'], itemKey: found['itemKey'] }));
        };
        const itemKey = { pk: { S: poison.pk }, sk: { S: poison.sk } };
        await eventually(quarantine, [{ reason: 'malformed', itemKey }]);
        return undefined;
      },
    },
    {
      name: 'a changed setting shows in npm run diff, and is deployed without losing anything',
      async run() {
        const sentLate = new Date(lateSentAt).toISOString();
        const late = await post(
          LATE.peerId,
          ['late_1', 'late_2'].map((messageId) => ({ ...LATE.message, messageId, sentAt: sentLate })),
        );
        assert.deepEqual(JSON.parse(late.text), { received: 2, recorded: 2, duplicates: 0, rejected: [] });
        const old = { messageId: 'old', conversationId: 'c', channelId: 'api', role: 'user' };
        const sentAt = new Date(Date.now() - 395 * DAY_MS).toISOString();
        const before = await post('peer_redeploy', [{ ...old, sentAt }]);
        assert.deepEqual(JSON.parse(before.text), { received: 1, recorded: 1, duplicates: 0, rejected: [] });
        workingCopy = await copyRepository(shell);
        await edit(
          join(workingCopy, 'infra/stack-settings.ts'),
          'messageRetentionDays: DEFAULT_MESSAGE_RETENTION_DAYS',
          'messageRetentionDays: 390',
        );
        scheduledAt = await scheduleSoon(workingCopy);
        const copy = shell.in(workingCopy);
        const difference = await copy.succeed(`npm run --silent diff -- ${flags.replace('--yes ', '')}`);
        assert.match(difference, /MESSAGE_RETENTION_DAYS/);
        await deploy(copy);
        const after = await post('peer_redeploy', [{ ...old, messageId: 'old_too', sentAt }]);
        const rejection = { index: 0, code: 'too_old', message: 'sentAt must not be more than 390 days ago' };
        assert.deepEqual(JSON.parse(after.text), {
          received: 1,
          recorded: 0,
          duplicates: 0,
          rejected: [rejection],
        });
        assert.deepEqual(await stats(PEER), EXPECTED);
        return undefined;
      },
    },
    {
      name: 'the schedule fires, and the day of a late message has a snapshot',
      async run() {
        const { client, outputs } = service();
        const Key = snapshotKey(LATE.peerId, dayOf(lateSentAt));
        const snapshot = async () => {
          const { Item } = await client.send(new GetCommand({ TableName: outputs.UsageTableName, Key }));
          return Item;
        };
        const untilThen = Math.max(0, scheduledAt - Date.now());
        // A channel, its messages and conversations so far, and those of the day.
        const expected = { ...Key, channels: [[LATE.message.channelId, 2, 1, 2, 1]] };
        await eventually(snapshot, expected, untilThen + FIRED_WITHIN_MS);
        return `sealed ${seconds(Date.now() - scheduledAt)} after the minute of the schedule`;
      },
    },
    {
      name: 'npm run destroy leaves nothing that answers, and no table',
      async run() {
        await shell.succeed(`npm run --silent destroy -- ${flags}`);
        isDeployed = false;
        const { client, outputs } = service();
        for (const TableName of [outputs.MessagesTableName, outputs.UsageTableName]) {
          await assert.rejects(
            client.send(new DescribeTableCommand({ TableName })),
            ResourceNotFoundException,
          );
        }
        const status = await call('/api/v1/peers').then(
          (answer) => answer.status,
          () => 'no answer',
        );
        assert.notEqual(status, 200);
        return undefined;
      },
    },
  ];

  return {
    steps,
    async cleanUp() {
      deployed?.client.destroy();
      if (workingCopy !== undefined) await rm(workingCopy, { recursive: true, force: true });
      // What was deployed to an account costs its owner something; an emulator forgets by itself.
      if (!isDeployed || target.endpoint !== undefined) return;
      const unhurried = new Shell(REPOSITORY, environment, AbortSignal.timeout(10 * 60_000));
      await unhurried.succeed(`npm run --silent destroy -- ${flags}`);
    },
  };
}

const EXPECTED = {
  channels: [
    { channelId: 'webchat', channelName: 'WebChat', conversationCount: 7, messageCount: 40 },
    {
      channelId: 'integration_1',
      channelName: 'Support',
      galleryKey: 'slack',
      conversationCount: 7,
      messageCount: 20,
    },
  ],
  total: { conversationCount: 14, messageCount: 60 },
};

interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

const errorBody = z.strictObject({
  error: z.object({ code: z.string(), message: z.string(), status: z.int(), requestId: z.string() }),
});

function assertError({ status, text }: Answer, expected: number): void {
  assert.equal(status, expected, text);
  assert.equal(errorBody.parse(JSON.parse(text)).error.status, expected);
}

function documentClient({ endpoint }: Target, region: string): DynamoDBDocumentClient {
  const emulator = { endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  return DynamoDBDocumentClient.from(
    new DynamoDBClient({ region, ...(endpoint !== undefined && { ...emulator, endpoint }) }),
  );
}

/** A copy of what git knows of, and would come to know of, with the same packages. */
async function copyRepository(shell: Shell): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'channel-usage-analytics-'));
  const listed = await shell.succeed('git ls-files --cached --others --exclude-standard -z');
  for (const file of listed.split('\0').filter((name) => name !== '')) {
    await mkdir(dirname(join(copy, file)), { recursive: true });
    await cp(join(REPOSITORY, file), join(copy, file));
  }
  await symlink(join(REPOSITORY, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  assert.ok(text.includes(from), `${file} does not hold ${from}`);
  await writeFile(file, text.replace(from, to));
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} seconds`;
}
