import { TransactionConflictException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactGetCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Item } from '../../functions/shared/store/items/item.ts';
import { cancelledTransaction } from '../support/database/transactions.ts';
import type { Random } from '../support/random.ts';
import type { Scheduler } from './scheduler.ts';

type Command = Parameters<DynamoDBDocumentClient['send']>[0];
type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

const MOST_STEPS = [3, 40];

/** An item that a transaction has changed, and that others do not see changed yet. */
interface LaggingItem {
  key: Item;
  /** As it was before; nothing where there was none. */
  before: Item | undefined;
}

/** What torn transactions work with. */
interface TornTransactionsOptions {
  /** Reads the items as they are. */
  client: DynamoDBDocumentClient;
  scheduler: Scheduler;
  random: Random;
  /** How likely a transaction is torn at the moment. */
  probability: () => number;
  /** Is told where somebody was shown an item as it was before; its key. */
  seen: (key: Item) => void;
}

/**
 * Does what DynamoDB may do with a transaction, and the embedded one never does: its items change one after
 * the other, before it is answered. A read outside of a transaction, a consistent one too, may see some of
 * them changed and others not; a read in a transaction, and every write, of one of those others is refused.
 */
export class TornTransactions {
  readonly #options: TornTransactionsOptions;
  readonly #lagging = new Map<string, LaggingItem>();
  readonly #whole = new Set<Promise<void>>();

  constructor(options: TornTransactionsOptions) {
    this.#options = options;
  }

  /** Whether every transaction is seen whole. */
  get areWhole(): boolean {
    return this.#lagging.size === 0;
  }

