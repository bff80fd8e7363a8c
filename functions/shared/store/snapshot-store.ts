import { PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { DailyCounterKey } from '../domain/daily-counter.ts';
import type { DailySnapshot } from '../domain/daily-snapshot.ts';
import type { EpochMillis, UtcDay } from '../domain/utc-day.ts';
import { isConditionFailure, queryAll, queryPages, type Table, type TransactionItem } from './dynamodb.ts';
import { between, ifVersion, together } from './expressions.ts';
import { dailyCounterKey, unmarkDirty } from './items/daily-counter.ts';
import { fencingTokenItem, fencingTokenKey, ifTokenIs } from './items/fencing-token.ts';
import { parseSnapshot, snapshotItem, snapshotRange } from './items/snapshot.ts';

/** Another run took the fencing token of the peer: what this one has read may be old, and it has to stop. */
export class FencingTokenLostError extends Error {
  override name = 'FencingTokenLostError';
}

/** Snapshots, and the fencing token that lets one run at a time write those of a peer. */
export class SnapshotStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * Takes the fencing token of a peer, from whoever had it. Whatever is read after that is at least as new as what
   * a run before has read.
   *
   * @param token one that no other run has
   */
  async takeFencingToken(peerId: string, token: string): Promise<void> {
    const { client, tableName } = this.#table;
    await client.send(new PutCommand({ TableName: tableName, Item: fencingTokenItem(peerId, token) }));
  }

  /** The last snapshot before a day. */
  async lastBefore(peerId: string, day: UtcDay): Promise<DailySnapshot | undefined> {
    const pages = queryPages(this.#table, {
      ...between(snapshotRange(peerId, undefined, day)),
      ScanIndexForward: false,
      // The day's own snapshot is within the range, where there is one.
      Limit: 2,
      ConsistentRead: true,
    });
    for await (const page of pages) {
      const last = page.map(parseSnapshot).find((snapshot) => snapshot.day < day);
      if (last !== undefined) return last;
    }
    return undefined;
  }

  /** The snapshots of a range of days, both included, in order. */
  async read(
    peerId: string,
    from: UtcDay,
    to: UtcDay,
    options: { consistent?: boolean } = {},
  ): Promise<DailySnapshot[]> {
    const items = await queryAll(this.#table, {
      ...between(snapshotRange(peerId, from, to)),
      ConsistentRead: options.consistent ?? false,
    });
    return items.map(parseSnapshot);
  }

  /**
   * Writes a snapshot, in place of an earlier one of the day.
   *
   * @throws FencingTokenLostError where the fencing token is no longer this run's; then nothing was written
   */
  async write(peerId: string, snapshot: DailySnapshot, token: string): Promise<void> {
    const item = snapshotItem(peerId, snapshot);
    await this.#underFencingToken(peerId, token, { Put: { TableName: this.#table.tableName, Item: item } });
  }

  /**
   * Takes a counter off the list of dirty days, and lets it expire.
   *
   * @param version the counter's version that the snapshots were made from. Where it has changed since, the
   *   counter stays on the list
   * @returns whether the counter was taken off
   * @throws FencingTokenLostError where the fencing token is no longer this run's
   */
  async markSealed(
    key: DailyCounterKey,
    version: number,
    expiresAt: EpochMillis,
    token: string,
  ): Promise<boolean> {
    try {
      await this.#underFencingToken(key.peerId, token, {
        Update: {
          TableName: this.#table.tableName,
          Key: dailyCounterKey(key),
          ...together(unmarkDirty(expiresAt), ifVersion(version)),
        },
      });
      return true;
    } catch (error) {
      if (isConditionFailure(error, 1)) return false;
      throw error;
    }
  }

  async #underFencingToken(peerId: string, token: string, write: TransactionItem): Promise<void> {
    const { client, tableName } = this.#table;
    const check: TransactionItem = {
      ConditionCheck: {
        TableName: tableName,
        Key: fencingTokenKey(peerId),
        ...ifTokenIs(token),
      },
    };
    try {
      await client.send(new TransactWriteCommand({ TransactItems: [check, write] }));
    } catch (error) {
      if (isConditionFailure(error, 0)) {
        throw new FencingTokenLostError('another run has taken the fencing token of the peer', {
          cause: error,
        });
      }
      throw error;
    }
  }
}
