import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  ResourceNotFoundException,
  type Shard,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { errorMessage, errorSummary } from '../../../functions/shared/runtime/error-text.ts';
import type { Log } from '../../../functions/shared/runtime/observability.ts';
import type { Checkpoint, CheckpointStore } from './checkpoint.ts';
import { lambdaRecord } from './stream-record.ts';

/** What the stream poller works with. */
export interface StreamPollerOptions {
  client: DynamoDBStreamsClient;
  streamArn: string;
  checkpoints: CheckpointStore;
  /** Processes consecutive records of one shard; where it throws, the same records come again. */
  process: (records: readonly DynamoDBRecord[]) => Promise<void>;
  /** With fewer records than this at hand, the poller waits for more for the length of the window. */
  batchSize: number;
  batchingWindowMs: number;
  /** Throws when it is cut short because the poller has to stop. */
  pause: (milliseconds: number) => Promise<void>;
  progress: PollerProgress;
  /** Tells the person at the terminal what cannot be used, and what that means. */
  complain: (problem: string) => void;
  log: Log;
}

/** Is told how it goes on with what the stream holds. */
export interface PollerProgress {
  /** There is something to process, or it cannot be seen whether there is. */
  waits(): void;
  /** Some of it is done. */
  advances(): void;
  /** Nothing is left. */
  caughtUp(): void;
}

/** A shard that is being read. */
interface OpenShard {
  shardId: string;
  /** The last record that was processed. */
  sequenceNumber?: string;
  /** Whether `sequenceNumber` comes from a checkpoint, and is still to be looked up in the stream. */
  isUnverified: boolean;
  iterator?: string;
}

/** DynamoDB gives no more in one answer. */
const MAX_RECORDS_PER_READ = 1_000;
const IDLE_MS = 100;
const AFTER_ERROR_MS = 1_000;
/** How many reads pass between two looks for new shards, which appear every few hours. */
const READS_BETWEEN_DISCOVERIES = 300;

/**
 * Reads a table's stream, in the place of Lambda's own poller: shard by shard, parents before their
 * children, from a checkpoint that is moved once records are processed. So every record is processed at
 * least once, whenever this process ends.
 */
export class StreamPoller {
  readonly #options: StreamPollerOptions;
  readonly #open = new Map<string, OpenShard>();
  readonly #finished = new Set<string>();
  #earlier: Checkpoint['shards'] = {};
  #readsUntilDiscovery = 0;

  constructor(options: StreamPollerOptions) {
    this.#options = options;
  }

  /** Reads until it is stopped; resolves when what was being processed is done, and in the checkpoint. */
  async run(stop: AbortSignal): Promise<void> {
    const { pause, progress, log } = this.#options;
    this.#earlier = await this.#readCheckpoint();
    while (!stop.aborted) {
      try {
        const hadRecords = await this.#readOnce();
        if (!hadRecords && !stop.aborted) await pause(IDLE_MS);
      } catch (error) {
        if (stop.aborted) return;
        if (error instanceof ExpiredIteratorException) continue;
        progress.waits();
        log.error('the stream could not be read or processed; it is tried again', {
          error: errorSummary(error),
        });
        await pause(AFTER_ERROR_MS).catch(() => undefined);
      }
    }
  }

