import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../../functions/shared/store/items/item.ts';

/** What DynamoDB refuses, because it makes no sense: the request names what was wrong. */
export class ValidationException extends Error {
  override name = 'ValidationException';
}

/**
 * A copy of a value that DynamoDB can store, which shares nothing with it.
 *
 * @throws ValidationException where it is none
 */
export function copyOf(value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(copyOf);
  if (isMap(value)) return copyOfItem(value);
  throw new ValidationException(`a value is not known to DynamoDB for tests: ${describe(value)}`);
}

/** A copy of an item; see `copyOf`. */
export function copyOfItem(item: Item): Item {
  const copy: Item = {};
  for (const name of Object.keys(item)) copy[name] = copyOf(item[name]);
  return copy;
}

/** Whether two stored values are the same. */
export function areEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Buffer.compare(one, other) === 0;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((value, index) => areEqual(value, other[index]));
  }
  if (!isMap(one) || !isMap(other)) return false;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length && names.every((name) => areEqual(one[name], other[name]))
  );
}

/**
 * The order of two stored values: that of numbers, of bytes, or of texts by the bytes of their UTF-8; nothing where
 * they are of different types, or have no order.
 */
export function orderOf(one: unknown, other: unknown): number | undefined {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  if (typeof one === 'string' && typeof other === 'string') return compareTexts(one, other);
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Buffer.compare(one, other);
  return undefined;
}

/** The order of two texts by the bytes of their UTF-8. */
export function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  // That of UTF-16, which JavaScript compares by, is another one only where there are surrogates.
  if (!/[\ud800-\udfff]/.test(one + other)) return one < other ? -1 : 1;
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** The bytes of an item as DynamoDB counts them, about: names, values, and a little for each list or map. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (value instanceof Uint8Array) return value.length;
  if (typeof value === 'number') return Math.ceil(String(Math.abs(value)).replace(/0+$/, '').length / 2) + 1;
  if (Array.isArray(value)) return value.reduce((sum: number, part) => sum + sizeOf(part) + 1, 3);
  if (isMap(value)) {
    return Object.keys(value).reduce((sum, name) => sum + Buffer.byteLength(name) + sizeOf(value[name]), 0);
  }
  return 1;
}

/** A value as it goes over the wire, which is how errors give an item: no document client reads those. */
function asAttributeValue(value: unknown): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === null) return { NULL: true };
  if (value instanceof Uint8Array) return { B: value };
  if (Array.isArray(value)) return { L: value.map(asAttributeValue) };
  if (isMap(value)) return { M: asAttributeValues(value) };
  throw new ValidationException(`a value is not known to DynamoDB for tests: ${describe(value)}`);
}

/** All attributes of an item as they go over the wire. */
export function asAttributeValues(item: Item): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, asAttributeValue(value)]));
}

function isMap(value: unknown): value is Item {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  return typeof value === 'object' ? Object.prototype.toString.call(value) : String(value);
}
