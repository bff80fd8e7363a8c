import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { ApiKeyRecord } from '../domain/api-key.ts';
import { bytes, parseItem, type Table } from './dynamodb.ts';
import { apiKeyKey } from './usage-table.ts';

const apiKeyItem = z.object({
  secretHash: bytes,
  scopes: z.array(z.string()),
  peers: z.union([z.literal('all'), z.array(z.string())]),
  label: z.exactOptional(z.string()),
  createdAt: z.int(),
  expiresAtInstant: z.exactOptional(z.int()),
  revokedAt: z.exactOptional(z.int()),
});

/** API keys, by their ids. */
export class ApiKeyStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** The key of an id, as it is now. */
  async read(keyId: string): Promise<ApiKeyRecord | undefined> {
    const { client, tableName } = this.#table;
    const answer = await client.send(
      new GetCommand({ TableName: tableName, Key: apiKeyKey(keyId), ConsistentRead: true }),
    );
    return answer.Item === undefined
      ? undefined
      : { keyId, ...parseItem(apiKeyItem, answer.Item, 'API key') };
  }

  /** Stores a key, in place of one of the same id. */
  async write({ keyId, ...key }: ApiKeyRecord): Promise<void> {
    const { client, tableName } = this.#table;
    await client.send(new PutCommand({ TableName: tableName, Item: { ...apiKeyKey(keyId), ...key } }));
  }
}
