import { hash } from 'node:crypto';
import type { Item } from '../../functions/shared/store/items/item.ts';

/** A short text that stands for a long one. Those of two others are the same with a chance of one in 2^160. */
export function shortened(text: string): string {
  return hash('sha1', text, 'base64');
}

/** A text that tells a value from every other one. */
export function textOf(value: unknown): string {
  if (value === undefined) return '-';
  if (value instanceof Uint8Array)
    return `b${Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')}`;
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  if (value instanceof Error) return errorText(value);
  if (value instanceof Map) return textOf([...value]);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, part]) => `${name}:${textOf(part)}`)
    .join()}}`;
}

function errorText(error: Error): string {
  const { CancellationReasons: reasons, Item: item }: { CancellationReasons?: unknown; Item?: unknown } =
    Object(error);
  return `${error.name}: ${error.message} ${textOf(reasons)} ${textOf(item)}`;
}

/**
 * Stands for a set of items, in whatever order they were put in: the bits of their digests, added up without a carry. So
 * it follows a change at once, and what is taken back as well.
 */
export class ItemsDigest {
  readonly #words = new Uint32Array(5);

  /** Puts an item in, or takes out one that is in: both are the same. */
  toggle(item: Item): void {
    const words = digestOf(item);
    for (const [index, word] of words.entries()) this.#words[index] = (this.#words[index] ?? 0) ^ word;
  }

  get text(): string {
    return this.#words.join('.');
  }
}

const digests = new WeakMap<Item, Uint32Array>();

function digestOf(item: Item): Uint32Array {
  const known = digests.get(item);
  if (known !== undefined) return known;
  const bytes = hash('sha1', textOf(item), 'buffer');
  const words = Uint32Array.from({ length: 5 }, (_, index) => bytes.readUInt32BE(index * 4));
  digests.set(item, words);
  return words;
}
