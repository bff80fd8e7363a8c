import { BATCH_GET_LIMIT, getItem, type ItemReads, type Table, tryBatchGet } from './dynamodb.ts';
import type { Item } from './items/item.ts';
import { nameOfKey } from './items/keys.ts';

/** Somebody, or several, who asked for an item that is not read yet. */
interface Asked {
  key: Item;
  answer: PromiseWithResolvers<Item | undefined>;
}

/** What was asked for of one kind of partition. */
interface Queue {
  isConsistent: boolean;
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

  read(key: Item, isConsistent: boolean): Promise<Item | undefined> {
    const queue = this.#queueOf(key, isConsistent);
    const name = nameOfKey(key);
    const known = queue.asked.get(name);
    if (known !== undefined) return known.answer.promise;
    const answer = Promise.withResolvers<Item | undefined>();
    queue.asked.set(name, { key, answer });
    if (queue.asked.size === BATCH_GET_LIMIT) this.#send(queue);
    else if (queue.asked.size === 1) onceAllHaveAsked(() => this.#send(queue));
    return answer.promise;
  }

  /** IAM tells kinds of partitions apart, and is asked about all partitions of a call together. */
  #queueOf(key: Item, isConsistent: boolean): Queue {
    const [kind] = String(key['pk']).split('#', 1);
    const name = `${kind} ${isConsistent}`;
    const queue = this.#queues.get(name) ?? { isConsistent, asked: new Map() };
    this.#queues.set(name, queue);
    return queue;
  }

  #send(queue: Queue): void {
    const asked = [...queue.asked.values()];
    queue.asked.clear();
    const [only] = asked;
    if (only === undefined) return;
    if (asked.length === 1) this.#readAlone(only, queue.isConsistent);
    else this.#readTogether(asked, queue.isConsistent);
  }

  #readAlone({ key, answer }: Asked, isConsistent: boolean): void {
    getItem(this.#table, key, isConsistent).then(answer.resolve, answer.reject);
  }

  async #readTogether(asked: readonly Asked[], isConsistent: boolean): Promise<void> {
    try {
      const { items, unprocessed } = await tryBatchGet(
        this.#table,
        asked.map(({ key }) => key),
        { ConsistentRead: isConsistent },
      );
      const found = new Map(items.map((item) => [nameOfKey(item), item]));
      const left = new Set(unprocessed.map(nameOfKey));
      for (const one of asked) {
        const name = nameOfKey(one.key);
        if (left.has(name)) this.#readAlone(one, isConsistent);
        else one.answer.resolve(found.get(name));
      }
    } catch {
      // Whatever was wrong with one must not fail the others: each finds out by itself.
      for (const one of asked) this.#readAlone(one, isConsistent);
    }
  }
}

/** Calls back when every task has gone on as far as it can without an answer from outside. */
export function onceAllHaveAsked(callback: () => void): void {
  // What is put behind the microtasks from within one of them comes once none is left.
  queueMicrotask(() => process.nextTick(callback));
}
