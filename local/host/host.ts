import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { lookUpMessages } from '../../functions/look-up-messages/look-up-messages.ts';
import { manageChannels } from '../../functions/manage-channels/manage-channels.ts';
import { recordMessages } from '../../functions/record-messages/record-messages.ts';
import type { DashboardFiles } from '../../functions/serve-dashboard/dashboard-files.ts';
import { serveDashboard } from '../../functions/serve-dashboard/serve-dashboard.ts';
import { LOCAL_RHYTHM } from '../../functions/shared/domain/heartbeat.ts';
import type { EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import type { HttpHandler } from '../../functions/shared/http/http.ts';
import type { HttpFunction } from '../../functions/shared/http/routes.ts';
import {
  type Dependencies,
  documentClient,
  dynamodbClient,
  systemEffects,
} from '../../functions/shared/runtime/dependencies.ts';
import { METRIC } from '../../functions/shared/runtime/metric-names.ts';
import type { Log, PublishMetrics } from '../../functions/shared/runtime/observability.ts';
import { readSettings, type Settings } from '../../functions/shared/runtime/settings.ts';
import { ApiKeyStore } from '../../functions/shared/store/api-key-store.ts';
import { ChannelStore } from '../../functions/shared/store/channel-store.ts';
import { MessageStore } from '../../functions/shared/store/message-store.ts';
import { takeDailySnapshot } from '../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import type { PublishedDocuments } from '../../functions/usage-api/context.ts';
import { usageApi } from '../../functions/usage-api/usage-api.ts';
import { startHttpServer } from '../aws/gateway/http-server.ts';
import { type SnapshotSchedule, startSnapshotSchedule } from '../aws/schedule/snapshot-schedule.ts';
import { indexStream } from '../database/embedded-dynamodb.ts';
import { startHostDatabase } from '../database/host-database.ts';
import { connectionTo, LOCAL_ENVIRONMENT } from '../database/local-database.ts';
import { prepareTables, usingDatabase } from '../database/tables.ts';
import { HOST_HEALTH, type HostHealth, SampleStatusKeeper } from '../sample/sample-status.ts';
import { writeDurably } from '../support/durable-file.ts';
import { Auditing } from './auditing.ts';
import { builtDashboard, builtDocuments } from './built-files.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { sendingHeartbeats } from './heartbeats.ts';
import { checkWantedKey, prepareApiKey } from './host-api-key.ts';
import { withHostHealth } from './host-health.ts';
import { HostLog, MetricTotals } from './host-log.ts';
import { Notices } from './notices.ts';
import type { HostOptions } from './options.ts';
import { Redriving } from './redriving.ts';
import { stopInTime } from './stop-in-time.ts';
import { StreamCounting } from './stream-counting.ts';
import { Telling, toldTargets } from './telling.ts';

/** The whole service, running in this process. */
export interface Host {
  url: string;
  apiKey: string;
  dataFolder: DataFolder;
  /** What a person has to know of the database. */
  notice: string | undefined;
  log: Log;
  /** The stores themselves, for the sample. */
  messages: MessageStore;
  channels: ChannelStore;
  /** What it tells of the sample; whoever loads the sample keeps it up to date. */
  sample: SampleStatusKeeper;
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
  /** Shows them what they are told, in lines. */
  show: (text: string) => void;
}

/**
 * Starts the whole service: the embedded DynamoDB, the functions, the HTTP server in API Gateway's place,
 * the stream poller in the event source mapping's and the schedules in EventBridge's.
 *
 * @throws HostError; then nothing is left running
 */
export async function startHost(options: HostOptions, context: HostContext): Promise<Host> {
  const undo = new UndoList();
  try {
    return await start(options, context, undo);
  } catch (error) {
    await undo.run();
    throw error;
  }
}

/** What has to be undone when a later step fails, or in the end. */
class UndoList {
  readonly #steps: (() => void | Promise<void>)[] = [];

  add(step: () => void | Promise<void>): void {
    this.#steps.push(step);
  }

  /** Undoes the last step first. */
  async run(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) await step();
  }
}

