import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeTableCommand,
  type DynamoDBClient,
  ScanCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import {
  DEFAULT_EVENT_SOURCE,
  INVOCATION_TIMEOUT_SECONDS,
} from '../../functions/count-messages/event-source.ts';
import { manageChannels } from '../../functions/manage-channels/manage-channels.ts';
import { recordMessages } from '../../functions/record-messages/record-messages.ts';
import { redriveRecords } from '../../functions/redrive-records/redrive-records.ts';
import { serveDashboard } from '../../functions/serve-dashboard/serve-dashboard.ts';
import { countMessages } from '../../functions/shared/counting/count-messages.ts';
import {
  CLIENT_LIMITS,
  type Dependencies,
  documentClient,
  dynamodbClient,
  systemEffects,
} from '../../functions/shared/runtime/dependencies.ts';
import { METRIC } from '../../functions/shared/runtime/metric-names.ts';
import type { Log } from '../../functions/shared/runtime/observability.ts';
import { readSettings } from '../../functions/shared/runtime/settings.ts';
import { ApiKeyStore } from '../../functions/shared/store/api-key-store.ts';
import { ChannelStore } from '../../functions/shared/store/channel-store.ts';
import { MESSAGES_TABLE } from '../../functions/shared/store/messages-table.ts';
import type { TableDefinition } from '../../functions/shared/store/table-definition.ts';
import { USAGE_TABLE } from '../../functions/shared/store/usage-table.ts';
import { takeDailySnapshot } from '../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { usageApi } from '../../functions/usage-api/usage-api.ts';
import { startHttpServer } from '../aws/gateway/http-server.ts';
import { runRedriveLoop } from '../aws/schedule/redrive-loop.ts';
import { startSnapshotSchedule } from '../aws/schedule/snapshot-schedule.ts';
import { checkpointFile } from '../aws/stream/checkpoint.ts';
import { EventSourceMapping } from '../aws/stream/event-source-mapping.ts';
import { failedBatchesIn, failedBatchFolder } from '../aws/stream/failed-batches.ts';
import { runAsLambda } from '../aws/stream/invocations.ts';
import { StreamPoller } from '../aws/stream/stream-poller.ts';
import { startEmbeddedDynamoDB } from '../database/embedded-dynamodb.ts';
import { LOCAL_CONNECTION, LOCAL_ENVIRONMENT } from '../database/local-database.ts';
import { createTable } from '../database/tables.ts';
import { builtDashboard, builtDocuments } from './built-files.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { writeDurably } from './durable-file.ts';
import { checkWantedKey, prepareApiKey } from './host-api-key.ts';
import { HostError, systemCode } from './host-error.ts';
import { type HostLog, MetricTotals, openHostLog } from './host-log.ts';
import { Notices } from './notices.ts';
import type { HostOptions } from './options.ts';

/** The whole service, running in this process. */
export interface Host {
  url: string;
  apiKey: string;
  dataFolder: DataFolder;
  log: Log;
  /** The registry itself, for the sample. */
  channels: ChannelStore;
  /** Whether no message had ever been recorded when it started. */
  wasEmpty: boolean;
  /** Runs the snapshot job, which otherwise runs at the start and then on schedule. */
  takeSnapshots(): Promise<void>;
  /** Resolves, with the reason, when the host cannot go on by itself. */
  failed: Promise<string>;
  /** Stops taking requests, answers those under way, ends the running invocation, and closes everything. */
  stop(): Promise<void>;
}

export interface HostContext {
  environment: Readonly<Record<string, string | undefined>>;
  /** Tells the person at the terminal what does not end the host, and matters all the same. */
  complain: (problem: string) => void;
}

/** Shorter than in the cloud, where gathering saves money: here somebody is watching. */
const BATCHING_WINDOW_SECONDS = 0.1;
const TABLE_READY_WITHIN_SECONDS = 30;
/** How long each part may keep a stop waiting. */
const STOP_WITHIN_MS = 12_000;

/**
 * Starts the whole service: the embedded DynamoDB, the functions, the HTTP server in API Gateway's place,
 * the stream poller in the event source mapping's and the schedules in EventBridge's.
 *
 * @throws HostError, EmbeddedDynamoDBError; then nothing is left running
 */
