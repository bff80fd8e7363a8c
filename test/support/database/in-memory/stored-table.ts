import type { Item } from '../../../../functions/shared/store/items/item.ts';
import type { TableDefinition } from '../../../../functions/shared/store/table-definition.ts';
import { compareTexts, sizeOf, ValidationException } from './values.ts';

/** The key of an item, with the attributes that every table of this service has. */
export interface ItemKey {
  pk: string;
  sk: string;
}

/** What was stored under a key before it was changed. */
export interface Change {
  table: StoredTable;
  key: ItemKey;
  before: Item | undefined;
  after: Item | undefined;
}

const MOST_ITEM_BYTES = 400 * 1024;
const MOST_KEY_BYTES = { pk: 2048, sk: 1024 };

/** The items of one table. What is stored is never changed: a new item takes its place. */
export class StoredTable {
  readonly name: string;
  readonly definition: TableDefinition;
  readonly #partitions = new Map<string, Map<string, Item>>();
  readonly #seen: (change: Change) => void;

  /** @param seen is told of every change */
  constructor(name: string, definition: TableDefinition, seen: (change: Change) => void) {
    if (definition.partitionKey !== 'pk' || definition.sortKey !== 'sk') {
      throw new Error(`the keys of the table ${name} are not known here`);
    }
    this.name = name;
    this.definition = definition;
    this.#seen = seen;
  }

  /** @throws ValidationException where the attributes are not exactly those of a key */
  keyOf(key: Item | undefined): ItemKey {
    if (Object.keys(key ?? {}).length !== 2)
      throw new ValidationException('a key has pk and sk, and no more');
    return this.keyIn(key ?? {});
  }

  /** The key within an item. @throws ValidationException where it has none */
  keyIn({ pk, sk }: Item): ItemKey {
    if (typeof pk !== 'string' || typeof sk !== 'string' || pk === '' || sk === '') {
      throw new ValidationException('a key is of two texts that are not empty');
    }
    if (Buffer.byteLength(pk) > MOST_KEY_BYTES.pk || Buffer.byteLength(sk) > MOST_KEY_BYTES.sk) {
      throw new ValidationException('a text of a key is longer than DynamoDB takes');
    }
    return { pk, sk };
  }

  get({ pk, sk }: ItemKey): Item | undefined {
    return this.#partitions.get(pk)?.get(sk);
  }

  /** @throws ValidationException where the item is too large, or cannot be listed in an index */
  set(key: ItemKey, item: Item | undefined): void {
    if (item !== undefined) this.#check(item);
    const change = { table: this, key, before: this.get(key), after: item };
    this.replace(key, item);
    this.#seen(change);
  }

  /** As `set`, and nobody is told: what was there already is put back. */
  replace({ pk, sk }: ItemKey, item: Item | undefined): void {
    const partition = this.#partitions.get(pk) ?? new Map<string, Item>();
    if (item === undefined) partition.delete(sk);
    else partition.set(sk, item);
    if (partition.size === 0) this.#partitions.delete(pk);
    else this.#partitions.set(pk, partition);
  }

  /** The items of a partition, in the order of their sort keys. */
  partition(pk: string): Item[] {
    const entries = [...(this.#partitions.get(pk) ?? [])].sort(([one], [other]) => compareTexts(one, other));
    return entries.map(([, item]) => item);
  }

  /** All items, those of a partition in the order of their sort keys. */
  all(): Item[] {
    const partitions = [...this.#partitions.keys()].sort(compareTexts);
    return partitions.flatMap((pk) => this.partition(pk));
  }

  /** The entries of an index, with nothing but keys, in its order. */
  entries(indexName: string, partition?: unknown): Item[] {
    const { partitionKey, sortKey } = this.index(indexName);
    const entries: Item[] = [];
    for (const items of this.#partitions.values()) {
      for (const item of items.values()) {
        const [lane, place] = [item[partitionKey], item[sortKey]];
        if (lane === undefined || place === undefined || (partition ?? lane) !== lane) continue;
        entries.push({ pk: item['pk'], sk: item['sk'], [partitionKey]: lane, [sortKey]: place });
      }
    }
    const order = (entry: Item) =>
      [entry[partitionKey], entry[sortKey], entry['pk'], entry['sk']].map(String);
    return entries.sort((one, other) => compareLists(order(one), order(other)));
  }

  /** @throws ValidationException where the table has no such index */
  index(name: string): { partitionKey: string; sortKey: string } {
    const index = this.definition.keysOnlyIndexes.find((one) => one.name === name);
    if (index === undefined) throw new ValidationException(`${this.name} has no index ${name}`);
    return index;
  }

  #check(item: Item): void {
    if (sizeOf(item) > MOST_ITEM_BYTES) throw new ValidationException('an item is larger than 400 KB');
    for (const { partitionKey, sortKey } of this.definition.keysOnlyIndexes) {
      for (const name of [partitionKey, sortKey]) {
        const value = item[name];
        if (value === undefined || (typeof value === 'string' && value !== '')) continue;
        throw new ValidationException(`the key ${name} of an index is a text that is not empty`);
      }
    }
  }
}

function compareLists(one: readonly string[], other: readonly string[]): number {
  for (const [index, text] of one.entries()) {
    const order = compareTexts(text, other[index] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}
