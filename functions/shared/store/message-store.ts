import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Message } from '../domain/message.ts';
import { DAY_MS } from '../domain/utc-day.ts';
import { isConditionFailure, type Table } from './dynamodb.ts';
import { MESSAGE_SCHEMA_VERSION, messageKey } from './messages-table.ts';
import { expirySeconds } from './table-definition.ts';

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
  async putIfNew(message: Message): Promise<boolean> {
    const { client, tableName } = this.#table;
    try {
      await client.send(
        new PutCommand({
          TableName: tableName,
          Item: messageItem(message, this.#retentionDays),
          ConditionExpression: 'attribute_not_exists(#pk)',
          ExpressionAttributeNames: { '#pk': 'pk' },
        }),
      );
      return true;
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      return false;
    }
  }
}

/** A message's item: part of the contract, because others may put such items themselves. */
export function messageItem(message: Message, retentionDays: number) {
  const { peerId, conversationId, messageId, channelId, role, channelName, galleryKey } = message;
  return {
    ...messageKey(message),
    schemaVersion: MESSAGE_SCHEMA_VERSION,
    // Each by its name: an object that carries more than a message, such as its text, must not bring it here.
    peerId,
    conversationId,
    messageId,
    channelId,
    role,
    ...(channelName !== undefined && { channelName }),
    ...(galleryKey !== undefined && { galleryKey }),
    sentAt: new Date(message.sentAt).toISOString(),
    expiresAt: expirySeconds(message.sentAt + retentionDays * DAY_MS),
  };
}
