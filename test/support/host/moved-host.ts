import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient, GetRecordsCommand } from '@aws-sdk/client-dynamodb-streams';
import { TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { DEFAULT_EVENT_SOURCE } from '../../../functions/count-messages/event-source.ts';
import { sendHeartbeats } from '../../../functions/send-heartbeats/send-heartbeats.ts';
import { countMessages, type StreamHandler } from '../../../functions/shared/counting/count-messages.ts';
import { SDK_LOGGING } from '../../../functions/shared/runtime/dependencies.ts';
import { TIME_LIMIT_SECONDS } from '../../../functions/shared/runtime/time-limits.ts';
import { PASSED_HEARTBEATS_KEY } from '../../../functions/shared/store/items/passed-heartbeats.ts';
import { runRepeatedly } from '../../../local/aws/schedule/repeated-runs.ts';
import type { Checkpoint, CheckpointStore } from '../../../local/aws/stream/checkpoint.ts';
import { EventSourceMapping, laneOf } from '../../../local/aws/stream/event-source-mapping.ts';
import { runAsLambda } from '../../../local/aws/stream/invocations.ts';
import { StreamPoller } from '../../../local/aws/stream/stream-poller.ts';
import type { TestDatabase } from '../database/database.ts';
import { intercepted } from '../database/intercepted-client.ts';
import { Random } from '../random.ts';
import type { TestDependencies } from '../service/test-dependencies.ts';
import type { MovedClock } from './moved-clock.ts';

/** What keeps recorded messages from being counted. */
export const FAULTS = [
  /** Its records cannot be read. */
  'unreadable stream',
  /** Every invocation ends in an error before it has done anything. */
  'failing function',
  /** Every write of the function is refused, except that of which heartbeats have passed. */
  'refused counters',
  /** No invocation is begun. */
  'throttled function',
  /** Nothing reads the stream. */
  'disabled mapping',
] as const;
export type Fault = (typeof FAULTS)[number];

/** Longer than the local host pauses between two reads, for what a test sees within seconds: reads take time. */
const LEAST_PAUSE_MS = 2_000;

/** Keeps a checkpoint from one run to the next. */
class KeptCheckpoint implements CheckpointStore {
  #kept: Checkpoint | undefined;

  async read(): Promise<Checkpoint | undefined> {
    return this.#kept;
  }

  async write(checkpoint: Checkpoint): Promise<void> {
    this.#kept = checkpoint;
  }
}

/** What a host is made of here. */
export interface MovedHostOptions {
  dependencies: TestDependencies;
  database: TestDatabase;
  clock: MovedClock;
  /** How many lanes its stream has; one, as that of the local host, where it is left out. */
  lanes?: number;
}

/**
 * The parts of the local host that run by themselves, on a clock that a test moves: heartbeats, and for each lane of
 * the stream what reads it and feeds it to count-messages. Lanes do not wait for each other, as in Lambda.
 */
export class MovedHost {
  readonly #clock: MovedClock;
  readonly #dependencies: TestDependencies;
  readonly #lanes: Lane[];
  readonly #streams: DynamoDBStreamsClient;
  #beating: Running | undefined;

  private constructor({ dependencies, clock, lanes = 1 }: MovedHostOptions, streams: Streams) {
    this.#clock = clock;
    this.#dependencies = dependencies;
    this.#streams = streams.client;
    this.#lanes = Array.from(
      { length: lanes },
      (_, number) => new Lane({ dependencies, clock, streams, number, lanes }),
    );
  }

  /** Makes one that is off, whose clock is that of its functions. */
  static async of(options: MovedHostOptions): Promise<MovedHost> {
    const { database, dependencies, clock } = options;
    const { Table: table } = await database.client.send(
      new DescribeTableCommand({ TableName: dependencies.settings.messagesTableName }),
    );
    const client = new DynamoDBStreamsClient({
      endpoint: database.endpoint,
      region: 'local',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    client.middlewareStack.remove(SDK_LOGGING);
    const streams = { client, streamArn: table?.LatestStreamArn ?? '' };
    return new MovedHost({ ...options, dependencies: { ...dependencies, clock: clock.now } }, streams);
  }

  start(): void {
    this.startHeartbeats();
    this.mend();
  }

  startHeartbeats(): void {
    const { log, settings, client } = this.#dependencies;
    const clock = this.#clock;
    const job = sendHeartbeats({
      ...this.#dependencies,
      client: intercepted(client, (_, send) => clock.standingStill(send)),
    });
    this.#beating = running((signal) =>
      runRepeatedly(
        {
          name: 'sending heartbeats',
          job,
          pauseAfter: () => settings.heartbeats.everySeconds * 1_000,
          pause: (milliseconds) => clock.pause(milliseconds, signal),
          log,
        },
        signal,
      ),
    );
  }

  /** Begins an outage of all lanes, or of one of them. */
  async break(fault: Fault, number?: number): Promise<void> {
    const lanes = this.#lanes.filter((_, index) => number === undefined || index === number);
    for (const lane of lanes) await lane.break(fault);
  }

  /** Ends the outage of all lanes, or of one of them. */
  mend(number?: number): void {
    const lanes = this.#lanes.filter((_, index) => number === undefined || index === number);
    for (const lane of lanes) lane.mend();
  }

  /** Switches it off; it may be started again. */
  async stop(): Promise<void> {
    await this.#beating?.stop();
    this.#beating = undefined;
    for (const lane of this.#lanes) await lane.stop();
  }

  /** Switches it off for good. */
  async end(): Promise<void> {
    await this.stop();
    this.#streams.destroy();
  }
}

interface Streams {
  client: DynamoDBStreamsClient;
  streamArn: string;
}

interface LaneOptions {
  dependencies: TestDependencies;
  clock: MovedClock;
  streams: Streams;
  number: number;
  lanes: number;
}

/** What reads a lane, and counts what is in it. */
class Lane {
  readonly #options: LaneOptions;
  readonly #checkpoints = new KeptCheckpoint();
  readonly #random: Random;
  #fault: Fault | undefined;
  #polling: Running | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#random = new Random(options.number);
  }

  async break(fault: Fault): Promise<void> {
    this.#fault = fault;
    if (fault === 'disabled mapping') await this.stop();
  }

  mend(): void {
    this.#fault = undefined;
    this.#polling ??= running((signal) => this.#poll(signal));
  }

  async stop(): Promise<void> {
    await this.#polling?.stop();
    this.#polling = undefined;
  }

  #poll(signal: AbortSignal): Promise<void> {
    const { clock, dependencies, streams, number, lanes } = this.#options;
    const pause = (milliseconds: number) => clock.pause(Math.max(milliseconds, LEAST_PAUSE_MS), signal);
    const mapping = new EventSourceMapping({
      settings: DEFAULT_EVENT_SOURCE,
      invoke: this.#function(signal),
      failureDestination: async () => {
        throw new Error('no outage is to last so long that records are given up');
      },
      clock: clock.now,
      waiting: { ...dependencies.waiting, pause, random: () => this.#random.next() },
      stop: signal,
    });
    const poller = new StreamPoller({
      client: this.#readable(streams.client),
      streamArn: streams.streamArn,
      checkpoints: this.#checkpoints,
      process: (records) =>
        mapping.process(records.filter((record) => laneOf(record, lanes) === number).map(putWhenSent)),
      // It gathers no more than it reads at once.
      batchSize: 1,
      batchingWindowMs: 0,
      pause,
      progress: { waits() {}, advances() {}, caughtUp() {} },
      complain: () => {},
      log: dependencies.log,
    });
    return poller.run(signal);
  }

  /** The stream, unless the fault is that it cannot be read. */
  #readable(client: DynamoDBStreamsClient): DynamoDBStreamsClient {
    const { clock } = this.#options;
    const send = (command: Parameters<DynamoDBStreamsClient['send']>[0]) => {
      if (this.#fault === 'unreadable stream' && command instanceof GetRecordsCommand) {
        return Promise.reject(new Error('the stream cannot be read'));
      }
      return clock.standingStill(() => client.send(command));
    };
    return new Proxy(client, {
      get: (target, property) => (property === 'send' ? send : Reflect.get(target, property, target)),
    });
  }

  /** The function as Lambda runs it, unless the fault is in it or before it. */
  #function(stop: AbortSignal): StreamHandler {
    const { clock, dependencies } = this.#options;
    const { client, log } = dependencies;
    const count = countMessages({
      ...dependencies,
      client: intercepted(client, (command, send) => {
        const isRefused =
          command instanceof TransactWriteCommand ||
          (command instanceof UpdateCommand && command.input.Key?.['pk'] !== PASSED_HEARTBEATS_KEY.pk);
        if (this.#fault === 'refused counters' && isRefused) {
          return Promise.reject(new Error('the table refuses the write'));
        }
        return clock.standingStill(send);
      }),
    });
    const invoke = runAsLambda(
      async (event) => {
        if (this.#fault === 'failing function') throw new Error('the function fails');
        return count(event);
      },
      { timeoutMs: TIME_LIMIT_SECONDS['count-messages'] * 1_000, timer: clock.pause, stop, log },
    );
    return async (event) => {
      if (this.#fault === 'throttled function') throw new Error('too many requests');
      return invoke(event);
    };
  }
}

/**
 * A record as it is where its item is put at the time that it was sent at. The database knows the time of this machine
 * alone, which is not that of the test.
 */
function putWhenSent(record: DynamoDBRecord): DynamoDBRecord {
  const sentAt = Date.parse(record.dynamodb?.NewImage?.['sentAt']?.S ?? '');
  return {
    ...record,
    dynamodb: { ...record.dynamodb, ApproximateCreationDateTime: Math.floor(sentAt / 1_000) },
  };
}

/** Something that runs until it is stopped. */
interface Running {
  stop(): Promise<void>;
}

function running(run: (signal: AbortSignal) => Promise<void>): Running {
  const stopping = new AbortController();
  const { signal } = stopping;
  const ended = run(signal);
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
