import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { AuditedFigures } from '../domain/audit/audited-figures.ts';
import { isConditionFailure, type Table } from './dynamodb.ts';
import { IF_PRESENT } from './expressions.ts';
import { auditedFiguresItem } from './items/audited-figures.ts';
import { channelCountKey } from './items/channel-count.ts';

/** Keeps what the last audit of each peer has found, in one item each. */
export class AuditedFiguresStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * Stores what an audit has found, in the place of what the one before has. It is not stored where the peer has no
   * number of channels: who is being erased has none any more, and nothing is to stay of them.
   *
   * @throws what `isContention` knows, while a channel is registered
   */
  async store(peerId: string, audited: AuditedFigures): Promise<void> {
    const { client, tableName: TableName } = this.#table;
    const items = [
      { ConditionCheck: { TableName, Key: channelCountKey(peerId), ...IF_PRESENT } },
      { Put: { TableName, Item: auditedFiguresItem(peerId, audited) } },
    ];
    try {
      await client.send(new TransactWriteCommand({ TransactItems: items }));
    } catch (error) {
      if (!isConditionFailure(error, 0)) throw error;
    }
  }
}
