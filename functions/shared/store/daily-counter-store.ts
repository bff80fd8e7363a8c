import { GetCommand, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type {
  ArchivedWindow,
  CounterChange,
  DailyCounter,
  DailyCounterKey,
  Fingerprint,
} from '../domain/daily-counter.ts';
import { newDailyCounter } from '../domain/daily-counter.ts';
import type { EpochMillis, UtcDay } from '../domain/utc-day.ts';
import { isConditionFailure, queryAll, type Table, type TransactionItem } from './dynamodb.ts';
import { between, IF_ABSENT, IF_PRESENT, ifVersion, only, together } from './expressions.ts';
import { archivedFrom, archivedWindowItem, parseArchivedWindow } from './items/archived-window.ts';
import { channelKey } from './items/channel.ts';
import {
  dailyCounterKey,
  dailyCounterKeyOf,
  dailyCounterSortKey,
  dirtyLane,
  usageRange,
} from './items/daily-counter.ts';
import { fingerprints } from './items/fingerprint.ts';
import { count, type Item, parseItem } from './items/item.ts';

const dailyCounterItem = z
  .object({
    messageCount: count,
    conversationCount: count,
    version: count,
    rolledUp: z.exactOptional(z.boolean()),
    archivedWindows: count,
    archivedThrough: z.exactOptional(z.int()),
    window: z.exactOptional(fingerprints),
    windowFrom: z.exactOptional(z.int()),
    windowThrough: z.exactOptional(z.int()),
  })
  // A window that is passed over would let its messages count again.
  .check(
    z.refine(
      ({ window, windowFrom, windowThrough }) =>
        new Set([window, windowFrom, windowThrough].map((part) => part === undefined)).size === 1,
      { error: 'must come with windowFrom and windowThrough', path: ['window'] },
    ),
  );

/** What sealing has to know of a counter. */
export interface CounterState extends DailyCounterKey {
  messageCount: number;
  conversationCount: number;
  version: number;
  rolledUp: boolean;
  /** Whether it changed since it was sealed last. */
  dirty: boolean;
}

const COUNTER_STATE = [
  'pk',
  'sk',
  'messageCount',
  'conversationCount',
  'version',
  'rolledUp',
  'dirtyLane',
] as const;

const counterStateItem = z.object({
  pk: z.string(),
  sk: dailyCounterSortKey,
  messageCount: count,
  conversationCount: count,
  version: count,
  rolledUp: z.exactOptional(z.boolean()),
  dirtyLane: z.exactOptional(z.string()),
});

function parseState(item: Item): CounterState {
  const {
    pk,
    sk,
    rolledUp = false,
    dirtyLane: lane,
    ...counts
  } = parseItem(counterStateItem, item, 'daily counter');
  return { ...dailyCounterKeyOf({ pk, sk }), ...counts, rolledUp, dirty: lane !== undefined };
}

/** The counter, or its channel, was changed by another writer since it was read; nothing was written. */
export class CounterConflictError extends Error {
  override name = 'CounterConflictError';
}

/** Daily counters and their archived windows. */
export class DailyCounterStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Reads a counter as it is now; a new one, of version 0, where none is stored. */
  async read(key: DailyCounterKey): Promise<DailyCounter> {
    const { client, tableName } = this.#table;
    const answer = await client.send(
      new GetCommand({ TableName: tableName, Key: dailyCounterKey(key), ConsistentRead: true }),
    );
    if (answer.Item === undefined) return newDailyCounter(key);
    const {
      rolledUp = false,
      window,
      windowFrom,
      windowThrough,
      ...fields
    } = parseItem(dailyCounterItem, answer.Item, 'daily counter');
    const counter: DailyCounter = { ...key, ...fields, rolledUp };
    if (window !== undefined && windowFrom !== undefined && windowThrough !== undefined) {
      counter.window = { fingerprints: window, from: windowFrom, through: windowThrough };
    }
    return counter;
  }

  /** The counters of a peer's days, from one to another, both included, as they are now. */
  async readDays(peerId: string, from: UtcDay, to: UtcDay): Promise<CounterState[]> {
    const items = await queryAll(this.#table, {
      // All but the fingerprints, which are most of an open counter.
      ...together(between(usageRange(peerId, from, to)), only(COUNTER_STATE)),
      ConsistentRead: true,
    });
    return items.map(parseState);
  }

  /**
   * The fingerprints of all archived windows that could hold a message sent within a span.
   *
   * @param from the earliest `sentAt` looked for
   * @param through the latest one
   */
  async archivedFingerprints(
    key: DailyCounterKey,
    from: EpochMillis,
    through: EpochMillis,
  ): Promise<Set<Fingerprint>> {
    const found = new Set<Fingerprint>();
    const items = await queryAll(this.#table, {
      ...archivedFrom(key, from),
      ConsistentRead: true,
    });
    for (const window of items.map(parseArchivedWindow)) {
      if (window.from > through) continue;
      for (const fingerprint of window.fingerprints) found.add(fingerprint);
    }
    return found;
  }

  /**
   * Stores one step of a counter: the counter, the window that it archived and what happens to its channel, all
   * or nothing. Without a window and a channel's part it is one plain write.
   *
   * The channel must be registered.
   *
   * @param companions further writes that are made with it, or not at all
   * @throws CounterConflictError where the stored counter is not the one that the step was made from, or where
   *   the condition of a companion does not hold
   */
  async apply(change: CounterChange, companions: readonly TransactionItem[] = []): Promise<void> {
    const { client } = this.#table;
    const { counter, archived, channel } = change;
    const counterPut = this.#counterPut(counter);
    const items: TransactionItem[] = [{ Put: counterPut }, ...companions];
    const conditional = items.length;
    if (archived !== undefined) items.push(this.#archivedWindowPut(counter, archived));
    if (channel !== undefined) items.push(this.#channelUpdate(counter, channel));
    try {
      if (items.length === 1) await client.send(new PutCommand(counterPut));
      else await client.send(new TransactWriteCommand({ TransactItems: items }));
    } catch (error) {
      const isConflict = items.slice(0, conditional).some((_, index) => isConditionFailure(error, index));
      if (!isConflict) throw error;
      throw new CounterConflictError(`daily counter of ${change.counter.day} was changed meanwhile`, {
        cause: error,
      });
    }
  }

  #counterPut(counter: DailyCounter) {
    const { window } = counter;
    const isNew = counter.version === 1;
    return {
      TableName: this.#table.tableName,
      // The whole item: it loses its expiry, and joins the list of dirty days, with every change.
      Item: {
        ...dailyCounterKey(counter),
        dirtyLane: dirtyLane(counter.peerId),
        messageCount: counter.messageCount,
        conversationCount: counter.conversationCount,
        version: counter.version,
        archivedWindows: counter.archivedWindows,
        ...(counter.rolledUp && { rolledUp: true }),
        ...(counter.archivedThrough !== undefined && { archivedThrough: counter.archivedThrough }),
        ...(window !== undefined && {
          window: z.encode(fingerprints, window.fingerprints),
          windowFrom: window.from,
          windowThrough: window.through,
        }),
      },
      ...(isNew ? IF_ABSENT : ifVersion(counter.version - 1)),
    };
  }

  #archivedWindowPut(key: DailyCounterKey, window: ArchivedWindow): TransactionItem {
    return { Put: { TableName: this.#table.tableName, Item: archivedWindowItem(key, window) } };
  }

  #channelUpdate(key: DailyCounterKey, part: NonNullable<CounterChange['channel']>): TransactionItem {
    const adds: string[] = [];
    const deletes: string[] = [];
    const names: Record<string, string> = {};
    const values: Record<string, unknown> = {};
    if (part.addToTotals !== undefined) {
      adds.push('#messages :messages', '#conversations :conversations');
      Object.assign(names, { '#messages': 'messageTotal', '#conversations': 'conversationTotal' });
      values[':messages'] = part.addToTotals.messageCount;
      values[':conversations'] = part.addToTotals.conversationCount;
    }
    if (part.openDay !== undefined) {
      (part.openDay === 'add' ? adds : deletes).push('#openDays :day');
      names['#openDays'] = 'openDays';
      values[':day'] = new Set([key.day]);
    }
    const clauses = [
      ...(adds.length > 0 ? [`ADD ${adds.join(', ')}`] : []),
      ...(deletes.length > 0 ? [`DELETE ${deletes.join(', ')}`] : []),
    ];
    return {
      Update: {
        TableName: this.#table.tableName,
        Key: channelKey(key.peerId, key.channelId),
        ...together(IF_PRESENT, {
          UpdateExpression: clauses.join(' '),
          ExpressionAttributeNames: names,
          ExpressionAttributeValues: values,
        }),
      },
    };
  }
}
