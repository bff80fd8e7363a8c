import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DescribeTableCommand, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, NoSuchKey } from '@aws-sdk/client-s3';
import { GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { ANNOUNCING_SCHEDULE } from '../../functions/announce-days/schedule.ts';
import { ALERT_SCHEDULE } from '../../functions/raise-alerts/schedule.ts';
import { parseDayChanged } from '../../functions/shared/domain/day-announcement.ts';
import { DEFAULT_HEALTH_SETTINGS } from '../../functions/shared/domain/health-settings.ts';
import { monthOf } from '../../functions/shared/domain/month.ts';
import { DAY_MS, dayOf } from '../../functions/shared/domain/utc-day.ts';
import { s3Client } from '../../functions/shared/runtime/s3-client.ts';
import { messageItem } from '../../functions/shared/store/items/message.ts';
import { monthKey, parseMonth } from '../../functions/shared/store/items/month-of-snapshots.ts';
import { quarantineKey } from '../../functions/shared/store/items/quarantine-entry.ts';
import { SNAPSHOT_SCHEDULE } from '../../functions/take-daily-snapshot/schedule.ts';
import { type Answer, DeployedService, type DeploymentOptions } from './deployed-service.ts';
import type { Shell } from './shell.ts';
import { SubscribedQueue } from './subscribed-queue.ts';
import { useToolsByStage } from './tools-by-stage.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const PEER = 'peer_deployed_test';
/** A peer whose messages come a day after they were sent, on a channel that it had not before. */
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
/** They are sent every five minutes. */
const REVOKED_WITHIN_MS = MINUTE_MS;
const HEARTBEATS_PASS_WITHIN_MS = 7 * MINUTE_MS;

/** Where and as what the stack is deployed, and how long that takes. */
export interface SuiteOptions extends DeploymentOptions {
  /** How long a changed stack takes to be deployed, at most. */
  deployedWithinMs: number;
  /** Whether a second stack is deployed, with a REST API. */
  withRestApi?: boolean;
}

/** One step of the suite: each needs those before it. */
export interface Step {
  name: string;
  /** @returns what was measured, where something was */
  run: () => Promise<string | undefined>;
}

/** A deployed service, from its first deployment to its end. */
export class DeployedSuite {
  readonly steps: readonly Step[];
  readonly #options: SuiteOptions;
  readonly #service: DeployedService;
  #ofRestApi: DeployedService | undefined;
  /** What the first deployment said. */
  #said = '';
  #workingCopy: string | undefined;
  readonly #lateSentAt = Date.now() - DAY_MS;
  /** Queues of somebody who wants to know of days, and of what is found about them. */
  #days: SubscribedQueue | undefined;
  #alerts: SubscribedQueue | undefined;
  /** For when the schedule was set. */
  #scheduledAt = 0;

  constructor(options: SuiteOptions) {
    const service = new DeployedService(options);
    this.#options = options;
    this.#service = service;
    this.steps = [
      {
        name: 'npm run deploy -- --bootstrap prepares the account and creates the stack',
        run: () => this.#bootstrap(),
      },
      {
        name: 'the commands that it prints make a key, record a message and show it counted',
        run: () => followPrintedCommands(service, this.#said),
      },
      ...apiSteps(service, options),
      {
        name: 'items that are put into the messages table count; one that is no message is quarantined',
        run: () => countDirectWrites(service),
      },
      {
        name: 'keys, replay, redrive, snapshot and forget find all that they need by the name of the stage',
        run: () => useToolsByStage(service, options.target, options.environment),
      },
      {
        name: 'a changed setting shows in npm run diff, and is deployed without losing anything',
        run: () => this.#redeploy(),
      },
      ...(options.withRestApi === true ? this.#stepsOfRestApi() : []),
      {
        name: 'heartbeats are sent and pass by themselves: figures are trusted, and health judges',
        run: () => trustOnceHeartbeatsPass(service),
      },
      { name: 'the schedule fires, and the day of a late message has a snapshot', run: () => this.#seal() },
      {
        name: 'the sealed day is announced to a queue that is subscribed to the topic of days',
        run: () => this.#announce(),
      },
      {
        name: 'it is announced to consumers too: its figures are exported to the bucket',
        run: () => this.#findExported(),
      },
      {
        name: 'what is found on that day comes to a queue that is subscribed to the topic of notifications',
        run: () => this.#alert(),
      },
      { name: 'npm run destroy leaves nothing that answers, and no table', run: () => destroy(service) },
    ];
  }

  /** What has to be done at the end, whatever became of the steps. */
  async cleanUp(): Promise<void> {
    if (this.#workingCopy !== undefined) await rm(this.#workingCopy, { recursive: true, force: true });
    await this.#days?.remove();
    await this.#alerts?.remove();
    await this.#ofRestApi?.cleanUp();
    await this.#service.cleanUp();
  }

  async #bootstrap(): Promise<undefined> {
    const service = this.#service;
    this.#said = await service.deploy(service.shell, '--bootstrap');
  }

  /** What is asked of the API again, through a REST API: while the schedule is waited for. */
  #stepsOfRestApi(): Step[] {
    const { suffix, ...others } = this.#options;
    const options = { ...others, suffix: `${suffix ?? ''}rest`, restApi: true };
    const service = new DeployedService(options);
    this.#ofRestApi = service;
    let said = '';
    const steps: Step[] = [
      {
        name: 'npm run deploy -- --rest-api creates a stack beside it',
        run: async () => {
          said = await service.deploy(service.shell);
          return undefined;
        },
      },
      {
        name: 'the commands that it prints make a key, record a message and show it counted',
        run: () => followPrintedCommands(service, said),
      },
      ...apiSteps(service, options),
      { name: 'npm run destroy leaves nothing that answers, and no table', run: () => destroy(service) },
    ];
    return steps.map(({ name, run }) => ({ name: `with a REST API: ${name}`, run }));
  }

  async #redeploy(): Promise<undefined> {
    const service = this.#service;
    const sentLate = new Date(this.#lateSentAt).toISOString();
    const sentEarlier = new Date(this.#lateSentAt - 20 * DAY_MS).toISOString();
    const late = await service.post(LATE.peerId, [
      ...['late_1', 'late_2'].map((messageId) => ({ ...LATE.message, messageId, sentAt: sentLate })),
      // The peer is not new, and so its new channel is worth telling.
      { ...LATE.message, channelId: 'webchat', messageId: 'earlier', sentAt: sentEarlier },
    ]);
    assert.deepEqual(JSON.parse(late.text), { received: 3, recorded: 3, duplicates: 0, rejected: [] });
    const old = { messageId: 'old', conversationId: 'c', channelId: 'api', role: 'user' };
    const sentAt = new Date(Date.now() - 395 * DAY_MS).toISOString();
    const before = await service.post('peer_redeploy', [{ ...old, sentAt }]);
    assert.deepEqual(JSON.parse(before.text), { received: 1, recorded: 1, duplicates: 0, rejected: [] });
    this.#workingCopy = await copyRepository(service.shell);
    await edit(
      join(this.#workingCopy, 'infra/stack-settings.ts'),
      'messageRetentionDays: DEFAULT_MESSAGE_RETENTION_DAYS',
      'messageRetentionDays: 390, exports: { s3: true }',
    );
    this.#days = new SubscribedQueue(service.clientOptions, service.outputs.DaysTopicArn);
    await this.#days.subscribe(`days-${Date.now()}`);
    this.#alerts = new SubscribedQueue(service.clientOptions, service.outputs.NotificationTopicArn);
    await this.#alerts.subscribe(`alerts-${Date.now()}`);
    this.#scheduledAt = await this.#scheduleSoon(this.#workingCopy);
    const copy = service.shell.in(this.#workingCopy);
    const difference = await copy.succeed(`npm run --silent diff -- ${service.flags.replace('--yes ', '')}`);
    assert.match(difference, /MESSAGE_RETENTION_DAYS/);
    await service.deploy(copy);
    assert.equal(service.outputs.MessageRetentionDays, '390');
    const after = await service.post('peer_redeploy', [{ ...old, messageId: 'old_too', sentAt }]);
    const rejection = { index: 0, code: 'too_old', message: 'sentAt must not be more than 390 days ago' };
    assert.deepEqual(JSON.parse(after.text), {
      received: 1,
      recorded: 0,
      duplicates: 0,
      rejected: [rejection],
    });
    assert.deepEqual(await service.stats(PEER), EXPECTED);
  }

  async #seal(): Promise<string> {
    const service = this.#service;
    const { client, outputs } = service;
    const day = dayOf(this.#lateSentAt);
    const Key = monthKey(LATE.peerId, monthOf(day));
    const snapshot = async () => {
      const { Item } = await client.send(new GetCommand({ TableName: outputs.UsageTableName, Key }));
      return Item === undefined ? undefined : [...(parseMonth(Item).days.get(day)?.channels.values() ?? [])];
    };
    const untilThen = Math.max(0, this.#scheduledAt - Date.now());
    // Of the only channel.
    const expected = [{ messageCount: 2, conversationCount: 1 }];
    await service.eventually(snapshot, expected, untilThen + FIRED_WITHIN_MS);
    return `sealed ${seconds(Date.now() - this.#scheduledAt)} after the minute of the schedule`;
  }

  /** Waits for the announcement, which follows a minute after. */
  async #announce(): Promise<string> {
    const day = dayOf(this.#lateSentAt);
    const announced = async () => {
      const texts = (await this.#days?.received()) ?? [];
      return texts
        .map(parseDayChanged)
        .filter((announced) => announced.peerId === LATE.peerId && announced.day === day).length;
    };
    const announcesAt = this.#scheduledAt + MINUTE_MS;
    await this.#service.eventually(announced, 1, Math.max(0, announcesAt - Date.now()) + FIRED_WITHIN_MS);
    return `announced ${seconds(Date.now() - announcesAt)} after the minute of the schedule`;
  }

  /** Waits for what is found about the only channel of the peer: that it is new. */
  async #alert(): Promise<string> {
    const told = async () => {
      const texts = (await this.#alerts?.received()) ?? [];
      return texts
        .map((text) => toldFinding.parse(JSON.parse(text)))
        .filter(({ data }) => data.peerId === LATE.peerId && data.channelId === LATE.message.channelId)
        .map(({ type, data }) => [type, data.code, data.channelId, data.day]);
    };
    const day = dayOf(this.#lateSentAt);
    // Peers are judged every minute here, and what is to be told is looked for as often.
    const passed = await this.#service.eventually(
      told,
      [['finding.begun', 'new_channel', LATE.message.channelId, day]],
      2 * FIRED_WITHIN_MS,
    );
    return `told ${seconds(passed)} after it was exported`;
  }

  async #findExported(): Promise<undefined> {
    const { clientOptions, outputs } = this.#service;
    const client = await s3Client(clientOptions);
    const Key = `day=${dayOf(this.#lateSentAt)}/peer=${LATE.peerId}/usage.jsonl`;
    const exported = async () => {
      try {
        const { Body: body } = await client.send(
          new GetObjectCommand({ Bucket: outputs.ExportsBucketName, Key }),
        );
        const line = exportedChannel.parse(JSON.parse((await body?.transformToString()) ?? ''));
        return [line.channel_id, line.message_count];
      } catch (error) {
        if (!(error instanceof NoSuchKey)) throw error;
        return undefined;
      }
    };
    try {
      await this.#service.eventually(exported, [LATE.message.channelId, 2]);
    } finally {
      client.destroy();
    }
  }

  /**
   * Makes a working copy's schedules fire once more, soon after the copy is deployed: days are sealed, and announced a
   * minute later.
   *
   * @returns for when they are sealed, in milliseconds since 1970
   */
  async #scheduleSoon(folder: string): Promise<number> {
    const { deployedWithinMs, target } = this.#options;
    const firesAt = Math.ceil((Date.now() + deployedWithinMs) / MINUTE_MS) * MINUTE_MS;
    const { minute } = SNAPSHOT_SCHEDULE;
    await edit(
      join(folder, 'functions/take-daily-snapshot/schedule.ts'),
      `minute: ${minute} `,
      `minute: ${new Date(firesAt).getUTCMinutes()} `,
    );
    await edit(
      join(folder, 'functions/announce-days/schedule.ts'),
      `minute: '${ANNOUNCING_SCHEDULE.minute}'`,
      `minute: '${new Date(firesAt + MINUTE_MS).getUTCMinutes()}'`,
    );
    await edit(
      join(folder, 'functions/raise-alerts/schedule.ts'),
      `minute: ${ALERT_SCHEDULE.minute} `,
      "minute: '*' ",
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
}

/** What is asked of the API, whichever kind stands before the functions; each step needs those before it. */
function apiSteps(service: DeployedService, options: SuiteOptions): Step[] {
  return [
    {
      name: 'posted messages are counted within seconds: once each, and those of users alone',
      run: () => countWithinSeconds(service),
    },
    {
      name: 'keys that are missing, malformed, unknown, revoked or too narrow are refused',
      run: () => refuseKeys(service),
    },
    {
      name: 'unknown routes, wrong methods and bad requests are answered in the shape of all errors',
      run: () => answerErrors(service),
    },
    {
      name: 'the API describes itself, compressed or not, and sends its security headers',
      run: () => describeItself(service),
    },
    {
      name: 'the dashboard is served at its printed address, with what it loads, and the script for the pages of others',
      run: () => serveDashboard(service, options),
    },
    {
      name: 'an answer that is known already is a 304, HEAD has no body, and a compressed body is read',
      run: () => answerInFewBytes(service, options),
    },
    {
      name: 'metrics are scraped as Prometheus asks for them',
      run: () => scrapeMetrics(service),
    },
    {
      name: 'a channel is registered and disabled, and a peer has thresholds of its own',
      run: () => registerAndSet(service),
    },
    {
      name: 'a peer is shared by a link, which ends when it is revoked, and by a token',
      run: () => share(service),
    },
  ];
}

/** Pastes the commands that a deployment printed, one after the other. */
async function followPrintedCommands(service: DeployedService, said: string): Promise<string> {
  const [makesKey = '', records = '', asks = ''] = said
    .split('\n')
    .flatMap((line) => (/^ {2}(API_KEY=|curl )/.test(line) ? [line.trim()] : []));
  // The person reads the key where it is shown.
  service.apiKey = /^cua_\S+$/m.exec(await service.shell.succeed(makesKey))?.[0] ?? '';
  assert.notEqual(service.apiKey, '', 'no key was shown');
  const withKey = (line: string) =>
    service.shell.succeed(`API_KEY='${service.apiKey}'; ${line.replace('curl ', 'curl -sS ')}`);
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
  const passed = await service.eventually(async () => JSON.parse(await withKey(asks)), {
    channels: [direct],
    total: { conversationCount: 1, messageCount: 1 },
  });
  return `counted after ${seconds(passed)}`;
}

async function countWithinSeconds(service: DeployedService): Promise<string> {
  const messages = Array.from({ length: 120 }, (_, index) => ({
    messageId: `message_${index}`,
    conversationId: `conversation_${index % 7}`,
    channelId: index % 3 === 0 ? 'integration_1' : 'webchat',
    role: index % 2 === 0 ? 'user' : 'assistant',
    ...(index % 3 === 0 && { channelName: 'Support', galleryKey: 'slack' }),
  }));
  const first = await service.post(PEER, messages);
  assert.deepEqual(JSON.parse(first.text), {
    received: 120,
    recorded: 120,
    duplicates: 0,
    rejected: [],
  });
  const passed = await service.eventually(() => service.stats(PEER), EXPECTED);
  const { text } = await service.call('/api/v1/peers?prefix=peer_dep');
  const day = dayOf(Date.now());
  assert.deepEqual(JSON.parse(text), { peers: [{ peerId: PEER, lastActiveDay: day }], cursor: null });
  const again = await service.post(PEER, messages);
  assert.deepEqual(JSON.parse(again.text), {
    received: 120,
    recorded: 0,
    duplicates: 120,
    rejected: [],
  });
  return `counted after ${seconds(passed)}`;
}

async function refuseKeys(service: DeployedService): Promise<undefined> {
  const path = `/api/v1/peer/${PEER}/channel-stats`;
  const narrow = await service.makeKey('--scopes stats:read --peers peer_other');
  const revoked = await service.makeKey('--scopes stats:read --all-peers');
  await service.manageKeys(`revoke ${revoked.split('_')[1]}`);
  const refusals = [
    ['', 401],
    ['cua_nonsense', 401],
    [`cua_0123456789abcdef_${'0'.repeat(48)}`, 401],
    [`${service.apiKey.slice(0, -4)}0000`, 401],
    [revoked, 401],
    [narrow, 403],
  ] as const;
  for (const [key, status] of refusals) {
    const answer = await service.call(path, {}, key);
    assertError(answer, status);
    if (status === 401) assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
  }
  assertError(await service.post('peer_other', [], narrow), 403);
}

async function answerErrors(service: DeployedService): Promise<undefined> {
  const messages = `/api/v1/peer/${PEER}/messages`;
  assertError(await service.call('/api/v1/nothing'), 404);
  const wrongMethod = await service.call(`/api/v1/peer/${PEER}/channel-stats`, { method: 'DELETE' });
  assertError(wrongMethod, 405);
  assert.equal(wrongMethod.headers.get('allow'), 'GET, HEAD');
  assertError(await service.call(`/api/v1/peer/${PEER}/channel-stats?from=2026-02-30`), 400);
  assertError(await service.call(`/api/v1/peer/${PEER}/channel-stats?form=2026-02-01`), 400);
  assertError(
    await service.call(messages, { method: 'POST', body: 'text', headers: { 'content-type': 'text/plain' } }),
    415,
  );
  const json = { 'content-type': 'application/json' };
  assertError(await service.call(messages, { method: 'POST', body: '{', headers: json }), 400);
  assertError(
    await service.call(messages, { method: 'POST', body: ' '.repeat(1_100_000), headers: json }),
    413,
  );
}

async function answerInFewBytes(
  service: DeployedService,
  { restApi = false, target }: SuiteOptions,
): Promise<string> {
  const channels = `/api/v1/peer/${PEER}/channels`;
  const whole = await service.call(channels);
  const etag = whole.headers.get('etag') ?? '';
  assert.match(etag, /^W\/".+"$/);
  const known = await service.call(channels, { headers: { 'if-none-match': etag } });
  assert.deepEqual([known.status, known.text, known.headers.get('etag')], [304, '', etag]);
  const head = await service.call(channels, { method: 'HEAD' });
  assert.deepEqual([head.status, head.text, head.headers.get('etag')], [200, '', etag]);
  assert.equal((await service.call('/docs/', {}, '')).status, 200);
  if (target.endpoint !== undefined && !restApi) return 'but for the compressed body';
  const compressed = await service.call(`/api/v1/peer/${PEER}/messages`, {
    method: 'POST',
    body: gzipSync(JSON.stringify({ messages: [{ text: 'none of these is one' }] })),
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  });
  assert.equal(compressed.status, 200);
  assert.match(compressed.text, /"ignoredFields":\["text"\]/);
  return 'all of them';
}

async function scrapeMetrics(service: DeployedService): Promise<undefined> {
  const accept = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1';
  const { status, text, headers } = await service.call(`/api/v1/metrics?peer=${PEER}`, {
    headers: { accept },
  });
  assert.equal(status, 200, text);
  assert.equal(headers.get('content-type'), 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  assert.match(text, /^channel_usage_messages_total\{peer="peer_deployed_test",channel="webchat"\} [1-9]/m);
  assert.ok(text.endsWith('\n# EOF\n'), text);
}

async function describeItself(service: DeployedService): Promise<undefined> {
  const described = await service.call('/api/v1/openapi.json', {}, '');
  assert.equal(described.status, 200);
  assert.equal(
    z.object({ openapi: z.string() }).parse(JSON.parse(described.text)).openapi.slice(0, 3),
    '3.1',
  );
  const page = await service.call('/docs', {}, '');
  assert.equal(page.status, 200);
  assert.match(page.text, /<\/html>\s*$/);
  for (const { headers } of [described, page, await service.call('/api/v1/nothing')]) {
    assert.match(headers.get('strict-transport-security') ?? '', /^max-age=\d+/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  }
}

async function serveDashboard(
  service: DeployedService,
  { restApi = false, target }: SuiteOptions,
): Promise<undefined> {
  const page = await service.call('/', {}, '');
  assert.equal(page.status, 200, page.text);
  assert.match(page.headers.get('content-type') ?? '', /^text\/html\b/);
  const [, nonce = ''] = /<meta name="csp-nonce" content="([^"]+)"/.exec(page.text) ?? [];
  const policy = page.headers.get('content-security-policy') ?? '';
  assert.ok(nonce !== '' && policy.includes(`'nonce-${nonce}'`), `${nonce} is not in ${policy}`);
  // What the page loads is looked for where a browser does: from the address that people are told.
  const [, asset = ''] = /<script [^>]*src="([^"]+\.js)"/.exec(page.text) ?? [];
  for (const [relative, caching] of [
    [asset, /\bimmutable\b/],
    ['channel-usage.js', /\bmax-age=300\b/],
  ] as const) {
    const address = new URL(relative, service.page).href;
    const path = address.slice(service.page.length - 1);
    assert.equal(address, `${service.page}${path.slice(1)}`);
    const script = await service.call(path, {}, '');
    assert.equal(script.status, 200, path);
    assert.match(script.headers.get('content-type') ?? '', /^text\/javascript\b/);
    assert.match(script.headers.get('cache-control') ?? '', caching);
    // It is compressed behind the gateway, and encoded on the way through it.
    const isCompressed = target.endpoint === undefined || !restApi;
    assert.equal(script.headers.get('content-encoding'), isCompressed ? 'gzip' : null);
    assert.match(script.text, /\bfunction\b/);
  }
  assertError(await service.call('/assets/nothing.js', {}, ''), 404);
}

async function registerAndSet(service: DeployedService): Promise<undefined> {
  const peer = `/api/v1/peer/${REGISTERED_PEER}`;
  const put = (path: string, body: object) =>
    service.call(`${peer}/${path}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const registered = await put('channels/chat', { channelName: 'Chat' });
  assert.equal(registered.status, 201, registered.text);
  const channel = z.looseObject({ registeredAt: z.string() }).parse(JSON.parse(registered.text));
  const disabled = await put('channels/chat', { status: 'disabled' });
  assert.equal(disabled.status, 200, disabled.text);
  const { text: listed } = await service.call(`${peer}/channels`);
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
  assert.deepEqual(await service.stats(REGISTERED_PEER), NOTHING);
  const { text: peers } = await service.call(`/api/v1/peers?prefix=${REGISTERED_PEER}`);
  assert.deepEqual(JSON.parse(peers), {
    peers: [{ peerId: REGISTERED_PEER, lastActiveDay: null }],
    cursor: null,
  });
  const settings = await put('health-settings', { inactiveAfterDays: 14 });
  assert.equal(settings.status, 200, settings.text);
  const { text: kept } = await service.call(`${peer}/health-settings`);
  assert.deepEqual(JSON.parse(kept), { ...DEFAULT_HEALTH_SETTINGS, inactiveAfterDays: 14 });
}

/** A link and a token read one peer; revoking the link ends it. */
async function share(service: DeployedService): Promise<string> {
  const peer = `/api/v1/peer/${REGISTERED_PEER}`;
  const post = (path: string) =>
    service.call(`${peer}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
  const made = await post('share-links');
  assert.equal(made.status, 201, made.text);
  const link = z
    .looseObject({ id: z.string(), url: z.string(), key: z.string() })
    .parse(JSON.parse(made.text));
  // The address of the stage itself, which an emulator is not always reached at.
  const { search, hash } = new URL(link.url);
  assert.deepEqual({ search, hash }, { search: `?peer=${REGISTERED_PEER}`, hash: `#key=${link.key}` });
  const { token } = z.looseObject({ token: z.string() }).parse(JSON.parse((await post('embed-tokens')).text));
  for (const key of [link.key, token]) {
    assert.equal((await service.call(`${peer}/channel-stats`, {}, key)).status, 200);
    assertError(await service.call('/api/v1/peer/another/channel-stats', {}, key), 403);
    assertError(await service.call(`${peer}/share-links`, {}, key), 403);
  }
  const revoke = () => service.call(`${peer}/share-links/${link.id}`, { method: 'DELETE' });
  for (const _repetition of [1, 2]) assert.equal((await revoke()).status, 204);
  const { text: listed } = await service.call(`${peer}/share-links`);
  assert.deepEqual(JSON.parse(listed), { shareLinks: [] });
  const status = async () => (await service.call(`${peer}/channel-stats`, {}, link.key)).status;
  const passed = await service.eventually(status, 401, REVOKED_WITHIN_MS);
  return `revoked after ${seconds(passed)}`;
}

/** Waits for the first heartbeats, which nobody but the schedule sends. */
async function trustOnceHeartbeatsPass(service: DeployedService): Promise<string> {
  const ofPeer = `/api/v1/peer/${REGISTERED_PEER}/channel-stats`;
  const status = async () => {
    const { text } = await service.call(`${ofPeer}/trust`);
    return z.looseObject({ status: z.string() }).parse(JSON.parse(text)).status;
  };
  const passed = await service.eventually(status, 'current', HEARTBEATS_PASS_WITHIN_MS);
  const { text: health } = await service.call(`${ofPeer}/health`);
  assert.deepEqual(JSON.parse(health), { status: 'ok', findings: [] });
  return `current after ${seconds(passed)} more`;
}

async function countDirectWrites(service: DeployedService): Promise<undefined> {
  const { client, outputs } = service;
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
  await service.eventually(() => service.stats('peer_direct_writer'), {
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
  await service.eventually(quarantine, [{ reason: 'malformed', itemKey }]);
}

async function destroy(service: DeployedService): Promise<undefined> {
  await service.destroy();
  const { client, outputs } = service;
  for (const TableName of [outputs.MessagesTableName, outputs.UsageTableName]) {
    await assert.rejects(client.send(new DescribeTableCommand({ TableName })), ResourceNotFoundException);
  }
  const status = await service.call('/api/v1/peers').then(
    (answer) => answer.status,
    () => 'no answer',
  );
  assert.notEqual(status, 200);
}

const toldFinding = z.object({
  type: z.string(),
  data: z.object({
    peerId: z.string(),
    code: z.string(),
    channelId: z.string().optional(),
    day: z.string(),
  }),
});

const exportedChannel = z.object({ channel_id: z.string(), message_count: z.int() });

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

const errorBody = z.strictObject({
  error: z.object({ code: z.string(), message: z.string(), status: z.int(), requestId: z.string() }),
});

function assertError({ status, text }: Answer, expected: number): void {
  assert.equal(status, expected, text);
  assert.equal(errorBody.parse(JSON.parse(text)).error.status, expected);
}

/** Where npm installs packages. */
const INSTALLED = ['node_modules', 'packages/client/node_modules'];

/** A copy of what git knows of, and would come to know of, with the same packages. */
async function copyRepository(shell: Shell): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'channel-usage-analytics-'));
  const listed = await shell.succeed('git ls-files --cached --others --exclude-standard -z');
  for (const file of listed.split('\0').filter((name) => name !== '')) {
    await mkdir(dirname(join(copy, file)), { recursive: true });
    await cp(join(REPOSITORY, file), join(copy, file));
  }
  for (const packages of INSTALLED) await symlink(join(REPOSITORY, packages), join(copy, packages));
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
