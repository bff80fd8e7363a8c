import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { queryAll, type Table } from './dynamodb.ts';
import { KEYS_ONLY, together } from './expressions.ts';
import { itemKey, parseItem } from './items/item.ts';
import {
  type HashedMessage,
  notesOf,
  type QuarantineNote,
  quarantineNoteItem,
} from './items/quarantine-note.ts';

/** Which messages were quarantined, and why, for 30 days: by their keyed hashes, so that a look-up finds each. */
export class QuarantineNotes {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Notes that a message was quarantined. */
  async add(message: HashedMessage, note: QuarantineNote): Promise<void> {
    const { client, tableName } = this.#table;
    await client.send(new PutCommand({ TableName: tableName, Item: quarantineNoteItem(message, note) }));
  }

  /** Removes the notes of a conversation's messages. */
  async removeOf(conversation: Omit<HashedMessage, 'fingerprint'>): Promise<void> {
    const { client, tableName } = this.#table;
    const items = await queryAll(this.#table, {
      ...together(notesOf(conversation), KEYS_ONLY),
      ConsistentRead: true,
    });
    for (const item of items) {
      const key = parseItem(itemKey(), item, 'quarantine note');
      await client.send(new DeleteCommand({ TableName: tableName, Key: key }));
    }
  }
}