  /** Resolves once the transactions are whole that are not seen whole now. */
  async untilWhole(): Promise<void> {
    await Promise.all(this.#whole);
  }

  /** Whether an item is seen as it was before the last transaction that changed it. */
  isLate(key: Item): boolean {
    return this.#lagging.has(nameOf(key));
  }

  /**
   * Sends a command, unless it meets a transaction that is not seen whole.
   *
   * @returns its answer, and for a transaction that was torn when it is whole again
   */
  async send(
    client: DynamoDBDocumentClient,
    command: Command,
  ): Promise<{ answer: unknown; whole?: Promise<void> }> {
    this.#refuse(command);
    if (command instanceof TransactWriteCommand) return this.#sendTransaction(client, command);
    return { answer: this.#asSeen(command, await client.send(command)) };
  }

  async #sendTransaction(
    client: DynamoDBDocumentClient,
    command: TransactWriteCommand,
  ): Promise<{ answer: unknown; whole?: Promise<void> }> {
    const { random, probability } = this.#options;
    const changes = (command.input.TransactItems ?? []).filter(
      ({ ConditionCheck: check }) => check === undefined,
    );
    if (changes.length < 2 || !random.chance(probability())) return { answer: await client.send(command) };
    const late = random.shuffled(changes).slice(0, random.integer(1, changes.length - 1));
    const items = await Promise.all(late.map((write) => this.#read(write)));
    const answer = await client.send(command);
    for (const item of items) this.#lagging.set(nameOf(item.key), item);
    const whole = this.#untilWhole(items);
    this.#whole.add(whole);
    return { answer, whole: whole.finally(() => this.#whole.delete(whole)) };
  }

  /** The item that a write is about to change, as it is before that. */
  async #read(write: Write): Promise<LaggingItem> {
    const key = keyOfWrite(write);
    const { TableName } = write.Put ?? write.Update ?? write.Delete ?? {};
    const { Item: before } = await this.#options.client.send(
      new GetCommand({ TableName, Key: key, ConsistentRead: true }),
    );
    return { key, before };
  }

  async #untilWhole(items: readonly LaggingItem[]): Promise<void> {
    const { random, scheduler } = this.#options;
    // Often for a moment only, within which others have read some of it, and after which they may write.
    for (let steps = random.integer(1, random.pick(MOST_STEPS)); steps > 0; steps -= 1) {
      await scheduler.step('a transaction is not seen whole', () => {});
    }
    for (const { key } of items) this.#lagging.delete(nameOf(key));
  }

  #refuse(command: Command): void {
    if (command instanceof TransactWriteCommand) {
      cancelWhere((command.input.TransactItems ?? []).map((write) => this.isLate(keyOfWrite(write))));
    } else if (command instanceof TransactGetCommand) {
      cancelWhere((command.input.TransactItems ?? []).map(({ Get: get }) => this.isLate(get?.Key ?? {})));
    } else {
      const key =
        command instanceof PutCommand
          ? keyOf(command.input.Item ?? {})
          : command instanceof UpdateCommand || command instanceof DeleteCommand
            ? command.input.Key
            : undefined;
      if (key !== undefined && this.isLate(key)) {
        throw new TransactionConflictException({ message: 'conflict', $metadata: {} });
      }
    }
  }

  /** An answer with items as they were before the transactions that are not seen whole. */
  #asSeen(command: Command, answer: unknown): unknown {
    if (this.#lagging.size === 0) return answer;
    if (command instanceof GetCommand) {
      const late = this.#lagging.get(nameOf(command.input.Key ?? {}));
      if (late === undefined) return answer;
      this.#options.seen(late.key);
      return { ...Object(answer), Item: late.before };
    }
    if (command instanceof QueryCommand) {
      const { Items: items }: { Items?: Item[] } = Object(answer);
      const pk = partitionOf(command);
      return { ...Object(answer), Items: this.#before(items ?? [], command.input, pk) };
    }
    if (command instanceof BatchGetCommand) {
      const { Responses: responses }: { Responses?: Record<string, Item[]> } = Object(answer);
      return {
        ...Object(answer),
        Responses: Object.fromEntries(
          Object.entries(responses ?? {}).map(([table, items]) => [
            table,
            this.#before(items, command.input.RequestItems?.[table] ?? {}),
          ]),
        ),
      };
    }
    return answer;
  }

  /** @param pk the partition of all of them, where their own may have been left out */
  #before(items: readonly Item[], projection: Projection, pk?: unknown): Item[] {
    return items.flatMap((item) => {
      const late = this.#lagging.get(nameOf({ pk, ...item }));
      if (late === undefined) return [item];
      this.#options.seen(late.key);
      return late.before === undefined ? [] : [projected(late.before, projection)];
    });
  }
}

export interface Projection {
  ProjectionExpression?: string | undefined;
  ExpressionAttributeNames?: Record<string, string> | undefined;
}

/** The partition that a query reads; nothing where it reads an index, whose items have theirs. */
export function partitionOf({ input }: QueryCommand): unknown {
  return input.IndexName === undefined ? input.ExpressionAttributeValues?.[':pk'] : undefined;
}

/** An item as a request sees it that asks for some of its attributes. */
export function projected(item: Item, { ProjectionExpression, ExpressionAttributeNames }: Projection): Item {
  if (ProjectionExpression === undefined) return item;
  const names = ProjectionExpression.split(',').map((text) => text.trim());
  const kept = new Set(names.map((name) => ExpressionAttributeNames?.[name] ?? name));
  return Object.fromEntries(Object.entries(item).filter(([name]) => kept.has(name)));
}

function keyOfWrite({ Put: put, Update: update, Delete: removal, ConditionCheck: check }: Write): Item {
  return keyOf(put?.Item ?? update?.Key ?? removal?.Key ?? check?.Key ?? {});
}

function keyOf({ pk, sk }: Item): Item {
  return { pk, sk };
}

function nameOf({ pk, sk }: Item): string {
  return JSON.stringify([pk, sk]);
}

/** Cancels a transaction whose items meet another one. */
function cancelWhere(meets: readonly boolean[]): void {
  if (!meets.includes(true)) return;
  throw cancelledTransaction(meets.map((isMet) => (isMet ? 'TransactionConflict' : 'None')));
}