async function start(
  options: HostOptions,
  { environment, complain, show }: HostContext,
  undo: UndoList,
): Promise<Host> {
  const wantedKey = environment['LOCAL_API_KEY'] || undefined;
  checkWantedKey(wantedKey);
  const dashboard = withHostHealth(builtDashboard());
  const documents = builtDocuments();
  const effects = systemEffects();
  const { clock, randomBytes } = effects;
  const targets = toldTargets(options, environment, effects.waiting);
  const data = await openData(options, clock, complain, undo);
  const { folder, hostLog, log, connection } = data;
  const settings = settingsOf(options);
  const client = documentClient(data.client);
  const store = new ApiKeyStore({ client, tableName: settings.usageTableName });
  const key = { wanted: wantedKey, file: folder.apiKeyFile, store, now: clock(), randomBytes };
  const apiKey = await usingDatabase(data.place, () => prepareApiKey(key));

  const metrics = new MetricTotals();
  const terminal = { tell: complain, later: afterwards };
  const notices = new Notices(terminal);
  undo.add(() => log.info('stopped', { metrics: metrics.read() }));
  const dependenciesOf: DependenciesOf = (service) => ({
    settings,
    client,
    ...effects,
    log: hostLog.of(service),
    publishMetrics: publishingTo(metrics, notices),
  });
  const counting = new StreamCounting({
    dependencies: dependenciesOf('count-messages'),
    connection,
    streamArn: data.streamArn,
    folder,
    pollerLog: hostLog.of('stream-poller'),
    metrics,
    notices,
    telling: terminal,
  });
  undo.add(() => counting.stop());
  const snapshots = startJobs(dependenciesOf, { folder, notices }, undo);
  const sample = new SampleStatusKeeper(options.sample);
  const handlers = httpHandlers(dependenciesOf, dashboard, documents, () => `${server.url}/`);
  const server = await serve(options, handlers, sample, { clock, log: hostLog.of('http-server') });
  undo.add(() => server.stop());
  const telling = new Telling({
    ...{ dependenciesOf, targets, folder, notices, sample, show, complain },
    url: server.url,
  });
  undo.add(() => telling.stop());
  log.info('serving', { url: server.url });
  return {
    url: server.url,
    apiKey,
    dataFolder: folder,
    notice: data.notice,
    log,
    ...storesOf(client, settings),
    sample,
    wasEmpty: data.wasEmpty,
    takeSnapshots: () => snapshots.runNow(),
    failed: data.failed,
    stop: () => undo.run(),
  };
}

function settingsOf({ corsOrigins }: HostOptions): Settings {
  // An HTTP API answers pages of other origins by itself; here the functions do, as behind a REST API.
  return { ...readSettings(LOCAL_ENVIRONMENT), heartbeats: LOCAL_RHYTHM, corsOrigins };
}

function storesOf(client: DynamoDBDocumentClient, settings: Settings): Pick<Host, 'messages' | 'channels'> {
  const { messagesTableName, usageTableName, messageRetentionDays } = settings;
  return {
    messages: new MessageStore({ client, tableName: messagesTableName }, messageRetentionDays),
    channels: new ChannelStore({ client, tableName: usageTableName }),
  };
}

/** Starts what runs by itself, time and again. */
function startJobs(
  dependenciesOf: DependenciesOf,
  { folder, notices }: { folder: DataFolder; notices: Notices },
  undo: UndoList,
): SnapshotSchedule {
  const redriving = new Redriving({ dependencies: dependenciesOf('redrive-records'), folder, notices });
  undo.add(() => redriving.stop());
  const auditing = new Auditing(dependenciesOf('audit-figures'));
  undo.add(() => auditing.stop());
  const heartbeats = sendingHeartbeats(dependenciesOf('send-heartbeats'));
  undo.add(() => heartbeats.stop());
  return snapshotSchedule(dependenciesOf('take-daily-snapshot'), undo);
}

