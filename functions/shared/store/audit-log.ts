import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { queryPages, type Table } from './dynamodb.ts';
import { ALL_AUDIT_ENTRIES, type AuditEntry, auditEntryItem, parseAuditEntry } from './items/audit-entry.ts';

const ID_BYTES = 6;

/** What operators' commands did, for ever. */
export class AuditLog {
  readonly #table: Table;
  readonly #randomBytes: (length: number) => Uint8Array;

  /** @param table the audit table */
  constructor(table: Table, randomBytes: (length: number) => Uint8Array) {
    this.#table = table;
    this.#randomBytes = randomBytes;
  }

  /** Adds a line. */
  async add(entry: AuditEntry): Promise<void> {
    const { client, tableName } = this.#table;
    const id = Buffer.from(this.#randomBytes(ID_BYTES)).toString('hex');
    await client.send(new PutCommand({ TableName: tableName, Item: auditEntryItem(entry, id) }));
  }

  /** All lines, the earliest first, some at a time. */
  async *entries(): AsyncGenerator<AuditEntry[]> {
    for await (const page of queryPages(this.#table, { ...ALL_AUDIT_ENTRIES, ConsistentRead: true }))
      yield page.map(parseAuditEntry);
  }
}
