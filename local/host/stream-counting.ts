import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBStreamsClient, type DynamoDBStreamsClientConfig } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { DEFAULT_EVENT_SOURCE } from '../../functions/count-messages/event-source.ts';
import { countMessages } from '../../functions/shared/counting/count-messages.ts';
import {
  CLIENT_LIMITS,
  type Dependencies,
  SDK_LOGGING,
} from '../../functions/shared/runtime/dependencies.ts';
import type { Log } from '../../functions/shared/runtime/observability.ts';
import { TIME_LIMIT_SECONDS } from '../../functions/shared/runtime/time-limits.ts';
import { CheckpointFile } from '../aws/stream/checkpoint.ts';
import { EventSourceMapping, type FailedBatch } from '../aws/stream/event-source-mapping.ts';
import { FailedBatchFolder } from '../aws/stream/failed-batches.ts';
import { runAsLambda } from '../aws/stream/invocations.ts';
import { StreamPoller } from '../aws/stream/stream-poller.ts';
import { CountingWatch } from './counting-watch.ts';
import type { DataFolder } from './data-folder.ts';
import type { MetricTotals } from './host-log.ts';
import type { Notices, NoticesOptions } from './notices.ts';
import { stopInTime } from './stop-in-time.ts';

/** What counting from the stream works with. */
export interface StreamCountingOptions {
  /** Those of count-messages. */
  dependencies: Dependencies;
  /** Where the stream is. */
  connection: DynamoDBStreamsClientConfig;
  streamArn: string;
  folder: Pick<DataFolder, 'checkpointFile' | 'failedBatchesFolder'>;
  pollerLog: Log;
  metrics: MetricTotals;
  notices: Notices;
  /** How people are told that counting is behind, or that the checkpoint cannot be read. */
  telling: NoticesOptions;
}

/** Shorter than in the cloud, where gathering saves money: here somebody is watching. */
const BATCHING_WINDOW_SECONDS = 0.1;

/** Feeds the stream of the messages to count-messages, from its making until it is stopped. */
export class StreamCounting {
  readonly #options: StreamCountingOptions;
  readonly #watch: CountingWatch;
  readonly #streams: DynamoDBStreamsClient;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: StreamCountingOptions) {
    const { dependencies, connection, streamArn, folder, pollerLog, telling } = options;
    const { signal } = this.#stopping;
    this.#options = options;
    this.#watch = new CountingWatch({ ...telling, clock: dependencies.clock });
    this.#streams = new DynamoDBStreamsClient({ ...CLIENT_LIMITS, ...connection });
    this.#streams.middlewareStack.remove(SDK_LOGGING);
    const pauseUntilStop = (milliseconds: number) => pause(milliseconds, undefined, { signal });
    const mapping = this.#mapping(pauseUntilStop);
    const poller = new StreamPoller({
      client: this.#streams,
      streamArn,
      checkpoints: new CheckpointFile(folder.checkpointFile),
      process: (records) => mapping.process(records),
      batchSize: DEFAULT_EVENT_SOURCE.batchSize,
      batchingWindowMs: BATCHING_WINDOW_SECONDS * 1000,
      pause: pauseUntilStop,
      progress: this.#watch,
      complain: telling.tell,
      log: pollerLog,
    });
    this.#running = poller.run(signal);
  }

  /** Resolves when what was being counted is done, and in the checkpoint. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#watch.stop();
    await stopInTime(this.#running, this.#options.pollerLog);
    this.#streams.destroy();
  }

  #mapping(pauseUntilStop: (milliseconds: number) => Promise<void>): EventSourceMapping {
    const { dependencies, folder } = this.#options;
    const watch = this.#watch;
    const { clock, log, waiting } = dependencies;
    const { signal } = this.#stopping;
    const failedBatches = new FailedBatchFolder(folder.failedBatchesFolder, clock);
    const count = runAsLambda(countMessages(dependencies), {
      timeoutMs: TIME_LIMIT_SECONDS['count-messages'] * 1000,
      timer: waiting.deadline,
      stop: signal,
      log,
    });
    return new EventSourceMapping({
      settings: DEFAULT_EVENT_SOURCE,
      invoke: async (event) => {
        const response = await count(event);
        if (isAnyDone(event, response)) watch.advances();
        return response;
      },
      failureDestination: async (failure) => {
        await failedBatches.add(failure);
        watch.advances();
        this.#tellOf(failure);
      },
      clock,
      waiting: { ...waiting, pause: pauseUntilStop },
      stop: signal,
    });
  }

  #tellOf({ reason, records }: FailedBatch): void {
    const { dependencies, metrics, notices } = this.#options;
    dependencies.log.error('records were given up', { reason, records: records.length });
    metrics.add('OnFailureDestinationDeliveredEventCount', records.length);
    notices.note('givenUp', records.length);
  }
}

/** Whether a batch has got through, or its first records have. */
function isAnyDone(
  { Records: [first] }: DynamoDBStreamEvent,
  { batchItemFailures }: DynamoDBBatchResponse,
): boolean {
  return batchItemFailures.every(({ itemIdentifier }) => itemIdentifier !== first?.dynamodb?.SequenceNumber);
}
