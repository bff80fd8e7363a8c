import { existsSync } from 'node:fs';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { FailedBatchError } from '../../functions/redrive-records/failed-batches.ts';
import { errorMessage } from '../../functions/shared/runtime/error-text.ts';
import type { Table } from '../../functions/shared/store/dynamodb.ts';
import { type Checkpoint, CheckpointFile } from '../../local/aws/stream/checkpoint.ts';
import { askToCompact, compactIfAsked } from '../../local/database/database-file.ts';
import { emptyRecords, type KeptRecord } from '../../local/database/stream-records.ts';
import { databaseFilesOf, failedBatchesFolderOf } from '../../local/host/data-folder.ts';
import { HostError } from '../../local/support/host-error.ts';
import type { DataOptions } from './data-options.ts';
import { batchesInFolder, type TakenOut, takeOutOfBatches } from './given-up-batches.ts';
import { withGivenUpBatchesInBucket } from './redrive-bucket.ts';
import type { ToForget } from './to-forget.ts';

/** Where else than in tables somebody is named who is to be forgotten. */
export interface OtherPlacesOptions extends DataOptions {
  /** The bucket of the batches that were given up. */
  bucket?: string;
  /** The bucket of exported days and reports. */
  exportsBucket?: string;
  /** Whether items of a conversation were looked for under all keys. */
  thorough?: boolean;
}

/** What became of one such place: how many records were removed, or why it was not reached. */
export interface Reached {
  givenUp: TakenOut | { problem: string };
  stream: EmptiedStream | { problem: string };
  /** Why deleted things may still be in the database file of a local host. */
  notCompacted?: string;
}

interface EmptiedStream {
  records: number;
  /** How many were left, because they have not been counted. */
  waiting: number;
}

/** What is to be done before anything is removed: from then on nothing of it stays in free parts of a file. */
export function prepareOtherPlaces(options: OtherPlacesOptions): void {
  if (isOfFolder(options)) askToCompact(databaseFilesOf(options.data));
}

/**
 * Forgets somebody in the batches that were given up, and in what the database of a local host keeps: its stream, and the
 * free parts of its file. It comes after the tables: what is removed there leaves a record in the stream.
 */
export async function forgetElsewhere(
  options: OtherPlacesOptions,
  messages: Table,
  toForget: ToForget,
): Promise<Reached> {
  const givenUp = await unlessProblem(() => inBatches(options, toForget));
  const stream = await unlessProblem(() => inStream(options, messages, toForget));
  const notCompacted = isOfFolder(options)
    ? compactIfAsked(databaseFilesOf(options.data), { isInUse: true })
    : undefined;
  return { givenUp, stream, ...(notCompacted !== undefined && { notCompacted }) };
}

function isOfFolder({ aws, dynamodbEndpoint }: OtherPlacesOptions): boolean {
  return aws !== true && dynamodbEndpoint === undefined;
}

/** Cannot be reached; the message says why. */
class UnreachedError extends Error {
  override name = 'UnreachedError';
}

/** What cannot be reached keeps nobody from forgetting what can be: it is told. */
async function unlessProblem<Result>(reach: () => Promise<Result>): Promise<Result | { problem: string }> {
  try {
    return await reach();
  } catch (error) {
    const isKnown = [FailedBatchError, HostError, UnreachedError].some((kind) => error instanceof kind);
    if (!isKnown) throw error;
    return { problem: errorMessage(error) };
  }
}

async function inBatches(options: OtherPlacesOptions, toForget: ToForget): Promise<TakenOut> {
  const { aws, bucket, client, data } = options;
  if (bucket !== undefined) {
    return withGivenUpBatchesInBucket(bucket, client, (batches) => takeOutOfBatches(batches, toForget));
  }
  if (aws === true) throw new UnreachedError('--bucket would say in which bucket they are');
  if (!isOfFolder(options)) throw new UnreachedError('--data would say in which folder they are');
  return takeOutOfBatches(batchesInFolder(failedBatchesFolderOf(data)), toForget);
}

