import { setTimeout as pause } from 'node:timers/promises';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Checkpoint, CheckpointStore } from '../../../../local/aws/stream/checkpoint.ts';
import { StreamPoller } from '../../../../local/aws/stream/stream-poller.ts';
import { startTestDatabase, type TestDatabase } from '../../../support/database.ts';

let database: TestDatabase;
let streams: DynamoDBStreamsClient;
let table: { name: string; streamArn: string };

beforeAll(async () => {
  database = await startTestDatabase();
  streams = new DynamoDBStreamsClient({
    endpoint: database.endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
});

afterAll(async () => {
  streams.destroy();
  await database.stop();
});

beforeEach(async () => {
  const { messagesTableName: name } = await database.createTables();
  const { Table: description } = await database.client.send(new DescribeTableCommand({ TableName: name }));
  table = { name, streamArn: description?.LatestStreamArn ?? '' };
});

async function put(...names: string[]): Promise<void> {
  for (const name of names) {
    await database.client.send(new PutCommand({ TableName: table.name, Item: { pk: name, sk: 'x' } }));
  }
}

/** Keeps a checkpoint in memory. */
class KeptCheckpoint implements CheckpointStore {
  current: Checkpoint | undefined;

  async read(): Promise<Checkpoint | undefined> {
    return this.current;
  }

  async write(checkpoint: Checkpoint): Promise<void> {
    this.current = checkpoint;
  }
}

interface Polling {
  /** What was processed, in order. */
  processed: string[];
  warnings: string[];
}

/** Polls until so many records were processed. */
async function pollFor(
  count: number,
  checkpoints: CheckpointStore,
  process: (records: readonly DynamoDBRecord[]) => void = () => {},
): Promise<Polling> {
  const stopping = new AbortController();
  const enough = Promise.withResolvers<void>();
  const processed: string[] = [];
  const warnings: string[] = [];
  const poller = new StreamPoller({
    client: streams,
    streamArn: table.streamArn,
    checkpoints,
    process: async (records) => {
      process(records);
      processed.push(...records.map((record) => record.dynamodb?.Keys?.['pk']?.S ?? ''));
      if (processed.length >= count) enough.resolve();
    },
    batchSize: 500,
    batchingWindowMs: 0,
    pause: () => pause(1, undefined, { signal: stopping.signal }),
    log: {
      info: () => {},
      warn: (message) => warnings.push(message),
      error: (message) => warnings.push(message),
    },
  });
  const running = poller.run(stopping.signal);
  await enough.promise;
  stopping.abort();
  await running;
  return { processed, warnings };
}

describe('the stream poller', () => {
  it('processes every record in order, from the beginning of the stream', async () => {
    await put('a', 'b', 'c');
    const { processed, warnings } = await pollFor(3, new KeptCheckpoint());
    expect({ processed, warnings }).toEqual({ processed: ['a', 'b', 'c'], warnings: [] });
  });

  it('goes on behind its checkpoint', async () => {
    const checkpoints = new KeptCheckpoint();
    await put('a', 'b');
    await pollFor(2, checkpoints);
    await put('c', 'd');
    const { processed, warnings } = await pollFor(2, checkpoints);
    expect({ processed, warnings }).toEqual({ processed: ['c', 'd'], warnings: [] });
  });

  it('reads records again that were not processed, and keeps no checkpoint of them', async () => {
    const checkpoints = new KeptCheckpoint();
    await put('a', 'b');
    let attempts = 0;
    const { processed, warnings } = await pollFor(2, checkpoints, () => {
      attempts += 1;
      if (attempts > 1) return;
      expect(checkpoints.current).toBeUndefined();
      throw new Error('the process ended here');
    });
    expect({ processed, warnings }).toEqual({
      processed: ['a', 'b'],
      warnings: ['the stream could not be read or processed; it is tried again'],
    });
  });

  it('reads the stream from its beginning where the checkpoint is of another stream', async () => {
    const checkpoints = new KeptCheckpoint();
    await put('a');
    await pollFor(1, checkpoints);
    checkpoints.current = { streamArn: 'arn:other', shards: checkpoints.current?.shards ?? {} };
    const { processed, warnings } = await pollFor(1, checkpoints);
    expect({ processed, warnings }).toEqual({
      processed: ['a'],
      warnings: ['the checkpoint is of another stream: this one is read from its beginning'],
    });
  });

  it('reads a shard from its beginning where its last processed record is not there', async () => {
    const checkpoints = new KeptCheckpoint();
    await put('a', 'b');
    await pollFor(2, checkpoints);
    const shardIds = Object.keys(checkpoints.current?.shards ?? {});
    checkpoints.current = {
      streamArn: table.streamArn,
      shards: Object.fromEntries(
        shardIds.map((shardId) => [shardId, { sequenceNumber: '99999999', finished: false }]),
      ),
    };
    const { processed, warnings } = await pollFor(2, checkpoints);
    expect({ processed, warnings }).toEqual({
      processed: ['a', 'b'],
      warnings: [
        'the stream does not hold the last record that was processed: it is read from its beginning',
      ],
    });
  });

  it('reads the stream from its beginning where the checkpoint cannot be read', async () => {
    await put('a');
    const { processed, warnings } = await pollFor(1, {
      read: () => Promise.reject(new Error('not JSON')),
      write: async () => {},
    });
    expect({ processed, warnings }).toEqual({
      processed: ['a'],
      warnings: ['the checkpoint cannot be read: the stream is read from its beginning'],
    });
  });
});
