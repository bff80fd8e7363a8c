import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Heartbeat } from '../domain/heartbeat.ts';
import type { Table } from './dynamodb.ts';
import { heartbeatItem } from './items/heartbeat.ts';

/** The heartbeats on their way to the stream, in the messages table. */
export class HeartbeatStore {
  readonly #table: Table;

  /** @param table the messages table */
  constructor(table: Table) {
    this.#table = table;
  }

  /** @param heartbeat whose instant was taken before */
  async put(heartbeat: Heartbeat): Promise<void> {
    const { client, tableName } = this.#table;
    await client.send(new PutCommand({ TableName: tableName, Item: heartbeatItem(heartbeat) }));
  }
}
