import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import * as z from 'zod';
import { parseDayChanged } from '../../functions/shared/domain/day-announcement.ts';
import { addDays, DAY_MS, dayOf, MINUTE_MS, startOf } from '../../functions/shared/domain/utc-day.ts';
import { ROUTES } from '../../functions/shared/http/routes.ts';
import { METRIC, METRIC_NAMESPACE } from '../../functions/shared/runtime/metric-names.ts';
import { notificationTargetsText } from '../../functions/shared/runtime/notification-targets.ts';
import { lastSealableDay } from '../../functions/take-daily-snapshot/schedule.ts';
import { addDashboard, addPublishedDocuments } from '../../infra/built-files.ts';
import { BUNDLE_FILE, bundle, type FunctionFolder, writeBundle } from '../../infra/bundling.ts';
import { streamRecord } from '../faults/history.ts';
import { test as fixture } from '../support/fixture.ts';
import { watchLog } from '../support/logs/log-watch.ts';
import { BUILT_DOCUMENT } from '../support/openapi/built-document.ts';
import { ALL_EXPORTS } from '../support/permissions/all-exports.ts';
import {
  judgeBucketRequest,
  startHeldEndpoint,
  startHeldParameters,
} from '../support/permissions/held-endpoint.ts';
import { judge, resourceOf } from '../support/permissions/judgement.ts';
import { startS3 } from '../support/s3.ts';
import { httpEvent, type TestRequest } from '../support/service/http-events.ts';
import { queueEvent } from '../support/service/queue-event.ts';
import { startSns } from '../support/sns.ts';

// The bundles as they are deployed, each in a process of its own, from folders without any package.

/** What calls the handler beside it, in Lambda's place. */
const RUNNER = `
import { handler } from './${BUNDLE_FILE}';
const context = { awsRequestId: 'invocation-1', getRemainingTimeInMillis: () => 600_000 };
process.on('message', async (event) => process.send(await handler(event, context)));
`;

const test = fixture
  /** Puts a bundle in a folder, as it is deployed, and starts it as Lambda would. */
  .extend(
    'start',
    ({ database, service, folder, onTestFinished }) =>
      async (name: FunctionFolder, environment: Record<string, string> = {}) => {
        const place = join(folder, name);
        await mkdir(place);
        writeBundle(name, place);
        if (name === 'serve-dashboard') addDashboard(place);
        if (name === 'usage-api') addPublishedDocuments(place);
        await writeFile(join(place, 'runner.mjs'), RUNNER);
        const heldDatabase = await startHeldEndpoint(name, database.endpoint, service.settings);
        const running = startBundle(name, place, {
          AWS_ENDPOINT_URL_DYNAMODB: heldDatabase.url,
          MESSAGES_TABLE: service.settings.messagesTableName,
          USAGE_TABLE: service.settings.usageTableName,
          ...environment,
        });
        onTestFinished(async () => {
          await running.end();
          await heldDatabase.stop();
        });
        return running;
      },
  );

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill();
  await closed;
}

