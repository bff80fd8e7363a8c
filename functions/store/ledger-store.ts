import { GetCommand, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { DayLedger, FiledPage, Fingerprint, LedgerChange, LedgerKey } from '../domain/day-ledger.ts';
import { newLedger } from '../domain/day-ledger.ts';
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
  channelKey,
  filedPageKey,
  filedPageSortFrom,
  filedPagesPartition,
  ledgerKey,
  ledgerKeyOf,
  unsealedLane,
  usageRange,
} from './usage-table.ts';

/** How many bytes of the keyed hash a fingerprint keeps. */
export const FINGERPRINT_BYTES = 8;

/** Fingerprints, one behind the other. */
const fingerprintBytes = bytes.check(
  z.refine((joined) => joined.length % FINGERPRINT_BYTES === 0, 'must hold whole fingerprints'),
);

const ledgerItem = z
  .object({
    messageCount: count,
    conversationCount: count,
    version: count,
    closed: z.exactOptional(z.boolean()),
    filedPages: count,
    filedThrough: z.exactOptional(z.int()),
    page: z.exactOptional(fingerprintBytes),
    pageFrom: z.exactOptional(z.int()),
    pageThrough: z.exactOptional(z.int()),
  })
  // A page that is passed over would let its messages count again.
  .check(
    z.refine(
      ({ page, pageFrom, pageThrough }) =>
        new Set([page, pageFrom, pageThrough].map((part) => part === undefined)).size === 1,
      { error: 'must come with pageFrom and pageThrough', path: ['page'] },
    ),
  );

/** What sealing has to know of a ledger. */
export interface LedgerState extends LedgerKey {
  messageCount: number;
  conversationCount: number;
  version: number;
  closed: boolean;
  /** Whether it changed since it was sealed last. */
  unsealed: boolean;
}

const LEDGER_STATE = [
  'pk',
  'sk',
  'messageCount',
  'conversationCount',
  'version',
  'closed',
  'unsealedLane',
] as const;

const ledgerStateItem = z.object({
  pk: z.string(),
  sk: z.string(),
  messageCount: count,
  conversationCount: count,
  version: count,
  closed: z.exactOptional(z.boolean()),
  unsealedLane: z.exactOptional(z.string()),
});

function parseState(item: Item): LedgerState {
  const {
    pk,
    sk,
    closed = false,
    unsealedLane: lane,
    ...counts
  } = parseItem(ledgerStateItem, item, 'day ledger');
  return { ...ledgerKeyOf({ pk, sk }), ...counts, closed, unsealed: lane !== undefined };
}

const filedPageItem = z.object({ fingerprints: fingerprintBytes, from: z.int() });

/** The ledger, or its channel, was changed by another writer since it was read; nothing was written. */
export class LedgerConflictError extends Error {
  override name = 'LedgerConflictError';
}

