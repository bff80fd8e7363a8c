import { BatchWriteCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import {
  type ReportDependencies,
  type ReportOptions,
  type ReportRun,
  sendReports,
} from '../../../functions/send-reports/send-reports.ts';
import { inBatches } from '../../../functions/shared/domain/in-batches.ts';
import type { Month } from '../../../functions/shared/domain/month.ts';
import { type NotificationPayload, parsePayload } from '../../../functions/shared/domain/notification.ts';
import { queryAll, type Table } from '../../../functions/shared/store/dynamodb.ts';
import { inPartition } from '../../../functions/shared/store/expressions.ts';
import { peerPartition } from '../../../functions/shared/store/items/keys.ts';
import { directoryKey } from '../../../functions/shared/store/items/peer-directory-entry.ts';
import {
  notificationPartitions,
  parseWaitingNotification,
  type WaitingNotification,
} from '../../../functions/shared/store/items/waiting-notification.ts';
import { intercepted } from '../../support/database/intercepted-client.ts';
import { type WatchedClient, watched } from '../../support/database/watched-client.ts';
import { test as fixture } from '../../support/fixture.ts';
import type { TestDependencies } from '../../support/service/test-dependencies.ts';
import type { TestService } from '../../support/service/test-service.ts';

export const DASHBOARD = 'https://usage.example.com/';
export const TARGETS = ['topic', 'on-call'];

export const NEVER = () => false;

/** Where reports stay. */
export interface PutFile {
  body: string;
  contentType: string;
}

/** Makes reports on a pair of tables, and reads what is to be told. */
class Reporting {
  readonly #dependencies: TestDependencies;
  readonly #service: TestService;
  readonly #table: Table;
  readonly watched: WatchedClient;
  /** The files, by their keys. */
  readonly files = new Map<string, PutFile>();
  /** Every key that was put, in order. */
  readonly puts: string[] = [];
  /** Keeps a file from being put, where it gives an error. */
  failPut: (key: string) => Error | undefined = () => undefined;

  constructor(dependencies: TestDependencies, service: TestService, table: Table) {
    this.#dependencies = dependencies;
    this.#service = service;
    this.#table = table;
    this.watched = watched(dependencies.client);
  }

  /** Sets the clock to an instant, up to which counting has come as well. */
  async counted(instant: string): Promise<void> {
    this.#dependencies.setClock(instant);
    await this.#service.passHeartbeats();
  }

  /** A run through a client. */
  runOn(client: ReportDependencies['client']): Promise<ReportRun> {
    return this.#job({ ...this.#dependencies, client }, () => undefined, {})(NEVER);
  }

  /** A run of a process that was just started. */
  run(outOfTime = NEVER, options: Partial<ReportOptions> = {}): Promise<ReportRun> {
    return this.#job(
      { ...this.#dependencies, client: this.watched.client },
      (key) => this.failPut(key),
      options,
    )(outOfTime);
  }

  /**
   * A run of a process that ends at one of its calls, of DynamoDB or of S3: before the call does anything, or after.
   *
   * @returns whether it came to its end before so many calls
   */
  async runThatEnds(atCall: number, when: 'before' | 'after'): Promise<boolean> {
    let calls = 0;
    const ended = new Error('the process has ended');
    const call = async <Result>(send: () => Promise<Result>): Promise<Result> => {
      calls += 1;
      if (calls > atCall || (calls === atCall && when === 'before')) throw ended;
      const answer = await send();
      if (calls >= atCall) throw ended;
      return answer;
    };
    const client = intercepted(this.#dependencies.client, (_command, send) => call(send));
    const options = { targets: TARGETS, dashboardUrl: DASHBOARD };
    const put: ReportOptions['put'] = (key, body, contentType) =>
      call(async () => this.#put(key, body, contentType));
    await sendReports({ ...this.#dependencies, client }, { ...options, put })(NEVER).catch(() => {});
    return calls < atCall;
  }

  #job(dependencies: ReportDependencies, failPut: typeof this.failPut, options: Partial<ReportOptions>) {
    return sendReports(dependencies, {
      targets: TARGETS,
      dashboardUrl: DASHBOARD,
      put: async (key, body, contentType) => {
        const failure = failPut(key);
        if (failure !== undefined) throw failure;
        this.#put(key, body, contentType);
      },
      ...options,
    });
  }

  #put(key: string, body: string, contentType: string): void {
    this.puts.push(key);
    this.files.set(key, { body, contentType });
  }

  /** Counts messages of a peer that were sent at an instant and in the seconds after it, one conversation. */
  async count(peerId: string, from: string, howMany = 1, channelId = 'direct'): Promise<void> {
    await this.#service.countConversation(
      { peerId, channelId, conversationId: `${channelId} ${from}` },
      from,
      howMany,
    );
  }

  /** Makes others of a peer, which are used as it is. */
  async copyPeer(peerId: string, others: readonly string[]): Promise<void> {
    const { client, tableName } = this.#table;
    const items = await queryAll(this.#table, inPartition(peerPartition(peerId)));
    const { Item: entry } = await client.send(
      new GetCommand({ TableName: tableName, Key: directoryKey(peerId) }),
    );
    const copies = others.flatMap((other) => [
      ...items.map((item) => ({ ...item, pk: peerPartition(other) })),
      { ...entry, ...directoryKey(other) },
    ]);
    for (const some of inBatches(copies, 25)) {
      const requests = some.map((item) => ({ PutRequest: { Item: item } }));
      await client.send(new BatchWriteCommand({ RequestItems: { [tableName]: requests } }));
    }
  }

  /** What waits for a target, peer by peer, in the order in which it is told. */
  async waiting(target = 'topic'): Promise<WaitingNotification[]> {
    const items = await Promise.all(
      notificationPartitions(target).map((partition) =>
        queryAll(this.#table, { ...inPartition(partition), ConsistentRead: true }),
      ),
    );
    return items.flat().map(parseWaitingNotification);
  }

  /** The reports that wait for a target. */
  async told(target = 'topic'): Promise<ToldReport[]> {
    return (await this.waiting(target)).map(({ payload }) => toldReport(parsePayload(payload)));
  }

  /** The reports that wait for each target, as peers and months with the messages, in a line each. */
  async lines(): Promise<string[]> {
    const [first = [], ...others] = await Promise.all(TARGETS.map((target) => this.waiting(target)));
    const told = first.map(({ id, payload }) => ({ id, payload }));
    for (const other of others) {
      const same = other.map(({ id, payload }) => ({ id, payload }));
      if (JSON.stringify(same) !== JSON.stringify(told)) throw new Error('targets are told different things');
    }
    return told
      .map(({ payload }) => {
        const { peerId, month, report } = toldReport(parsePayload(payload)).data;
        return `${month} ${peerId}: ${report.overview.totalMessages}`;
      })
      .sort();
  }
}

type ToldReport = Extract<NotificationPayload, { type: 'report.monthly' }>;

function toldReport(payload: NotificationPayload): ToldReport {
  if (payload.type !== 'report.monthly') throw new Error(`a ${payload.type} is no report`);
  return payload;
}

/** The files of a peer's report. */
export function filesOf(peerId: string, month: Month): string[] {
  return ['csv', 'html', 'json'].map((extension) => `reports/${month}/peer=${peerId}/report.${extension}`);
}

/** What a test of reports works on, besides: `reporting`. */
export const test = fixture.extend(
  'reporting',
  ({ dependencies, service, table }) => new Reporting(dependencies, service, table),
);
