import type { Item } from '../../../functions/shared/store/items/item.ts';

/** What DynamoDB adds to every item, in bytes, where it charges for storage. */
const STORED_BESIDE_EACH_ITEM = 100;

/**
 * The bytes for whose storage DynamoDB charges: the names and values of the attributes, as its developer guide
 * counts them ("DynamoDB item sizes and formats"), and 100 more for each item.
 *
 * @param item with attributes of text, integers and bytes
 */
export function storedBytes(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    STORED_BESIDE_EACH_ITEM,
  );
}

function valueBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (value instanceof Uint8Array) return value.length;
  if (typeof value === 'number' && Number.isInteger(value)) {
    // Half a byte for each digit, without the zeros at the end, and one byte.
    const digits = String(Math.abs(value)).replace(/0+$/, '').length;
    return Math.ceil(digits / 2) + 1;
  }
  throw new Error(`the size of a ${typeof value} is not known here`);
}