/** Day ledgers and their filed pages. */
export class LedgerStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Reads a ledger as it is now; a new one, of version 0, where none is stored. */
  async read(key: LedgerKey): Promise<DayLedger> {
    const { client, tableName } = this.#table;
    const answer = await client.send(
      new GetCommand({ TableName: tableName, Key: ledgerKey(key), ConsistentRead: true }),
    );
    if (answer.Item === undefined) return newLedger(key);
    const {
      closed = false,
      page,
      pageFrom,
      pageThrough,
      ...fields
    } = parseItem(ledgerItem, answer.Item, 'day ledger');
    const ledger: DayLedger = { ...key, ...fields, closed };
    if (page !== undefined && pageFrom !== undefined && pageThrough !== undefined) {
      ledger.page = { fingerprints: splitFingerprints(page), from: pageFrom, through: pageThrough };
    }
    return ledger;
  }

  /** The ledgers of a peer's days, from one to another, both included, as they are now. */
  async readDays(peerId: string, from: UtcDay, to: UtcDay): Promise<LedgerState[]> {
    const range = usageRange(peerId, from, to);
    const items = await queryAll(this.#table, {
      KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :from AND :to',
      // All but the fingerprints, which are most of an open ledger.
      ProjectionExpression: LEDGER_STATE.map((name) => `#${name}`).join(', '),
      ExpressionAttributeNames: Object.fromEntries(LEDGER_STATE.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: { ':pk': range.pk, ':from': range.from, ':to': range.to },
      ConsistentRead: true,
    });
    return items.map(parseState);
  }

  /**
   * The fingerprints of all filed pages that could hold a message sent within a span.
   *
   * @param from the earliest `sentAt` looked for
   * @param through the latest one
   */
  async filedFingerprints(
    key: LedgerKey,
    from: EpochMillis,
    through: EpochMillis,
  ): Promise<Set<Fingerprint>> {
    const found = new Set<Fingerprint>();
    const items = await queryAll(this.#table, {
      KeyConditionExpression: '#pk = :partition AND #sk >= :from',
      ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
      ExpressionAttributeValues: {
        ':partition': filedPagesPartition(key),
        ':from': filedPageSortFrom(from),
      },
      ConsistentRead: true,
    });
    for (const item of items) {
      const page = parseItem(filedPageItem, item, 'filed page');
      if (page.from > through) continue;
      for (const fingerprint of splitFingerprints(page.fingerprints)) found.add(fingerprint);
    }
    return found;
  }

  /**
   * Stores one step of a ledger: the ledger, the page that it filed and what happens to its channel, all
   * or nothing. Without a page and a channel's part it is one plain write.
   *
   * The channel must be registered.
   *
   * @throws LedgerConflictError where the stored ledger is not the one that the step was made from
   */
  async apply(change: LedgerChange): Promise<void> {
    const { client } = this.#table;
    const ledgerPut = this.#ledgerPut(change.ledger);
    const companions: TransactionItem[] = [];
    if (change.filed !== undefined) companions.push(this.#filedPagePut(change.ledger, change.filed));
    if (change.channel !== undefined) companions.push(this.#channelUpdate(change.ledger, change.channel));
    try {
      if (companions.length === 0) await client.send(new PutCommand(ledgerPut));
      else {
        await client.send(new TransactWriteCommand({ TransactItems: [{ Put: ledgerPut }, ...companions] }));
      }
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      throw new LedgerConflictError(`day ledger of ${change.ledger.day} was changed meanwhile`, {
        cause: error,
      });
    }
  }

  #ledgerPut(ledger: DayLedger) {
    const { page } = ledger;
    const isNew = ledger.version === 1;
    return {
      TableName: this.#table.tableName,
      // The whole item: it loses its expiry, and joins the list of unsealed days, with every change.
      Item: {
        ...ledgerKey(ledger),
        unsealedLane: unsealedLane(ledger.peerId),
        messageCount: ledger.messageCount,
        conversationCount: ledger.conversationCount,
        version: ledger.version,
        filedPages: ledger.filedPages,
        ...(ledger.closed && { closed: true }),
        ...(ledger.filedThrough !== undefined && { filedThrough: ledger.filedThrough }),
        ...(page !== undefined && {
          page: joinFingerprints(page.fingerprints),
          pageFrom: page.from,
          pageThrough: page.through,
        }),
      },
      ...(isNew
        ? { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': 'pk' } }
        : {
            ConditionExpression: '#version = :readVersion',
            ExpressionAttributeNames: { '#version': 'version' },
            ExpressionAttributeValues: { ':readVersion': ledger.version - 1 },
          }),
    };
  }

  #filedPagePut(key: LedgerKey, page: FiledPage): TransactionItem {
    return {
      Put: {
        TableName: this.#table.tableName,
        Item: {
          ...filedPageKey(key, page.through, page.number),
          from: page.from,
          fingerprints: joinFingerprints(page.fingerprints),
          expiresAt: expirySeconds(page.expiresAt),
        },
      },
    };
  }

  #channelUpdate(key: LedgerKey, part: NonNullable<LedgerChange['channel']>): TransactionItem {
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
