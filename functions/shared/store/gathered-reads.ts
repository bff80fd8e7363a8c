import {
  BATCH_GET_LIMIT,
  getItem,
  type HowRead,
  type ItemReads,
  readBetweenTransactions,
  readTogether,
  type Table,
  TRANSACTION_LIMIT,
  tryBatchGet,
} from './dynamodb.ts';
import type { Item } from './items/item.ts';
import { nameOfKey, partitionKindOf } from './items/keys.ts';

/** As many as one call takes, whether it is a batch or a transaction. */
const MOST_TOGETHER = Math.min(BATCH_GET_LIMIT, TRANSACTION_LIMIT);

/** Somebody, or several, who asked for an item that is not read yet. */
interface Asked {
  key: Item;
  answer: PromiseWithResolvers<Item | undefined>;
}

/** What was asked for of one kind of partition. */
interface Queue {
  how: HowRead;
  asked: Map<string, Asked>;
}

/**
 * Reads the items together that many tasks ask for at the same time. A batch of the stream's longest tail has messages
 * of hundreds of peers, and to send a call takes more of the processor than all that is done with its answer.
 *
 * Whoever asks is answered by a call that is sent afterwards. What DynamoDB leaves out of a batch, because a partition
 * is too busy, is read by itself, and keeps nobody else waiting; so is each item of a batch that fails.
 */
export class GatheredReads implements ItemReads {
  readonly #table: Table;
  readonly #queues = new Map<string, Queue>();

  constructor(table: Table) {
    this.#table = table;
  }

  read(key: Item, how: HowRead): Promise<Item | undefined> {
    const queue = this.#queueOf(key, how);
    const name = nameOfKey(key);
    const known = queue.asked.get(name);
    if (known !== undefined) return known.answer.promise;
    const answer = Promise.withResolvers<Item | undefined>();
    queue.asked.set(name, { key, answer });
    if (queue.asked.size === MOST_TOGETHER) this.#send(queue);
    else if (queue.asked.size === 1) onceAllHaveAsked(() => this.#send(queue));
    return answer.promise;
  }

  #queueOf(key: Item, how: HowRead): Queue {
    const name = `${partitionKindOf(key)} ${how}`;
    const queue = this.#queues.get(name) ?? { how, asked: new Map() };
    this.#queues.set(name, queue);
    return queue;
  }

  #send({ how, asked }: Queue): void {
    const all = [...asked.values()];
    asked.clear();
    if (all.length > 1) this.#readTogether(all, how);
    else for (const one of all) this.#readAlone(one, how);
  }

  #readAlone({ key, answer }: Asked, how: HowRead): void {
    const item =
      how === 'between transactions'
        ? readBetweenTransactions(this.#table, key)
        : getItem(this.#table, key, how === 'consistently');
    item.then(answer.resolve, answer.reject);
  }

  async #tryTogether(keys: readonly Item[], how: HowRead): Promise<{ items: Item[]; unprocessed: Item[] }> {
    if (how !== 'between transactions') {
      return tryBatchGet(this.#table, keys, { ConsistentRead: how === 'consistently' });
    }
    const items = await readTogether(this.#table, keys);
    return { items: items.filter((item) => item !== undefined), unprocessed: [] };
  }

  async #readTogether(asked: readonly Asked[], how: HowRead): Promise<void> {
    const keys = asked.map(({ key }) => key);
    try {
      const { items, unprocessed } = await this.#tryTogether(keys, how);
      const found = new Map(items.map((item) => [nameOfKey(item), item]));
      const left = new Set(unprocessed.map(nameOfKey));
      for (const one of asked) {
        const name = nameOfKey(one.key);
        if (left.has(name)) this.#readAlone(one, how);
        else one.answer.resolve(found.get(name));
      }
    } catch {
      // Whatever was wrong with one must not fail the others: each finds out by itself.
      for (const one of asked) this.#readAlone(one, how);
    }
  }
}

/** Calls back when every task has gone on as far as it can without an answer from outside. */
export function onceAllHaveAsked(callback: () => void): void {
  // What is put behind the microtasks from within one of them comes once none is left.
  queueMicrotask(() => process.nextTick(callback));
}
