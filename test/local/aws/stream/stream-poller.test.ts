import { setTimeout as pause } from 'node:timers/promises';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect } from 'vitest';
import type { Checkpoint, CheckpointStore } from '../../../../local/aws/stream/checkpoint.ts';
import { StreamPoller } from '../../../../local/aws/stream/stream-poller.ts';
import { test } from '../../../support/fixture.ts';

const it = test
  .extend('stream', async ({ database, messagesTable, onTestFinished }): Promise<Stream> => {
    const client = new DynamoDBStreamsClient({
      endpoint: database.endpoint,
      region: 'local',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    onTestFinished(() => client.destroy());
    const { Table: table } = await database.client.send(
      new DescribeTableCommand({ TableName: messagesTable.tableName }),
    );
    return { client, streamArn: table?.LatestStreamArn ?? '' };
  })
  .extend('put', ({ messagesTable: { client, tableName } }) => async (...names: string[]) => {
    for (const name of names) {
      await client.send(new PutCommand({ TableName: tableName, Item: { pk: name, sk: 'x' } }));
    }
  });

/** The stream of a table. */
interface Stream {
  client: DynamoDBStreamsClient;
  streamArn: string;
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
  { client, streamArn }: Stream,
  count: number,
  checkpoints: CheckpointStore,
  process: (records: readonly DynamoDBRecord[]) => void = () => {},
): Promise<Polling> {
  const stopping = new AbortController();
  const enough = Promise.withResolvers<void>();
  const processed: string[] = [];
  const warnings: string[] = [];
  const poller = new StreamPoller({
    client,
    streamArn,
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
  await Promise.race([enough.promise, running]);
  stopping.abort();
  await running;
  return { processed, warnings };
}

describe('the stream poller', () => {
  it('processes every record in order, from the beginning of the stream', async ({ stream, put }) => {
    await put('a', 'b', 'c');
    const { processed, warnings } = await pollFor(stream, 3, new KeptCheckpoint());
    expect({ processed, warnings }).toEqual({ processed: ['a', 'b', 'c'], warnings: [] });
  });

  it('goes on behind its checkpoint', async ({ stream, put }) => {
    const checkpoints = new KeptCheckpoint();
    await put('a', 'b');
    await pollFor(stream, 2, checkpoints);
    await put('c', 'd');
    const { processed, warnings } = await pollFor(stream, 2, checkpoints);
    expect({ processed, warnings }).toEqual({ processed: ['c', 'd'], warnings: [] });
  });

  it('reads records again that were not processed, and keeps no checkpoint of them', async ({
    stream,
    put,
  }) => {
    const checkpoints = new KeptCheckpoint();
    await put('a', 'b');
    let attempts = 0;
    const { processed, warnings } = await pollFor(stream, 2, checkpoints, () => {
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

  it('reads the stream from its beginning where the checkpoint is of another stream', async ({
    stream,
    put,
  }) => {
    const checkpoints = new KeptCheckpoint();
    await put('a');
    await pollFor(stream, 1, checkpoints);
    checkpoints.current = { streamArn: 'arn:other', shards: checkpoints.current?.shards ?? {} };
    const { processed, warnings } = await pollFor(stream, 1, checkpoints);
    expect({ processed, warnings }).toEqual({
      processed: ['a'],
      warnings: ['the checkpoint is of another stream: this one is read from its beginning'],
    });
  });

  it('reads a shard from its beginning where its last processed record is not there', async ({
    stream,
    put,
  }) => {
    const checkpoints = new KeptCheckpoint();
    await put('a', 'b');
    await pollFor(stream, 2, checkpoints);
    const shardIds = Object.keys(checkpoints.current?.shards ?? {});
    checkpoints.current = {
      streamArn: stream.streamArn,
      shards: Object.fromEntries(
        shardIds.map((shardId) => [shardId, { sequenceNumber: '99999999', finished: false }]),
      ),
    };
    const { processed, warnings } = await pollFor(stream, 2, checkpoints);
    expect({ processed, warnings }).toEqual({
      processed: ['a', 'b'],
      warnings: [
        'the stream does not hold the last record that was processed: it is read from its beginning',
      ],
    });
  });

  it('reads the stream from its beginning where the checkpoint cannot be read', async ({ stream, put }) => {
    await put('a');
    const { processed, warnings } = await pollFor(stream, 1, {
      read: () => Promise.reject(new Error('not JSON')),
      write: async () => {},
    });
    expect({ processed, warnings }).toEqual({
      processed: ['a'],
      warnings: ['the checkpoint cannot be read: the stream is read from its beginning'],
    });
  });
});