async function inStream(
  options: OtherPlacesOptions,
  { client, tableName }: Table,
  toForget: ToForget,
): Promise<EmptiedStream> {
  if (!isOfFolder(options)) throw new UnreachedError('nobody can remove a record there');
  const { databaseFile, checkpointFile } = databaseFilesOf(options.data);
  const { Table: table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
  const streamArn = table?.LatestStreamArn;
  const elsewhere = new UnreachedError('it is not in a database file of this folder');
  if (streamArn === undefined || !existsSync(databaseFile)) throw elsewhere;
  const checkpoint = await checkpointOf(checkpointFile, streamArn);
  let waiting = 0;
  const records = emptyRecords({ databaseFile, tableName, streamArn }, (record) => {
    const fate = toForget.fateOf(record);
    if (fate !== 'goes once counted' || !record.isInsertion) return fate !== 'stays';
    if (wasCounted(checkpoint, record)) return true;
    waiting += 1;
    return false;
  });
  if (records === undefined) throw elsewhere;
  return { records, waiting };
}

/** @returns nothing where there is none that can be read: then nothing of the stream was counted for certain */
async function checkpointOf(file: string, streamArn: string): Promise<Checkpoint | undefined> {
  const checkpoint = await new CheckpointFile(file).read();
  return checkpoint?.streamArn === streamArn ? checkpoint : undefined;
}

function wasCounted(checkpoint: Checkpoint | undefined, { shardId, sequenceNumber }: KeptRecord): boolean {
  const shard = checkpoint?.shards[shardId];
  if (shard === undefined) return false;
  return (
    shard.finished ||
    (shard.sequenceNumber !== undefined && BigInt(sequenceNumber) <= BigInt(shard.sequenceNumber))
  );
}

/** How many records were removed, where they were reached. */
export function numbersOf({ givenUp, stream }: Reached): Record<string, number> {
  return {
    ...('records' in givenUp && { givenUp: givenUp.records }),
    ...('records' in stream && { stream: stream.records }),
  };
}

/** Who was forgotten: of a conversation less is told and kept than of a peer. */
export type Subject = 'conversation' | 'peer' | 'register';

/**
 * What is left of somebody where forgetting did not reach, and for how long.
 *
 * @returns a line for each place
 */
export function whatStays(subject: Subject, options: OtherPlacesOptions, reached: Reached): string[] {
  const isOfAws = options.aws === true;
  return [
    ...givenUpThatStays(options, reached.givenUp),
    ...(isOfFolder(options) ? inFolderThatStays(reached) : [STREAM]),
    ...(isOfAws ? [BACKUPS] : []),
    ...(subject === 'conversation' ? [] : ofPeersThatStays(options)),
    ...(subject === 'conversation' && options.thorough !== true ? [UNDER_OTHER_KEYS] : []),
  ];
}

const STREAM = 'the stream of the messages table: up to 24 hours';
const UNDER_OTHER_KEYS =
  'items that a program has put into the messages table under keys that do not name the conversation, if any has: until ' +
  'they expire; --thorough finds them, and reads the whole table';
const BACKUPS =
  'point-in-time backups of the messages table and the usage table: up to 35 days; after a restore npm run forget -- ' +
  '--register removes it again';

function givenUpThatStays(options: OtherPlacesOptions, givenUp: Reached['givenUp']): string[] {
  const until = options.aws === true ? 'up to 30 days' : 'until they are fed back';
  if ('problem' in givenUp) return [`batches that were given up (${givenUp.problem}): ${until}`];
  if (givenUp.unreadable === 0) return [];
  const them = options.aws === true ? until : 'until somebody deletes them';
  return [
    `documents among the batches that were given up, ${givenUp.unreadable} that cannot be read: ${them}`,
  ];
}

function inFolderThatStays({ stream, notCompacted }: Reached): string[] {
  const lines: string[] = [];
  if ('problem' in stream) {
    lines.push(`the stream of the messages table (${stream.problem}): as long as that database keeps it`);
  } else if (stream.waiting > 0) {
    lines.push(
      `${stream.waiting} records of the stream that are not counted yet: until npm start has counted them, and this is run again`,
    );
  }
  if (notCompacted !== undefined) {
    lines.push(`free parts of the database file (${notCompacted}): until npm start is started the next time`);
  }
  lines.push('copies of the data folder: as long as somebody keeps them');
  return lines;
}

function ofPeersThatStays(options: OtherPlacesOptions): string[] {
  return [
    ...(options.aws === true && options.exportsBucket === undefined
      ? [
          'exported days and reports (--exports-bucket would say in which bucket they are): as long as it keeps them',
        ]
      : []),
    `${options.aws === true ? 'logs' : 'host.log'}, with ids of peers and channels and none of conversations: as long as ` +
      'they are kept',
    'what was told: with those who have it, by mail, webhooks, subscriptions to days, Mixpanel or Google Analytics',
  ];
}
