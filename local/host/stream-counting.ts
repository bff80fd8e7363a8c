import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBStreamsClient, type DynamoDBStreamsClientConfig } from '@aws-sdk/client-dynamodb-streams';
import { countMessages, type StreamHandler } from '../../functions/count-messages/count-messages.ts';
import { DEFAULT_EVENT_SOURCE } from '../../functions/count-messages/event-source.ts';
import type { Dependencies } from '../../functions/shared/runtime/dependencies.ts';
import { errorStack } from '../../functions/shared/runtime/error-text.ts';
import type { Log } from '../../functions/shared/runtime/observability.ts';
import { CheckpointFile } from '../aws/stream/checkpoint.ts';
import { EventSourceMapping } from '../aws/stream/event-source-mapping.ts';
import { FailedBatchFolder } from '../aws/stream/failed-batches.ts';
import { StreamPoller } from '../aws/stream/stream-poller.ts';
import type { DataFolder } from './data-folder.ts';

/** What counting from the stream works with. */
export interface StreamCountingOptions {
  /** Those of count-messages. */
  dependencies: Dependencies;
  /** Where the stream is. */
  connection: DynamoDBStreamsClientConfig;
  streamArn: string;
  folder: Pick<DataFolder, 'checkpointFile' | 'failedBatchesFolder'>;
  pollerLog: Log;
}

/** Shorter than in the cloud, where gathering saves money: here somebody is watching. */
const BATCHING_WINDOW_SECONDS = 0.1;

/** Feeds the stream of the messages to count-messages, from its making until it is stopped. */
export class StreamCounting {
  readonly #streams: DynamoDBStreamsClient;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor({ dependencies, connection, streamArn, folder, pollerLog }: StreamCountingOptions) {
    const { clock, log, waiting } = dependencies;
    const { signal } = this.#stopping;
    this.#streams = new DynamoDBStreamsClient(connection);
    const pauseUntilStop = (milliseconds: number) => pause(milliseconds, undefined, { signal });
    const failedBatches = new FailedBatchFolder(folder.failedBatchesFolder, clock);
    const mapping = new EventSourceMapping({
      settings: DEFAULT_EVENT_SOURCE,
      invoke: loggingErrors(countMessages(dependencies), log),
      failureDestination: (failure) => failedBatches.add(failure),
      clock,
      waiting: { ...waiting, pause: pauseUntilStop },
      stop: signal,
    });
    const poller = new StreamPoller({
      client: this.#streams,
      streamArn,
      checkpoints: new CheckpointFile(folder.checkpointFile),
      process: (records) => mapping.process(records),
      batchSize: DEFAULT_EVENT_SOURCE.batchSize,
      batchingWindowMs: BATCHING_WINDOW_SECONDS * 1000,
      pause: pauseUntilStop,
      log: pollerLog,
    });
    this.#running = poller.run(signal);
  }

  /** Resolves when what was being counted is done, and in the checkpoint. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#streams.destroy();
  }
}

/** Lambda logs the error that ends an invocation; the event source mapping only sees that there was one. */
function loggingErrors(handler: StreamHandler, log: Log): StreamHandler {
  return async (event) => {
    try {
      return await handler(event);
    } catch (error) {
      log.error('the function failed', { error: errorStack(error) });
      throw error;
    }
  };
}
