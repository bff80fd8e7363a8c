import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { bytes, isConditionFailure, parseItem, type Table } from './dynamodb.ts';
import { HASH_SECRET_KEY } from './usage-table.ts';

const hashSecretItem = z.object({ secret: bytes });

/**
 * The secret behind fingerprints and conversation hashes. It lives in the table whose items depend on it,
 * so that whoever restores or copies the one has the other.
 */
export class HashSecretStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * The secret of this table, made at the first call ever.
   *
   * @param candidate random bytes that become the secret where there is none yet
   */
  async readOrMake(candidate: Uint8Array): Promise<Uint8Array> {
    return (await this.read()) ?? (await this.#make(candidate));
  }

  /** The secret of this table, where one was made: nothing is counted before. */
  async read(): Promise<Uint8Array | undefined> {
    const { client, tableName } = this.#table;
    const answer = await client.send(
      new GetCommand({ TableName: tableName, Key: HASH_SECRET_KEY, ConsistentRead: true }),
    );
    return answer.Item === undefined
      ? undefined
      : parseItem(hashSecretItem, answer.Item, 'hash secret').secret;
  }

  async #make(candidate: Uint8Array): Promise<Uint8Array> {
    const { client, tableName } = this.#table;
    try {
      await client.send(
        new PutCommand({
          TableName: tableName,
          Item: { ...HASH_SECRET_KEY, secret: candidate },
          ConditionExpression: 'attribute_not_exists(#pk)',
          ExpressionAttributeNames: { '#pk': 'pk' },
        }),
      );
      return candidate;
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
    }
    const made = await this.read();
    if (made === undefined) throw new Error('the hash secret vanished while it was read');
    return made;
  }
}
