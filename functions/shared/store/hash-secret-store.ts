import { putIf, readItem, type Table } from './dynamodb.ts';
import { IF_ABSENT } from './expressions.ts';
import { HASH_SECRET_KEY, hashSecretItem, parseHashSecret } from './items/hash-secret.ts';
import type { Key } from './items/keys.ts';

/**
 * The secret behind fingerprints and conversation hashes. It lives in the table whose items depend on it,
 * so that whoever restores or copies the one has the other.
 */
export class HashSecretStore {
  readonly #table: Table;
  readonly #key: Key;

  /** @param key of the secret, where it is another one than that of the evidence */
  constructor(table: Table, key: Key = HASH_SECRET_KEY) {
    this.#table = table;
    this.#key = key;
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
    const item = await readItem(this.#table, this.#key);
    return item === undefined ? undefined : parseHashSecret(item);
  }

  async #make(candidate: Uint8Array): Promise<Uint8Array> {
    if (await putIf(IF_ABSENT, this.#table, hashSecretItem(candidate, this.#key))) return candidate;
    const made = await this.read();
    if (made === undefined) throw new Error('the hash secret vanished while it was read');
    return made;
  }
}