/** Starts a bundle with its environment, and with nothing beside it. */
function startBundle(name: FunctionFolder, place: string, environment: Record<string, string>) {
  const child = fork(join(place, 'runner.mjs'), {
    cwd: place,
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      AWS_REGION: 'local',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_LAMBDA_FUNCTION_NAME: name,
      ...environment,
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const ended = once(child, 'close').then(() => {
    throw new Error(`the bundle of ${name} ended: ${said}`);
  });
  ended.catch(() => {});
  return {
    async call(event: object): Promise<unknown> {
      const answered = once(child, 'message');
      child.send(event);
      const [answer] = await Promise.race([answered, ended]);
      return answer;
    },
    /** Ends it, and gives the lines that it logged. */
    async end(): Promise<unknown[]> {
      await end(child);
      watchLog(said);
      return said
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    },
  };
}

const httpAnswer = z.object({
  statusCode: z.number(),
  body: z.string().transform((text) => JSON.parse(text)),
});

test('a bundle is the same whenever it is made', () => {
  const [first, second] = [bundle('count-messages'), bundle('count-messages')];
  expect(first.code === second.code).toBe(true);
});

test('a bundle has no schemas that its function does not use, and makes none while it is imported', () => {
  const { code } = bundle('count-messages');
  expect(code).not.toContain('The name to show.');
  expect(bundle('usage-api').code).toContain('The name to show.');
});

/** What a function has beside each line of its log: metrics, in the format that CloudWatch reads from logs. */
function metricsOf(folder: FunctionFolder, counts: object) {
  return expect.objectContaining({
    _aws: expect.objectContaining({
      CloudWatchMetrics: [
        expect.objectContaining({ Namespace: METRIC_NAMESPACE, Dimensions: [['service']] }),
      ],
    }),
    service: folder,
    ...counts,
  });
}

function lineOf(folder: FunctionFolder, fields: object) {
  return expect.objectContaining({ level: 'INFO', service: folder, ...fields });
}

test('the bundles record a message, count one, seal its day and answer what was counted', async ({
  service,
  start,
}) => {
  const [recordMessages, countMessages, takeDailySnapshot, usageApi] = [
    await start('record-messages'),
    await start('count-messages'),
    await start('take-daily-snapshot'),
    await start('usage-api'),
  ];
  const key = await service.addKey('all');
  const call = async (api: typeof usageApi, request: TestRequest) =>
    httpAnswer.parse(await api.call(httpEvent(request)));

  const sent = { messageId: 'm1', conversationId: 'c1', channelId: 'direct', role: 'user' } as const;
  expect(
    await call(recordMessages, { route: ROUTES.recordMessages, key, json: { messages: [sent] } }),
  ).toEqual({ statusCode: 200, body: { received: 1, recorded: 1, duplicates: 0, rejected: [] } });

  const record = streamRecord({ peerId: 'peer_1', ...sent, sentAt: service.clock() - DAY_MS }, 1);
  expect(await countMessages.call({ Records: [record] })).toEqual({ batchItemFailures: [] });

  const sealed = { peers: 1, daysSealed: 1, daysResealed: 0, leftOver: 0, failed: 0, inconsistent: 0 };
  const today = startOf(dayOf(service.clock()));
  expect(
    await takeDailySnapshot.call({ scheduledAt: new Date(today + 5 * MINUTE_MS).toISOString() }),
  ).toEqual({
    ...sealed,
    through: addDays(dayOf(today), -1),
    durationMs: expect.any(Number),
  });

  expect(await call(usageApi, { route: ROUTES.getChannelStats })).toMatchObject({ statusCode: 401 });
  expect(await call(usageApi, { route: ROUTES.getChannelStats, key })).toEqual({
    statusCode: 200,
    body: {
      channels: [{ channelId: 'direct', channelName: 'Direct/Web', messageCount: 1, conversationCount: 1 }],
      total: { messageCount: 1, conversationCount: 1 },
    },
  });

  expect(await recordMessages.end()).toEqual([
    metricsOf('record-messages', { [METRIC.messagesReceived]: 1, [METRIC.messagesRecorded]: 1 }),
    lineOf('record-messages', { message: 'request', status: 200, keyId: 'all' }),
  ]);
  expect(await countMessages.end()).toEqual([
    metricsOf('count-messages', { [METRIC.recordsReceived]: 1, [METRIC.messagesCounted]: 1 }),
    lineOf('count-messages', { message: 'counted a batch', [METRIC.messagesCounted]: 1 }),
  ]);
  expect(await takeDailySnapshot.end()).toEqual([
    metricsOf('take-daily-snapshot', {
      [METRIC.peersSealed]: 1,
      [METRIC.daysSealed]: 1,
      [METRIC.daysResealed]: 0,
      [METRIC.peersLeftOver]: 0,
      [METRIC.peersFailed]: 0,
      [METRIC.peersInconsistent]: 0,
    }),
    lineOf('take-daily-snapshot', { message: 'took the daily snapshots', ...sealed }),
  ]);
  expect(await usageApi.end()).toEqual([
    metricsOf('usage-api', { [METRIC.requestsUnauthenticated]: 1 }),
    lineOf('usage-api', { message: 'request', status: 401, refusal: 'missing' }),
    lineOf('usage-api', { message: 'request', status: 200, keyId: 'all' }),
  ]);
});

test('the bundle of redrive-records counts what lies in the bucket, and removes it', async ({
  service,
  start,
}) => {
  const sent = { messageId: 'm1', conversationId: 'c1', channelId: 'direct', role: 'user' } as const;
  const record = streamRecord({ peerId: 'peer_3', ...sent, sentAt: service.clock() }, 1);
  const timestamp = new Date(service.clock()).toISOString();
  const batch = JSON.stringify({ timestamp, payload: JSON.stringify({ Records: [record] }) });
  const objects = new Map([['aws/lambda/mapping/shard/2026/11/22/batch', batch]]);
  const s3 = await startS3(objects, judgeBucketRequest);
  try {
    const redriveRecords = await start('redrive-records', {
      AWS_ENDPOINT_URL_S3: s3.url,
      FAILED_RECORDS_BUCKET: 'failed',
    });
    expect(await redriveRecords.call({})).toEqual({ taken: 1, left: 0 });
    expect(objects).toEqual(new Map());
    expect(await redriveRecords.call({})).toEqual({ taken: 0, left: 0 });
    expect(await redriveRecords.end()).toEqual([
      expect.objectContaining({ service: 'redrive-records', [METRIC.messagesCounted]: 1 }),
      expect.objectContaining({ message: 'counted a batch' }),
      expect.objectContaining({ message: 'a failed batch was taken' }),
      expect.objectContaining({ [METRIC.batchesTaken]: 1, [METRIC.redrivesCompleted]: 1 }),
      expect.objectContaining({ message: 'fed back what was given up' }),
      expect.objectContaining({ [METRIC.batchesTaken]: 0, [METRIC.redrivesCompleted]: 1 }),
    ]);
  } finally {
    await s3.stop();
  }
});

test('the bundle of announce-days publishes what was sealed', async ({ service, start }) => {
  const yesterday = lastSealableDay(Date.now());
  const message = { peerId: 'peer_2', channelId: 'api', conversationId: 'k-1', messageId: 'm-1' };
  await service.count([{ ...message, sentAt: startOf(yesterday) }]);
  const seal = await start('take-daily-snapshot');
  await seal.call({ through: yesterday });
  await seal.end();
  const sns = await startSns((action) =>
    judge('announce-days', {
      action,
      resource: resourceOf('announce-days', 'DAYS_TOPIC_ARN'),
      leadingKeys: [],
    }),
  );
  try {
    const announceDays = await start('announce-days', {
      AWS_ENDPOINT_URL_SNS: sns.url,
      DAYS_TOPIC_ARN: 'arn:aws:sns:local:1:days',
      EVENT_SOURCE: '/1/local/stack',
    });
    expect(await announceDays.call({})).toEqual({ daysAnnounced: 1, failed: 0, lanesLeft: 0 });
    expect(await announceDays.call({})).toEqual({ daysAnnounced: 0, failed: 0, lanesLeft: 0 });
    expect(sns.published).toEqual([{ topicArn: 'arn:aws:sns:local:1:days', message: expect.any(String) }]);
    expect(parseDayChanged(sns.published[0]?.message ?? '')).toEqual({
      peerId: 'peer_2',
      day: yesterday,
      revision: 1,
    });
    expect(await announceDays.end()).toEqual([
      metricsOf('announce-days', { [METRIC.daysAnnounced]: 1, [METRIC.announcingRunsCompleted]: 1 }),
      lineOf('announce-days', { message: 'announced days', daysAnnounced: 1 }),
      metricsOf('announce-days', { [METRIC.daysAnnounced]: 0, [METRIC.announcingRunsCompleted]: 1 }),
    ]);
  } finally {
    await sns.stop();
  }
});

test('the bundle of raise-alerts takes announcements, and sweeps when its schedule says so', async ({
  start,
}) => {
  const raiseAlerts = await start('raise-alerts', {
    NOTIFICATION_TARGETS: notificationTargetsText('arn:aws:sns:eu-central-1:123456789012:told', []),
    DASHBOARD_URL: 'https://usage.example.com/',
  });
  expect(await raiseAlerts.call(queueEvent([{ peerId: 'peer_1', day: '2026-11-01' }]))).toEqual({
    batchItemFailures: [],
  });
  // No heartbeat has passed: whatever the day is, it is not judged.
  expect(await raiseAlerts.call({ source: 'aws.scheduler' })).toMatchObject({ isJudged: false, visited: 0 });
  expect(await raiseAlerts.end()).toEqual([
    metricsOf('raise-alerts', { [METRIC.announcementsConsumed]: 1 }),
    metricsOf('raise-alerts', { [METRIC.peersJudged]: 0, [METRIC.alertsRaised]: 0 }),
    metricsOf('raise-alerts', { [METRIC.alertSweepsCompleted]: 0 }),
    lineOf('raise-alerts', { message: 'judged the peers for alerts', isJudged: false }),
  ]);
});

test('the bundle of audit-figures goes through the peers', async ({ start }) => {
  const auditFigures = await start('audit-figures');
  expect(await auditFigures.call({})).toMatchObject({ failed: 0, lanesLeft: 0 });
  expect(await auditFigures.end()).toEqual([
    metricsOf('audit-figures', { [METRIC.peersAudited]: 0 }),
    lineOf('audit-figures', { message: 'audited stored figures' }),
  ]);
});

test('the bundle of manage-channels registers a channel, and lists it', async ({ service, start }) => {
  const manage = await start('manage-channels', { DASHBOARD_URL: 'https://usage.example.com/' });
  const key = await service.addKey('all');
  const route = ROUTES.setChannel;
  const json = { channelName: 'Personal name', status: 'disabled' };
  const request: TestRequest = { route, key, peerId: 'peer_2', channelId: 'api', json };
  const registered = httpAnswer.parse(await manage.call(httpEvent(request)));
  expect(registered).toEqual({
    statusCode: 201,
    body: { channelId: 'api', ...json, registeredAt: expect.any(String) },
  });
  const list = await manage.call(httpEvent({ route: ROUTES.listChannels, key, peerId: 'peer_2' }));
  expect(httpAnswer.parse(list)).toEqual({ statusCode: 200, body: { channels: [registered.body] } });
  expect(await manage.end()).toEqual([
    expect.objectContaining({
      level: 'INFO',
      service: 'manage-channels',
      message: 'channel registered',
      keyId: 'all',
      after: { status: 'disabled' },
    }),
    expect.objectContaining({ message: 'request', status: 201 }),
    expect.objectContaining({ message: 'request', status: 200 }),
  ]);
});

test('the bundle of look-up-messages finds what was counted', async ({ service, start }) => {
  const lookUp = await start('look-up-messages');
  const key = await service.addKey('all');
  const sentAt = Date.now() - 1_000;
  const message = { peerId: 'peer_2', channelId: 'api', conversationId: 'k-1', messageId: 'm-1', sentAt };
  await service.count([message]);
  const day = dayOf(sentAt);
  const json = { messages: [{ conversationId: 'k-1', messageId: 'm-1', channelId: 'api', day }] };
  const answer = await lookUp.call(httpEvent({ route: ROUTES.lookUpMessages, key, peerId: 'peer_2', json }));
  expect(httpAnswer.parse(answer)).toMatchObject({
    statusCode: 200,
    body: { messages: [{ status: 'counted', channelId: 'api', day, startedConversation: true }] },
  });
  expect(await lookUp.end()).toEqual([
    expect.objectContaining({ service: 'look-up-messages', message: 'request', status: 200 }),
  ]);
});

test('the bundle of usage-api has the description of the API beside it', async ({ start }) => {
  const usageApi = await start('usage-api');
  const document = httpAnswer.parse(await usageApi.call(httpEvent({ route: ROUTES.getOpenApiDocument })));
  expect(document).toEqual({ statusCode: 200, body: BUILT_DOCUMENT });
  expect(await usageApi.call(httpEvent({ route: ROUTES.getReferencePage }))).toMatchObject({
    statusCode: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  });
  expect(await usageApi.end()).toHaveLength(2);
});

test('the bundle of serve-dashboard has the dashboard beside it', async ({ start }) => {
  const serveDashboard = await start('serve-dashboard');
  const page = z.object({ statusCode: z.literal(200), body: z.string() });
  const { body } = page.parse(await serveDashboard.call(httpEvent({ route: ROUTES.getDashboardPage })));
  const [script = ''] = /\/assets\/[\w-]+\.js/.exec(body) ?? [];
  const event = httpEvent({ route: ROUTES.getDashboardAsset });
  expect(await serveDashboard.call({ ...event, pathParameters: { file: basename(script) } })).toMatchObject({
    statusCode: 200,
    headers: { 'content-type': 'text/javascript; charset=utf-8' },
  });
  expect(await serveDashboard.end()).toHaveLength(2);
});

test.for([
  ['export-to-mixpanel', { MIXPANEL: JSON.stringify(ALL_EXPORTS.mixpanel) }],
  ['export-to-google-analytics', { GOOGLE_ANALYTICS: JSON.stringify(ALL_EXPORTS.googleAnalytics) }],
  ['export-to-s3', { EXPORTS_BUCKET: 'exports' }],
] as const)(
  '%s reads its secrets, takes days from a queue, and gives back what announces none',
  async ([folder, environment], { start, onTestFinished }) => {
    const parameters = await startHeldParameters(folder);
    onTestFinished(() => parameters.stop());
    const running = await start(folder, { ...environment, AWS_ENDPOINT_URL_SSM: parameters.url });
    const announced = {
      specversion: '1.0',
      type: 'org.channel-usage-analytics.day.changed',
      data: { peerId: 'p', day: '2026-11-21', revision: 1 },
    };
    const bodies = [JSON.stringify(announced), '{}'];
    const event = { Records: bodies.map((body, index) => ({ messageId: `message-${index}`, body })) };
    expect(await running.call(event)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
  },
);
