import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { MessageIdentity } from '../domain/message.ts';
import { getItem, queryPages, type Table } from './dynamodb.ts';
import { HashSecretStore } from './hash-secret-store.ts';
import {
  ALL_FORGOTTEN,
  type Forgotten,
  forgottenItem,
  forgottenKey,
  parseForgotten,
  REGISTER_SECRET_KEY,
} from './items/forgotten.ts';

const SECRET_BYTES = 32;

/** Makes the keyed hashes under which conversations and peers are on the register. */
export class ForgottenHashes {
  readonly #secret: KeyObject;

  constructor(secret: Uint8Array) {
    this.#secret = createSecretKey(secret);
  }

  ofPeer(peerId: string): string {
    return this.#hash(`peer\n${peerId}`);
  }

  ofConversation({ peerId, conversationId }: Pick<MessageIdentity, 'peerId' | 'conversationId'>): string {
    return this.#hash(`conversation\n${peerId}\n${conversationId}`);
  }

  #hash(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('base64url');
  }
}

/**
 * Who was forgotten: keyed hashes of conversations and peers. It lies apart from what it tells of, under a secret of its
 * own, so that who was forgotten is found again in tables that were restored to an earlier state.
 */
export class ForgottenRegister {
  readonly #table: Table;
  readonly #secrets: HashSecretStore;
  readonly #randomBytes: (length: number) => Uint8Array;
  #hashes: ForgottenHashes | undefined;

  /** @param table the audit table */
  constructor(table: Table, randomBytes: (length: number) => Uint8Array) {
    this.#table = table;
    this.#secrets = new HashSecretStore(table, REGISTER_SECRET_KEY);
    this.#randomBytes = randomBytes;
  }

  /** What hashes as the register does; its secret is made at the first call ever. */
  async hashes(): Promise<ForgottenHashes> {
    this.#hashes ??= new ForgottenHashes(await this.#secrets.readOrMake(this.#randomBytes(SECRET_BYTES)));
    return this.#hashes;
  }

  /** Stores an entry, in place of one of the same conversation or peer. */
  async add(entry: Forgotten): Promise<void> {
    const { client, tableName } = this.#table;
    await client.send(new PutCommand({ TableName: tableName, Item: forgottenItem(entry) }));
  }

  /** The entry of a hash, as it is now. */
  async read(hash: string): Promise<Forgotten | undefined> {
    const item = await getItem(this.#table, forgottenKey(hash));
    return item === undefined ? undefined : parseForgotten(item);
  }

  /** All entries, some at a time. */
  async *entries(): AsyncGenerator<Forgotten[]> {
    for await (const page of queryPages(this.#table, { ...ALL_FORGOTTEN, ConsistentRead: true }))
      yield page.map(parseForgotten);
  }
}