export async function startHost(options: HostOptions, context: HostContext): Promise<Host> {
  // What has to be undone when a later step fails, or in the end.
  const undo: (() => void | Promise<void>)[] = [];
  const stop = async () => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  try {
    return await start(options, context, undo, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  options: HostOptions,
  { environment, complain }: HostContext,
  undo: (() => void | Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Host> {
  const wantedKey = environment['LOCAL_API_KEY'] || undefined;
  checkWantedKey(wantedKey);
  const dashboard = builtDashboard();
  const documents = builtDocuments();
  const effects = systemEffects();
  const { clock, randomBytes } = effects;

  const folder = await openDataFolder(options.dataFolder, options);
  undo.push(() => folder.close());
  let hasStopped = false;
  const hostLog = openHostLog(folder.logFile, clock, (problem) => {
    // What did not end in time when the host stopped may still want to write.
    if (!hasStopped) complain(problem);
  });
  undo.push(() => {
    hasStopped = true;
    hostLog.close();
  });
  const log = hostLog.of('host');
  log.info('starting', { processId: process.pid, node: process.version });

  const database = await startDatabase(options, folder);
  undo.push(database.stop);
  await writeDurably(folder.databaseEndpointFile, `${database.endpoint}\n`);
  const base = dynamodbClient({ ...LOCAL_CONNECTION, endpoint: database.endpoint });
  undo.push(() => base.destroy());
  const settings = readSettings(LOCAL_ENVIRONMENT);
  const { streamArn, wasEmpty } = await prepareTables(base, database.endpoint);

  const client = documentClient(base);
  const metrics = new MetricTotals();
  const notices = new Notices({
    tell: complain,
    later: (milliseconds, callback) => setTimeout(callback, milliseconds).unref(),
  });
  undo.push(() => log.info('stopped', { metrics: metrics.read() }));
  const dependenciesOf = (service: string): Dependencies => ({
    settings,
    client,
    ...effects,
    log: hostLog.of(service),
    publishMetrics(counts) {
      metrics.publish(counts);
      notices.note('quarantined', counts[METRIC.recordsQuarantined] ?? 0);
    },
  });
  const apiKey = await prepareApiKey({
    wanted: wantedKey,
    file: folder.apiKeyFile,
    store: new ApiKeyStore({ client, tableName: settings.usageTableName }),
    now: clock(),
    randomBytes,
  });

  const streams = new DynamoDBStreamsClient({
    ...CLIENT_LIMITS,
    ...LOCAL_CONNECTION,
    endpoint: database.endpoint,
  });
  undo.push(() => streams.destroy());
  const counting = { hostLog, folder, metrics, notices };
  undo.push(
    startCounting({ ...counting, dependencies: dependenciesOf('count-messages'), streams, streamArn }),
    startRedriving({ ...counting, dependencies: dependenciesOf('redrive-records') }),
  );
  const snapshots = startSnapshotSchedule(
    takeDailySnapshot(dependenciesOf('take-daily-snapshot')),
    clock,
    hostLog.of('take-daily-snapshot'),
  );
  undo.push(() => inTime(snapshots.stop(), 'take-daily-snapshot', log));
  const server = await startHttpServer({
    host: options.host,
    port: options.port,
    handlers: {
      'record-messages': recordMessages(dependenciesOf('record-messages')),
      'manage-channels': manageChannels(dependenciesOf('manage-channels')),
      'usage-api': usageApi(dependenciesOf('usage-api'), documents),
      'serve-dashboard': serveDashboard(dependenciesOf('serve-dashboard'), dashboard),
    },
    clock,
    log: hostLog.of('http-server'),
  });
  undo.push(server.stop);
  log.info('serving', { url: server.url });
  return {
    url: server.url,
    apiKey,
    dataFolder: folder,
    log,
    channels: new ChannelStore({ client, tableName: settings.usageTableName }),
    wasEmpty,
    takeSnapshots: snapshots.runNow,
    failed: database.failed,
    stop,
  };
}

interface Database {
  endpoint: string;
  failed: Promise<string>;
  stop: () => Promise<void>;
}

async function startDatabase({ dynamodbEndpoint }: HostOptions, folder: DataFolder): Promise<Database> {
  if (dynamodbEndpoint !== undefined) {
    return { endpoint: dynamodbEndpoint, failed: new Promise(() => {}), stop: async () => {} };
  }
  const embedded = await startEmbeddedDynamoDB(folder.databaseFile);
  let isStopping = false;
  return {
    endpoint: embedded.endpoint,
    failed: new Promise((resolve) => {
      embedded.ended.then(() => {
        if (!isStopping) resolve('the embedded DynamoDB has ended unexpectedly');
      });
    }),
    stop: async () => {
      isStopping = true;
      await embedded.stop();
    },
  };
}

/** Creates the tables where they are missing. */
async function prepareTables(
  client: DynamoDBClient,
  endpoint: string,
): Promise<{ streamArn: string; wasEmpty: boolean }> {
  const { MESSAGES_TABLE: messagesTable, USAGE_TABLE: usageTable } = LOCAL_ENVIRONMENT;
  try {
    await prepareTable(client, usageTable, USAGE_TABLE);
    await prepareTable(client, messagesTable, MESSAGES_TABLE);
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName: messagesTable }));
    const streamArn = table?.LatestStreamArn;
    if (streamArn === undefined || table?.StreamSpecification?.StreamEnabled !== true) {
      throw new HostError(
        `the table ${messagesTable} of ${endpoint} has no stream; delete it, or give it one`,
      );
    }
    const { Count: count } = await client.send(new ScanCommand({ TableName: messagesTable, Limit: 1 }));
    return { streamArn, wasEmpty: count === 0 };
  } catch (error) {
    if (error instanceof HostError || !(error instanceof Error)) throw error;
    const problem = systemCode(error) ?? `${error.name}: ${error.message}`;
    throw new HostError(`the DynamoDB at ${endpoint} cannot be used: ${problem}`, { cause: error });
  }
}

async function prepareTable(
  client: DynamoDBClient,
  tableName: string,
  definition: TableDefinition,
): Promise<void> {
  await createTable(client, tableName, definition);
  await waitUntilTableExists(
    { client, maxWaitTime: TABLE_READY_WITHIN_SECONDS, minDelay: 1, maxDelay: 2 },
    { TableName: tableName },
  );
}

interface RedrivingParts {
  dependencies: Dependencies;
  hostLog: HostLog;
  folder: DataFolder;
  metrics: MetricTotals;
  notices: Notices;
}

interface CountingParts extends RedrivingParts {
  streams: DynamoDBStreamsClient;
  streamArn: string;
}

/** Feeds the stream to count-messages, until the function that it gives is called. */
function startCounting(parts: CountingParts): () => Promise<void> {
  const { dependencies, hostLog, folder, streams, streamArn, metrics, notices } = parts;
  const { clock, log } = dependencies;
  const stopping = new AbortController();
  const { signal } = stopping;
  const pauseUntilStop = (milliseconds: number) => pause(milliseconds, undefined, { signal });
  const keepFailedBatch = failedBatchFolder(folder.failedBatchesFolder, clock);
  const mapping = new EventSourceMapping({
    settings: DEFAULT_EVENT_SOURCE,
    invoke: runAsLambda(countMessages(dependencies), {
      timeoutMs: INVOCATION_TIMEOUT_SECONDS * 1000,
      timer: (milliseconds, over) => pause(milliseconds, undefined, { signal: over }),
      stop: signal,
      log,
    }),
    async failureDestination(failure) {
      await keepFailedBatch(failure);
      const { reason, records } = failure;
      log.error('records were given up', { reason, records: records.length });
      metrics.add('OnFailureDestinationDeliveredEventCount', records.length);
      notices.note('givenUp', records.length);
    },
    clock,
    waiting: { ...dependencies.waiting, pause: pauseUntilStop },
    stop: signal,
  });
  const poller = new StreamPoller({
    client: streams,
    streamArn,
    checkpoints: checkpointFile(folder.checkpointFile),
    process: (records) => mapping.process(records),
    batchSize: DEFAULT_EVENT_SOURCE.batchSize,
    batchingWindowMs: BATCHING_WINDOW_SECONDS * 1000,
    pause: pauseUntilStop,
    log: hostLog.of('stream-poller'),
  });
  const running = poller.run(signal);
  return async () => {
    stopping.abort();
    await inTime(running, 'stream-poller', log);
  };
}

/** Feeds back what counting gave up, until the function that it gives is called. */
function startRedriving({ dependencies, folder, notices }: RedrivingParts): () => Promise<void> {
  const { log } = dependencies;
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = runRedriveLoop(
    {
      job: redriveRecords(dependencies, failedBatchesIn(folder.failedBatchesFolder)),
      report: ({ taken }) => notices.note('fedBack', taken),
      pause: (milliseconds) => pause(milliseconds, undefined, { signal }),
      log,
    },
    signal,
  );
  return async () => {
    stopping.abort();
    await inTime(running, 'redrive-records', log);
  };
}

/** Waits for what is being stopped, but not for a database that does not answer. */
async function inTime(stopped: Promise<void>, what: string, log: Log): Promise<void> {
  const over = new AbortController();
  const late = pause(STOP_WITHIN_MS, 'late', { signal: over.signal }).catch(() => undefined);
  if ((await Promise.race([stopped, late])) === 'late')
    log.warn('stopped without waiting any longer', { what });
  over.abort();
}
