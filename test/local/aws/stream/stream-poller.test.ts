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
  /** What it said of how it goes on, in order. */
  progress: string[];
  /** What it said to the person at the terminal. */
  complaints: string[];
}

/** Polls until so many records were processed. */
function pollFor(
  stream: Stream,
  count: number,
  checkpoints: CheckpointStore,
  process: (records: readonly DynamoDBRecord[]) => void = () => {},
): Promise<Polling> {
  return poll(stream, checkpoints, process, ({ processed }) => processed.length >= count);
}

/** Polls until nothing is left. */
function pollUntilIdle(stream: Stream, checkpoints: CheckpointStore): Promise<Polling> {
  return poll(
    stream,
    checkpoints,
    () => {},
    ({ progress }) => progress.includes('caughtUp'),
  );
}

async function poll(
  { client, streamArn }: Stream,
  checkpoints: CheckpointStore,
  process: (records: readonly DynamoDBRecord[]) => void,
  isEnough: (polling: Polling) => boolean,
): Promise<Polling> {
  const stopping = new AbortController();
  const enough = Promise.withResolvers<void>();
  const polling: Polling = { processed: [], warnings: [], progress: [], complaints: [] };
  const { processed, warnings, progress, complaints } = polling;
  const say = (what: string) => () => {
    progress.push(what);
    if (isEnough(polling)) enough.resolve();
  };
  const poller = new StreamPoller({
    client,
    streamArn,
    checkpoints,
    process: async (records) => {
      process(records);
      processed.push(...records.map((record) => record.dynamodb?.Keys?.['pk']?.S ?? ''));
      if (isEnough(polling)) enough.resolve();
    },
    batchSize: 500,
    batchingWindowMs: 0,
    progress: { waits: say('waits'), advances: say('advances'), caughtUp: say('caughtUp') },
    complain: (problem) => complaints.push(problem),
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
  return polling;
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

  it('tells that records wait, that they are done, and that none is left', async ({ stream, put }) => {
    await put('a', 'b');
    let attempts = 0;
    const { progress } = await pollFor(stream, 2, new KeptCheckpoint(), () => {
      attempts += 1;
      if (attempts === 1) throw new Error('the database refuses writes');
    });
    // Waiting for the records; the failure; the records again, and that they are done.
    expect(progress).toEqual(['waits', 'waits', 'waits', 'advances']);
  });

  it('tells that nothing is left where the stream holds nothing more', async ({ stream, put }) => {
    await put('a');
    const checkpoints = new KeptCheckpoint();
    await pollFor(stream, 1, checkpoints);
    const { progress } = await pollUntilIdle(stream, checkpoints);
    expect(progress).toEqual(['caughtUp']);
  });

  it('reads the stream from its beginning where the checkpoint cannot be read', async ({ stream, put }) => {
    await put('a');
    const { processed, warnings, complaints } = await pollFor(stream, 1, {
      read: () => Promise.reject(new Error('not JSON')),
      write: async () => {},
    });
    expect({ processed, warnings, complaints }).toEqual({
      complaints: ['not JSON: the stream is read from its beginning, and what was counted is recognised'],
      processed: ['a'],
      warnings: ['the checkpoint cannot be read: the stream is read from its beginning'],
    });
  });
});
