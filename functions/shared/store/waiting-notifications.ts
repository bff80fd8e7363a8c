import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { MalformedItemError } from '../domain/errors.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import { conflictOr, transact } from './conflict.ts';
import {
  partitionPages,
  queryAll,
  readBetweenTransactions,
  type Table,
  type TransactionItem,
} from './dynamodb.ts';
import { IF_ABSENT, IF_PRESENT, setAll, together } from './expressions.ts';
import {
  type GivenUpNotification,
  givenUpNotificationItem,
  givenUpNotificationKey,
  givenUpNotificationsOf,
  parseGivenUpNotification,
} from './items/given-up-notification.ts';
import { type Item, parsedOrMalformed } from './items/item.ts';
import {
  type NotificationPlace,
  newlyWaiting,
  notificationPartitions,
  parseWaitingNotification,
  type WaitingNotification,
  waitingNotificationItem,
  waitingNotificationKey,
} from './items/waiting-notification.ts';

/**
 * The notifications that wait for their targets, as whoever sends them works them off. Every change of one is made on
 * the condition that nobody else has begun to send it meanwhile.
 */
export class WaitingNotifications {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * All that wait for a target, read consistently: those of a peer one after the other, in the order in which they
   * were decided.
   *
   * @param malformed is told of one that cannot be read: it is left out, and goes on waiting
   * @param firstLane the lane to begin with
   */
  async *of(
    target: string,
    malformed: (error: MalformedItemError) => void,
    firstLane = 0,
  ): AsyncGenerator<WaitingNotification> {
    const partitions = notificationPartitions(target);
    const rotated = [...partitions.slice(firstLane), ...partitions.slice(0, firstLane)];
    for await (const items of partitionPages(this.#table, rotated)) {
      yield* readable(items, parseWaitingNotification, malformed);
    }
  }

  /**
   * Whether the peer's notification before this one does not wait. Both may have been decided in one transaction, of
   * which a query can see the later one alone.
   *
   * @throws what `isContention` knows, while that transaction is made
   */
  async isOneBeforeGone({ target, peerId, sequence }: NotificationPlace): Promise<boolean> {
    const key = waitingNotificationKey({ target, peerId, sequence: sequence - 1 });
    return (await readBetweenTransactions(this.#table, key)) === undefined;
  }

  /**
   * Notes that somebody begins to send a notification, before it is sent.
   *
   * @param until when somebody else may send it, where nothing is heard of this attempt
   * @returns it as it is now
   * @throws ConflictError where somebody else was faster
   */
  async begin(waiting: WaitingNotification, until: EpochMillis): Promise<WaitingNotification> {
    const begun = { attempts: waiting.attempts + 1, dueAt: until };
    await this.#update(waiting, begun);
    return { ...waiting, ...begun };
  }

  /**
   * Notes that a notification was not taken, and when it is to be sent again.
   *
   * @throws ConflictError where somebody else has begun to send it meanwhile
   */
  postpone(begun: WaitingNotification, dueAt: EpochMillis, problem: string): Promise<void> {
    return this.#update(begun, { dueAt, problem });
  }

  /** Removes a notification that was taken. */
  async remove(taken: NotificationPlace): Promise<void> {
    const { client, tableName } = this.#table;
    await client.send(new DeleteCommand({ TableName: tableName, Key: waitingNotificationKey(taken) }));
  }

  /**
   * Puts a notification among those that were given up.
   *
   * @throws ConflictError where somebody else has begun to send it meanwhile
   */
  giveUp(waiting: WaitingNotification, reason: string, givenUpAt: EpochMillis): Promise<void> {
    const { tableName: TableName } = this.#table;
    const { target, peerId, sequence, id, payload, createdAt, attempts } = waiting;
    const given = { target, peerId, sequence, id, payload, createdAt, attempts, givenUpAt, reason };
    return this.#together([
      { Delete: { TableName, Key: waitingNotificationKey(waiting), ...ifNobodyElseBegan(waiting) } },
      { Put: { TableName, Item: givenUpNotificationItem(given) } },
    ]);
  }

  /** All that were given up of a target. @param malformed is told of one that cannot be read: it is left out */
  async givenUp(
    target: string,
    malformed: (error: MalformedItemError) => void,
  ): Promise<GivenUpNotification[]> {
    const items = await queryAll(this.#table, givenUpNotificationsOf(target));
    return readable(items, parseGivenUpNotification, malformed);
  }

  /**
   * Lets a notification that was given up wait again, as one that was decided just now.
   *
   * @throws ConflictError where it is not among those that were given up, or waits already
   */
  putBack(given: GivenUpNotification, now: EpochMillis): Promise<void> {
    const { tableName: TableName } = this.#table;
    const waiting = newlyWaiting(given, given, now);
    return this.#together([
      { Delete: { TableName, Key: givenUpNotificationKey(given), ...IF_PRESENT } },
      { Put: { TableName, Item: waitingNotificationItem(waiting), ...IF_ABSENT } },
    ]);
  }

  async #update(waiting: WaitingNotification, values: Partial<WaitingNotification>): Promise<void> {
    const { client, tableName } = this.#table;
    try {
      await client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: waitingNotificationKey(waiting),
          ...together(setAll(values), ifNobodyElseBegan(waiting)),
        }),
      );
    } catch (error) {
      throw conflictOr(error, 1, CONFLICT);
    }
  }

  async #together(items: TransactionItem[]): Promise<void> {
    await transact(this.#table, items, CONFLICT);
  }
}

function readable<Read>(
  items: readonly Item[],
  parse: (item: Item) => Read,
  malformed: (error: MalformedItemError) => void,
): Read[] {
  return items.flatMap((item) => {
    const read = parsedOrMalformed(() => parse(item));
    if (!(read instanceof MalformedItemError)) return [read];
    malformed(read);
    return [];
  });
}

const CONFLICT = 'somebody else sends the notification';

function ifNobodyElseBegan({ attempts }: WaitingNotification) {
  return {
    ConditionExpression: '#attempts = :attemptsRead',
    ExpressionAttributeNames: { '#attempts': 'attempts' },
    ExpressionAttributeValues: { ':attemptsRead': attempts },
  };
}
