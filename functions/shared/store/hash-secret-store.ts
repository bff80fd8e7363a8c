import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { putIf, type Table } from './dynamodb.ts';
import { IF_ABSENT } from './expressions.ts';
import { HASH_SECRET_KEY, hashSecretItem, parseHashSecret } from './items/hash-secret.ts';

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
    return answer.Item === undefined ? undefined : parseHashSecret(answer.Item);
  }

  async #make(candidate: Uint8Array): Promise<Uint8Array> {
    if (await putIf(IF_ABSENT, this.#table, hashSecretItem(candidate))) return candidate;
    const made = await this.read();
    if (made === undefined) throw new Error('the hash secret vanished while it was read');
    return made;
  }
}