  /** Reads every shard once, side by side; tells whether there was any record. */
  async #readOnce(): Promise<boolean> {
    if (this.#readsUntilDiscovery <= 0) await this.#discoverShards();
    this.#readsUntilDiscovery -= 1;
    const results = await Promise.allSettled([...this.#open.values()].map((shard) => this.#readShard(shard)));
    const hadRecords = results.some((result) => result.status === 'fulfilled' && result.value);
    if (hadRecords) await this.#writeCheckpoint();
    const failure = results.find((result) => result.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
    if (hadRecords) this.#options.progress.advances();
    else this.#options.progress.caughtUp();
    return hadRecords;
  }

  async #readShard(shard: OpenShard): Promise<boolean> {
    try {
      if (shard.isUnverified) await this.#verifyCheckpoint(shard);
      const first = await this.#getRecords(shard.iterator ?? (await this.#iterator(shard)));
      let { records, next } = first;
      if (records.length > 0 && records.length < this.#options.batchSize && next !== undefined) {
        await this.#options.pause(this.#options.batchingWindowMs).catch(() => undefined);
        const more = await this.#getRecords(next);
        records = [...records, ...more.records];
        next = more.next;
      }
      if (records.length > 0) {
        this.#options.progress.waits();
        await this.#options.process(records);
      }
      const last = records.at(-1)?.dynamodb?.SequenceNumber;
      if (last !== undefined) shard.sequenceNumber = last;
      if (next === undefined) this.#finish(shard);
      else shard.iterator = next;
      return records.length > 0;
    } catch (error) {
      // The next read begins behind the last record that was processed.
      delete shard.iterator;
      if (error instanceof TrimmedDataAccessException) {
        this.#startOver(shard, 'the stream no longer holds the records behind the last one processed');
        return false;
      }
      // A shard vanishes when its last record expires.
      if (error instanceof ResourceNotFoundException) this.#readsUntilDiscovery = 0;
      throw error;
    }
  }

  async #getRecords(iterator: string): Promise<{ records: DynamoDBRecord[]; next: string | undefined }> {
    const { client, streamArn } = this.#options;
    const answer = await client.send(
      new GetRecordsCommand({ ShardIterator: iterator, Limit: MAX_RECORDS_PER_READ }),
    );
    const records = (answer.Records ?? []).map((record) => lambdaRecord(record, streamArn));
    return { records, next: answer.NextShardIterator };
  }

  /**
   * Looks up the record that the checkpoint names. Where the database has lost its latest writes, it will
   * give their sequence numbers to new records, which must not be taken for processed ones.
   */
  async #verifyCheckpoint(shard: OpenShard): Promise<void> {
    const { sequenceNumber } = shard;
    if (sequenceNumber === undefined) return;
    const iterator = await this.#shardIterator(shard, {
      ShardIteratorType: 'AT_SEQUENCE_NUMBER',
      SequenceNumber: sequenceNumber,
    });
    const { records } = await this.#getRecords(iterator);
    if (records[0]?.dynamodb?.SequenceNumber === sequenceNumber) shard.isUnverified = false;
    else this.#startOver(shard, 'the stream does not hold the last record that was processed');
  }

  /** Reads a shard from its beginning: records that were counted are recognised. */
  #startOver(shard: OpenShard, reason: string): void {
    shard.isUnverified = false;
    // DynamoDB Local says that data was trimmed where a shard has none yet.
    if (shard.sequenceNumber === undefined) return;
    this.#options.log.warn(`${reason}: it is read from its beginning`, { shardId: shard.shardId });
    delete shard.sequenceNumber;
  }

  #iterator(shard: OpenShard): Promise<string> {
    return this.#shardIterator(
      shard,
      shard.sequenceNumber === undefined
        ? { ShardIteratorType: 'TRIM_HORIZON' }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: shard.sequenceNumber },
    );
  }

  async #shardIterator(
    { shardId }: OpenShard,
    position: Pick<GetShardIteratorCommandInput, 'ShardIteratorType' | 'SequenceNumber'>,
  ): Promise<string> {
    const { client, streamArn } = this.#options;
    const answer = await client.send(
      new GetShardIteratorCommand({ StreamArn: streamArn, ShardId: shardId, ...position }),
    );
    if (answer.ShardIterator === undefined) throw new Error('DynamoDB gave no iterator for a shard');
    return answer.ShardIterator;
  }

  #finish(shard: OpenShard): void {
    this.#open.delete(shard.shardId);
    this.#finished.add(shard.shardId);
    this.#readsUntilDiscovery = 0;
  }

  /** Opens the shards whose parents are finished or gone, and forgets those that are gone. */
  async #discoverShards(): Promise<void> {
    const shards = await this.#describeShards();
    const listed = new Set(shards.map(({ ShardId: shardId = '' }) => shardId));
    for (const shardId of this.#open.keys()) if (!listed.has(shardId)) this.#open.delete(shardId);
    for (const shardId of this.#finished) if (!listed.has(shardId)) this.#finished.delete(shardId);
    for (const shardId of listed) if (this.#earlier[shardId]?.finished === true) this.#finished.add(shardId);
    for (const { ShardId: shardId = '', ParentShardId: parentId } of shards) {
      if (this.#open.has(shardId) || this.#finished.has(shardId)) continue;
      const isParentDone = parentId === undefined || !listed.has(parentId) || this.#finished.has(parentId);
      if (isParentDone) this.#open.set(shardId, openShard(shardId, this.#earlier[shardId]?.sequenceNumber));
    }
    this.#readsUntilDiscovery = READS_BETWEEN_DISCOVERIES;
  }

  async #describeShards(): Promise<Shard[]> {
    const { client, streamArn } = this.#options;
    const shards: Shard[] = [];
    let lastShardId: string | undefined;
    do {
      const { StreamDescription: page } = await client.send(
        new DescribeStreamCommand({ StreamArn: streamArn, ExclusiveStartShardId: lastShardId }),
      );
      shards.push(...(page?.Shards ?? []));
      lastShardId = page?.LastEvaluatedShardId;
    } while (lastShardId !== undefined);
    return shards;
  }

  async #readCheckpoint(): Promise<Checkpoint['shards']> {
    const { checkpoints, streamArn, complain, log } = this.#options;
    let checkpoint: Checkpoint | undefined;
    try {
      checkpoint = await checkpoints.read();
    } catch (error) {
      log.warn('the checkpoint cannot be read: the stream is read from its beginning', {
        error: errorSummary(error),
      });
      complain(
        `${errorMessage(error)}: the stream is read from its beginning, and what was counted is recognised`,
      );
      return {};
    }
    if (checkpoint === undefined) return {};
    if (checkpoint.streamArn === streamArn) return checkpoint.shards;
    log.warn('the checkpoint is of another stream: this one is read from its beginning', {
      streamArn,
      checkpoint: checkpoint.streamArn,
    });
    return {};
  }

  async #writeCheckpoint(): Promise<void> {
    const { checkpoints, streamArn } = this.#options;
    const shards: Checkpoint['shards'] = {};
    for (const shardId of this.#finished) shards[shardId] = { finished: true };
    for (const { shardId, sequenceNumber } of this.#open.values()) {
      shards[shardId] = { finished: false, ...(sequenceNumber !== undefined && { sequenceNumber }) };
    }
    await checkpoints.write({ streamArn, shards });
  }
}

function openShard(shardId: string, sequenceNumber: string | undefined): OpenShard {
  return sequenceNumber === undefined
    ? { shardId, isUnverified: false }
    : { shardId, sequenceNumber, isUnverified: true };
}
