import { BatchGetItemCommand } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { type Backoff, backoff } from '../domain/backoff.ts';
import { inBatches } from '../domain/in-batches.ts';
import { mapConcurrently } from '../runtime/concurrency.ts';
import type { Waiting } from '../runtime/waiting.ts';
import { BATCH_GET_LIMIT, BatchNotProcessedError, type Table } from './dynamodb.ts';
import { type Item, itemKey } from './items/item.ts';
import { type Key, keyOfImage, nameOfKey } from './items/keys.ts';
import type { Image } from './items/message.ts';

/** What DynamoDB answers to a batch of keys. */
interface Answered<Found> {
  found: { key: Key; found: Found }[];
  unprocessed: Key[];
}

type AskFor<Found> = (keys: readonly Key[]) => Promise<Answered<Found>>;

const CONCURRENT_BATCHES = 4;
const MAX_ATTEMPTS = 6;
const PAUSES: Backoff = { firstMs: 50, longestMs: 800 };

/**
 * Reads the items of many keys, a hundred with each call, consistently unless it is said otherwise.
 *
 * @param keys may hold some more than once: each is read once
 * @returns the item of each key, or nothing where there is none, in the order of the keys
 * @throws BatchNotProcessedError where DynamoDB stays too busy
 */
export function readKeys(
  { client, tableName }: Table,
  keys: readonly Key[],
  waiting: Waiting,
  { isConsistent = true } = {},
): Promise<(Item | undefined)[]> {
  return readAll(keys, waiting, async (batch) => {
    const request = { Keys: [...batch], ConsistentRead: isConsistent };
    const answer = await client.send(new BatchGetCommand({ RequestItems: { [tableName]: request } }));
    return {
      found: (answer.Responses?.[tableName] ?? []).map((item) => ({
        key: z.parse(itemKey(), item),
        found: item,
      })),
      unprocessed: (answer.UnprocessedKeys?.[tableName]?.Keys ?? []).map((key) => z.parse(itemKey(), key)),
    };
  });
}

/** The same, with each attribute as the table holds it: with its type. */
export function readImages(
  { client, tableName }: Table,
  keys: readonly Key[],
  waiting: Waiting,
): Promise<(Image | undefined)[]> {
  return readAll(keys, waiting, async (batch) => {
    const request = {
      Keys: batch.map(({ pk, sk }) => ({ pk: { S: pk }, sk: { S: sk } })),
      ConsistentRead: true,
    };
    const answer = await client.send(new BatchGetItemCommand({ RequestItems: { [tableName]: request } }));
    return {
      found: (answer.Responses?.[tableName] ?? []).map((image) => ({
        key: z.parse(keyOfImage(), image),
        found: image,
      })),
      unprocessed: (answer.UnprocessedKeys?.[tableName]?.Keys ?? []).map((key) => z.parse(keyOfImage(), key)),
    };
  });
}

async function readAll<Found>(
  keys: readonly Key[],
  waiting: Waiting,
  askFor: AskFor<Found>,
): Promise<(Found | undefined)[]> {
  const wanted = [...new Map(keys.map((key) => [nameOfKey(key), key])).values()];
  const found = new Map<string, Found>();
  await mapConcurrently(inBatches(wanted, BATCH_GET_LIMIT), CONCURRENT_BATCHES, async (batch) => {
    for (const item of await readBatch(batch, waiting, askFor)) found.set(nameOfKey(item.key), item.found);
  });
  return keys.map((key) => found.get(nameOfKey(key)));
}

/** Reads one batch; what DynamoDB leaves undone of it is asked for again, after pauses that grow. */
async function readBatch<Found>(
  batch: readonly Key[],
  waiting: Waiting,
  askFor: AskFor<Found>,
): Promise<Answered<Found>['found']> {
  const found: Answered<Found>['found'] = [];
  let pending = batch;
  for (let attempts = 1; ; attempts += 1) {
    const answer = await askFor(pending);
    found.push(...answer.found);
    if (answer.unprocessed.length === 0) return found;
    if (attempts === MAX_ATTEMPTS) {
      throw new BatchNotProcessedError(`DynamoDB left ${answer.unprocessed.length} keys of a batch unread`);
    }
    pending = answer.unprocessed;
    await waiting.pause(backoff(PAUSES, attempts) * waiting.random());
  }
}
