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
import {
  bytes,
  count,
  type Item,
  isConditionFailure,
  parseItem,
  queryAll,
  type Table,
  type TransactionItem,
} from './dynamodb.ts';
import { expirySeconds } from './table-definition.ts';
import {
  archivedWindowKey,
  archivedWindowSortFrom,
  archivedWindowsPartition,
  channelKey,
  dailyCounterKey,
  dailyCounterKeyOf,
  dirtyLane,
  usageRange,
} from './usage-table.ts';

/** How many bytes of the keyed hash a fingerprint keeps. */
export const FINGERPRINT_BYTES = 8;

/** Fingerprints, one behind the other. */
const fingerprintBytes = bytes.check(
  z.refine((joined) => joined.length % FINGERPRINT_BYTES === 0, 'must hold whole fingerprints'),
);

const dailyCounterItem = z
  .object({
    messageCount: count,
    conversationCount: count,
    version: count,
    rolledUp: z.exactOptional(z.boolean()),
    archivedWindows: count,
    archivedThrough: z.exactOptional(z.int()),
    window: z.exactOptional(fingerprintBytes),
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
  sk: z.string(),
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

const archivedWindowItem = z.object({ fingerprints: fingerprintBytes, from: z.int() });

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
      counter.window = { fingerprints: splitFingerprints(window), from: windowFrom, through: windowThrough };
    }
    return counter;
  }

  /** The counters of a peer's days, from one to another, both included, as they are now. */
  async readDays(peerId: string, from: UtcDay, to: UtcDay): Promise<CounterState[]> {
    const range = usageRange(peerId, from, to);
    const items = await queryAll(this.#table, {
      KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :from AND :to',
      // All but the fingerprints, which are most of an open counter.
      ProjectionExpression: COUNTER_STATE.map((name) => `#${name}`).join(', '),
      ExpressionAttributeNames: Object.fromEntries(COUNTER_STATE.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: { ':pk': range.pk, ':from': range.from, ':to': range.to },
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
      KeyConditionExpression: '#pk = :partition AND #sk >= :from',
      ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
      ExpressionAttributeValues: {
        ':partition': archivedWindowsPartition(key),
        ':from': archivedWindowSortFrom(from),
      },
      ConsistentRead: true,
    });
    for (const item of items) {
      const window = parseItem(archivedWindowItem, item, 'archived window');
      if (window.from > through) continue;
      for (const fingerprint of splitFingerprints(window.fingerprints)) found.add(fingerprint);
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
          window: joinFingerprints(window.fingerprints),
          windowFrom: window.from,
          windowThrough: window.through,
        }),
      },
      ...(isNew
        ? { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': 'pk' } }
        : {
            ConditionExpression: '#version = :readVersion',
            ExpressionAttributeNames: { '#version': 'version' },
            ExpressionAttributeValues: { ':readVersion': counter.version - 1 },
          }),
    };
  }

  #archivedWindowPut(key: DailyCounterKey, window: ArchivedWindow): TransactionItem {
    return {
      Put: {
        TableName: this.#table.tableName,
        Item: {
          ...archivedWindowKey(key, window.through, window.number),
          from: window.from,
          fingerprints: joinFingerprints(window.fingerprints),
          expiresAt: expirySeconds(window.expiresAt),
        },
      },
    };
  }

  #channelUpdate(key: DailyCounterKey, part: NonNullable<CounterChange['channel']>): TransactionItem {
    const adds: string[] = [];
    const deletes: string[] = [];
    const names: Record<string, string> = { '#pk': 'pk' };
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
        UpdateExpression: clauses.join(' '),
        ConditionExpression: 'attribute_exists(#pk)',
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: values,
      },
    };
  }
}

function joinFingerprints(fingerprints: readonly Fingerprint[]): Uint8Array {
  return new Uint8Array(Buffer.from(fingerprints.join(''), 'hex'));
}

function splitFingerprints(joined: Uint8Array): Fingerprint[] {
  const hex = Buffer.from(joined).toString('hex');
  const fingerprints: Fingerprint[] = [];
  for (let start = 0; start < hex.length; start += 2 * FINGERPRINT_BYTES) {
    fingerprints.push(hex.slice(start, start + 2 * FINGERPRINT_BYTES));
  }
  return fingerprints;
}
