import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ApiKeyRecord } from '../domain/api-key.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import { getItem, isConditionFailure, putIf, queryAll, type Table } from './dynamodb.ts';
import { IF_ABSENT, IF_PRESENT, inPartition, together } from './expressions.ts';
import {
  API_KEYS_PARTITION,
  apiKeyItem,
  apiKeyKey,
  parseApiKeyItem,
  revokeFrom,
  SHARE_LINKS_PARTITION,
  wasRevoked,
} from './items/api-key.ts';

/** API keys, by their ids. */
export class ApiKeyStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** The key of an id, as it is now. */
  async read(keyId: string): Promise<ApiKeyRecord | undefined> {
    const item = await getItem(this.#table, apiKeyKey(keyId));
    return item === undefined ? undefined : parseApiKeyItem(item);
  }

  /** Every key, by id, and then those of share links; those that were revoked or have expired too. */
  async list(): Promise<ApiKeyRecord[]> {
    const items = await Promise.all(
      [API_KEYS_PARTITION, SHARE_LINKS_PARTITION].map((partition) =>
        queryAll(this.#table, { ...inPartition(partition), ConsistentRead: true }),
      ),
    );
    return items.flat().map(parseApiKeyItem);
  }

  /**
   * Stores a new key.
   *
   * @returns whether it was stored, rather than refused because there is a key of this id
   */
  create(key: ApiKeyRecord): Promise<boolean> {
    return putIf(IF_ABSENT, this.#table, apiKeyItem(key));
  }

  /** Stores a key, in place of one of the same id where there is one. */
  async replace(key: ApiKeyRecord): Promise<void> {
    const { client, tableName } = this.#table;
    await client.send(new PutCommand({ TableName: tableName, Item: apiKeyItem(key) }));
  }

  /** Revokes a key from an instant on; one that was revoked before stays revoked from then. */
  async revoke(keyId: string, at: EpochMillis): Promise<'revoked' | 'already_revoked' | 'unknown_key'> {
    const { client, tableName } = this.#table;
    try {
      const answer = await client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: apiKeyKey(keyId),
          ...together(revokeFrom(at), IF_PRESENT),
          ReturnValues: 'ALL_OLD',
        }),
      );
      return wasRevoked(answer.Attributes ?? {}) ? 'already_revoked' : 'revoked';
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      return 'unknown_key';
    }
  }
}
