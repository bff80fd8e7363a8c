import * as z from 'zod/mini';
import { MalformedItemError } from '../../domain/errors.ts';
import { lazily } from '../../domain/lazily.ts';

/** What an item is, as DynamoDB's document client gives it. */
export type Item = Record<string, unknown>;

/** Bytes as they come from an item. */
export const bytes = lazily(() => z.instanceof(Uint8Array<ArrayBufferLike>));

/** A count as it is stored. */
export const count = lazily(() => z.int().check(z.nonnegative()));

/** The schema of an item's key. */
export const itemKey = lazily(() => z.object({ pk: z.string(), sk: z.string() }));

/**
 * Reads an item through its schema, so that a malformed one stops where it is read, with its key named.
 *
 * @throws MalformedItemError
 */
export function parseItem<Schema extends z.core.$ZodType>(
  schema: Schema,
  item: Item,
  kind: string,
): z.core.output<Schema> {
  const result = z.safeParse(schema, item);
  if (result.success) return result.data;
  const places = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  // Keys of the usage table name no conversation but by its hash.
  const key = [item['pk'], item['sk']].filter((part) => typeof part === 'string').join(' ');
  throw new MalformedItemError(`stored ${kind} at "${key}" is malformed (${places.join('; ')})`);
}

/** What a parser of an item gives, or what is wrong with the item. */
export function parsedOrMalformed<Parsed>(parse: () => Parsed): Parsed | MalformedItemError {
  try {
    return parse();
  } catch (error) {
    if (error instanceof MalformedItemError) return error;
    throw error;
  }
}

/** The seconds since 1970 that a time-to-live attribute holds: of this instant, or of the next whole second. */
export function expirySeconds(instant: number): number {
  return Math.ceil(instant / 1000);
}
