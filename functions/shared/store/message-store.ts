import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { HistoryMark } from '../domain/history-mark.ts';
import type { Message } from '../domain/message.ts';
import { isConditionFailure, putIf, type Table } from './dynamodb.ts';
import { IF_ABSENT } from './expressions.ts';
import { historyItem, messageItem } from './items/message.ts';

/** The messages as they were sent, without their texts. */
export class MessageStore {
  readonly #table: Table;
  readonly #retentionDays: number;

  /** @param retentionDays how long a message is kept after it was sent, in days */
  constructor(table: Table, retentionDays: number) {
    this.#table = table;
    this.#retentionDays = retentionDays;
  }

  /**
   * Stores a message, unless one of the same identity is stored: the first version wins.
   *
   * @param mark by which it is counted although it is older than messages may be
   * @returns whether it was stored, rather than there before
   */
  putIfNew(message: Message, mark?: HistoryMark): Promise<boolean> {
    const item =
      mark === undefined
        ? messageItem(message, this.#retentionDays)
        : historyItem(message, mark, this.#retentionDays);
    return putIf(IF_ABSENT, this.#table, item);
  }

  /**
   * Stores messages in one transaction, which the embedded DynamoDB makes many times faster than as many puts;
   * one by one where one of them is stored already. In AWS it would cost twice as much.
   *
   * @param messages up to `TRANSACTION_LIMIT`, of different identities
   */
  async putAllIfNew(messages: readonly Message[]): Promise<void> {
    const { client, tableName } = this.#table;
    const TransactItems = messages.map((message) => ({
      Put: { TableName: tableName, Item: messageItem(message, this.#retentionDays), ...IF_ABSENT },
    }));
    try {
      await client.send(new TransactWriteCommand({ TransactItems }));
    } catch (error) {
      if (!messages.some((_, index) => isConditionFailure(error, index))) throw error;
      for (const message of messages) await this.putIfNew(message);
    }
  }
}
