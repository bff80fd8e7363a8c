import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { ApiKeyRecord } from '../domain/api-key.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import { bytes, type Item, isConditionFailure, parseItem, queryAll, type Table } from './dynamodb.ts';
import { fromKeyPart } from './table-definition.ts';
import { API_KEYS_PARTITION, apiKeyKey } from './usage-table.ts';

const apiKeyItem = z.object({
  sk: z.string(),
  secretHash: bytes,
  scopes: z.array(z.string()),
  peers: z.union([z.literal('all'), z.array(z.string())]),
  label: z.exactOptional(z.string()),
  createdAt: z.int(),
  expiresAtInstant: z.exactOptional(z.int()),
  revokedAt: z.exactOptional(z.int()),
});

const revokedItem = z.object({ revokedAt: z.exactOptional(z.int()) });

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
    return answer.Item === undefined ? undefined : apiKeyOf(answer.Item);
  }

  /** Every key, by id; those that were revoked or have expired too. */
  async list(): Promise<ApiKeyRecord[]> {
    const items = await queryAll(this.#table, {
      KeyConditionExpression: '#pk = :keys',
      ExpressionAttributeNames: { '#pk': 'pk' },
      ExpressionAttributeValues: { ':keys': API_KEYS_PARTITION },
      ConsistentRead: true,
    });
    return items.map(apiKeyOf);
  }

  /**
   * Stores a new key.
   *
   * @returns whether it was stored, rather than refused because there is a key of this id
   */
  async create(key: ApiKeyRecord): Promise<boolean> {
    const { client, tableName } = this.#table;
    try {
      await client.send(
        new PutCommand({
          TableName: tableName,
          Item: itemOf(key),
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

  /** Stores a key, in place of one of the same id where there is one. */
  async replace(key: ApiKeyRecord): Promise<void> {
    const { client, tableName } = this.#table;
    await client.send(new PutCommand({ TableName: tableName, Item: itemOf(key) }));
  }

  /** Revokes a key from an instant on; one that was revoked before stays revoked from then. */
  async revoke(keyId: string, at: EpochMillis): Promise<'revoked' | 'already_revoked' | 'unknown_key'> {
    const { client, tableName } = this.#table;
    try {
      const answer = await client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: apiKeyKey(keyId),
          UpdateExpression: 'SET #revokedAt = if_not_exists(#revokedAt, :at)',
          ConditionExpression: 'attribute_exists(#pk)',
          ExpressionAttributeNames: { '#pk': 'pk', '#revokedAt': 'revokedAt' },
          ExpressionAttributeValues: { ':at': at },
          ReturnValues: 'ALL_OLD',
        }),
      );
      const { revokedAt } = parseItem(revokedItem, answer.Attributes ?? {}, 'API key');
      return revokedAt === undefined ? 'revoked' : 'already_revoked';
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      return 'unknown_key';
    }
  }
}

function itemOf({ keyId, ...key }: ApiKeyRecord): Item {
  return { ...apiKeyKey(keyId), ...key };
}

function apiKeyOf(item: Item): ApiKeyRecord {
  const { sk, ...key } = parseItem(apiKeyItem, item, 'API key');
  return { keyId: fromKeyPart(sk), ...key };
}
