import type { Message } from '../domain/message.ts';
import { putIf, type Table } from './dynamodb.ts';
import { IF_ABSENT } from './expressions.ts';
import { messageItem } from './items/message.ts';

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
   * @returns whether it was stored, rather than there before
   */
  putIfNew(message: Message): Promise<boolean> {
    return putIf(IF_ABSENT, this.#table, messageItem(message, this.#retentionDays));
  }
}
