import * as z from 'zod/mini';
import { type Expressions, inPartition } from '../expressions.ts';
import { count, type Item, parseItem } from './item.ts';
import type { Key } from './keys.ts';

// How many messages of each peer wait in batches that were given up, as the last run of redrive-records has found.

/** The partition with the numbers of all peers that have such messages. */
export const GIVEN_UP_PARTITION = 'GIVEN_UP';

/** The key of a peer's number. */
export function givenUpCountKey(peerId: string): Key {
  return { pk: GIVEN_UP_PARTITION, sk: peerId };
}

/** The numbers of all peers. */
export const ALL_GIVEN_UP_COUNTS: Expressions = inPartition(GIVEN_UP_PARTITION);

const givenUpCount = z.object({ sk: z.string(), messages: count() });

/** The item of a peer's number. */
export function givenUpCountItem(peerId: string, messages: number): Item {
  return { ...givenUpCountKey(peerId), messages };
}

/** @throws MalformedItemError */
export function parseGivenUpCount(item: Item): { peerId: string; messages: number } {
  const { sk: peerId, messages } = parseItem(givenUpCount, item, 'number of messages given up');
  return { peerId, messages };
}