function snapshotSchedule(dependencies: Dependencies, undo: UndoList): SnapshotSchedule {
  const snapshots = startSnapshotSchedule(takeDailySnapshot(dependencies), dependencies);
  undo.add(() => stopInTime(snapshots.stop(), dependencies.log));
  return snapshots;
}

function afterwards(milliseconds: number, callback: () => void): void {
  setTimeout(callback, milliseconds).unref();
}

function publishingTo(metrics: MetricTotals, notices: Notices): PublishMetrics {
  return (counts) => {
    metrics.publish(counts);
    notices.note('quarantined', counts[METRIC.recordsQuarantined] ?? 0);
  };
}

/** Starts the HTTP server in API Gateway's place, which also tells of the sample. */
function serve(
  { host, port }: HostOptions,
  handlers: Record<HttpFunction, HttpHandler>,
  sample: SampleStatusKeeper,
  context: Pick<Dependencies, 'clock' | 'log'>,
) {
  const own = new Map([[HOST_HEALTH, () => ({ sample: sample.read() }) satisfies HostHealth]]);
  return startHttpServer({ host, port, handlers, own, ...context });
}

/** Gives a function its dependencies. */
type DependenciesOf = (service: string) => Dependencies;

function httpHandlers(
  dependenciesOf: DependenciesOf,
  dashboard: DashboardFiles,
  documents: PublishedDocuments,
  dashboardUrl: () => string,
): Record<HttpFunction, HttpHandler> {
  return {
    'record-messages': recordMessages(dependenciesOf('record-messages')),
    'look-up-messages': lookUpMessages(dependenciesOf('look-up-messages')),
    'manage-channels': manageChannels(dependenciesOf('manage-channels'), dashboardUrl),
    'usage-api': usageApi(dependenciesOf('usage-api'), documents),
    'serve-dashboard': serveDashboard(dependenciesOf('serve-dashboard'), dashboard),
  };
}

/** What is there before the functions: the folder, open for this host alone, its log, and the tables. */
async function openData(
  options: HostOptions,
  clock: () => EpochMillis,
  complain: (problem: string) => void,
  undo: UndoList,
) {
  const folder = await openDataFolder(options.dataFolder, options);
  undo.add(() => folder.close());
  const hostLog = new HostLog(folder.logFile, clock, complain);
  undo.add(() => hostLog.close());
  const log = hostLog.of('host');
  log.info('starting', { processId: process.pid, node: process.version });
  const { address, place, notice, failed } = await openDatabase(options, folder, undo);
  await writeDurably(folder.databaseEndpointFile, `${address}\n`);
  const connection = connectionTo(address);
  const client = dynamodbClient(connection);
  undo.add(() => client.destroy());
  const tables = await prepareTables(client, place);
  return { folder, hostLog, log, connection, client, place, notice, failed, ...tables };
}

interface Database {
  /** Whoever knows that of a database of our own can read and write all data: it is told to nobody. */
  address: string;
  /** What it is to a person. */
  place: string;
  notice?: string | undefined;
  failed: Host['failed'];
}

/** A database of our own, which is started, or another one, which others look after. */
async function openDatabase(
  { dynamodbEndpoint, dynamodbFile }: HostOptions,
  folder: DataFolder,
  undo: UndoList,
): Promise<Database> {
  if (dynamodbEndpoint !== undefined) {
    const place = `the DynamoDB at ${dynamodbEndpoint}`;
    if (dynamodbFile !== undefined) indexStream(dynamodbFile);
    return { address: dynamodbEndpoint, place, failed: new Promise(() => {}) };
  }
  const database = await startHostDatabase(folder);
  undo.add(() => database.stop());
  const { address, place, notice } = database;
  const failed = new Promise<string>((resolve) => {
    database.ended.then((how) => {
      if (how === 'died') resolve('the database has ended unexpectedly');
    });
  });
  return { address, place, notice, failed };
}
