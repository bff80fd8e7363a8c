import * as z from 'zod/mini';
import type { EpochMillis } from '../../domain/utc-day.ts';
import { type Expressions, inPartition } from '../expressions.ts';
import { type Item, parseItem } from './item.ts';
import type { Key } from './keys.ts';

/** The partition with all entries of the register of the forgotten. */
const REGISTER_PARTITION = 'FORGOTTEN';

/** The key of the secret behind the hashes of the register, and of the subjects of the audit log. */
export const REGISTER_SECRET_KEY: Key = { pk: 'REGISTER_SECRET', sk: 'REGISTER_SECRET' };

const entry = z.object({
  sk: z.string(),
  kind: z.enum(['conversation', 'peer']),
  at: z.int(),
  isThrough: z.boolean(),
});

/** A conversation that was forgotten, or a peer that was erased. */
export interface Forgotten {
  kind: 'conversation' | 'peer';
  /** The keyed hash of its ids. */
  hash: string;
  /** When it was forgotten last. What was sent until then is to stay away. */
  at: EpochMillis;
  /** Whether the command that forgot it came to its end: until then `at` may become later. */
  isThrough: boolean;
}

/** The key of an entry. */
export function forgottenKey(hash: string): Key {
  return { pk: REGISTER_PARTITION, sk: hash };
}

/** An entry of the register. */
export function forgottenItem({ hash, ...attributes }: Forgotten): Item {
  return { ...forgottenKey(hash), ...attributes };
}

/** All entries. */
export const ALL_FORGOTTEN: Expressions = inPartition(REGISTER_PARTITION);

/** @throws MalformedItemError */
export function parseForgotten(item: Item): Forgotten {
  const { sk: hash, ...attributes } = parseItem(entry, item, 'entry of the register of the forgotten');
  return { hash, ...attributes };
}
