import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { EpochMillis } from '../domain/utc-day.ts';
import { transact } from './conflict.ts';
import { getItem, readItem, type Table, type TransactionItem } from './dynamodb.ts';
import { type Condition, IF_ABSENT, ifAttributeIs, setAll } from './expressions.ts';
import { HashSecretStore } from './hash-secret-store.ts';
import { channelCountKey, parseChannelCount } from './items/channel-count.ts';
import {
  ERASED_SECRET_KEY,
  type ErasedPeer,
  erasedPeerItem,
  erasedPeerKey,
  parseErasedPeer,
} from './items/erased-peer.ts';
import type { Key } from './items/keys.ts';

/** What is known of a peer's erasing, as it was read. */
export interface ErasureRead {
  erased: ErasedPeer | undefined;
  /** Holds as long as nobody has begun or ended to erase the peer since. */
  unchanged: TransactionItem;
}

/**
 * Which peers were erased, by keyed hashes of their ids. Their secret is no other one's, so that whoever may look here
 * can tell nothing of messages.
 */
export class ErasedPeers {
  readonly #table: Table;
  readonly #secrets: HashSecretStore;
  #secret: KeyObject | undefined;

  constructor(table: Table) {
    this.#table = table;
    this.#secrets = new HashSecretStore(table, ERASED_SECRET_KEY);
  }

  /** What is known of a peer, read consistently. */
  async read(peerId: string): Promise<ErasureRead> {
    const key = await this.#keyOf(peerId);
    // Before the secret was made nobody was erased.
    if (key === undefined) return { erased: undefined, unchanged: this.#if(ERASED_SECRET_KEY, IF_ABSENT) };
    const item = await readItem(this.#table, key);
    if (item === undefined) return { erased: undefined, unchanged: this.#if(key, IF_ABSENT) };
    const erased = parseErasedPeer(item);
    return { erased, unchanged: this.#if(key, ifAttributeIs('erasedAt', erased.erasedAt)) };
  }

  /**
   * Says that a peer is being erased: from then on no channel of it is registered, and no message of it counted.
   *
   * @param candidate random bytes that become the secret where there is none yet
   * @throws ConflictError where a channel is registered at the same time; and what `isContention` knows
   */
  async begin(peerId: string, candidate: Uint8Array): Promise<void> {
    const { tableName: TableName } = this.#table;
    const hash = hashOfPeer(createSecretKey(await this.#secrets.readOrMake(candidate)), peerId);
    const { erased } = await this.read(peerId);
    const Key = channelCountKey(peerId);
    const item = await getItem(this.#table, Key);
    const counted = item === undefined ? undefined : parseChannelCount(item);
    const lastNumber = counted?.lastNumber ?? erased?.lastNumber ?? 0;
    const ofCount = counted === undefined ? IF_ABSENT : ifAttributeIs('channelCount', counted.lastNumber);
    const items: TransactionItem[] = [
      { Put: { TableName, Item: erasedPeerItem(hash, { lastNumber }) } },
      { Delete: { TableName, Key, ...ofCount } },
    ];
    await transact(this.#table, items, 'a channel of the peer was registered meanwhile');
  }

  /** Says that a peer was erased, whose erasing was begun: what was sent later is that of a new one. */
  async end(peerId: string, erasedAt: EpochMillis): Promise<void> {
    const key = await this.#keyOf(peerId);
    if (key === undefined) throw new Error('a peer is to be erased whose erasing was not begun');
    const { client, tableName } = this.#table;
    await client.send(new UpdateCommand({ TableName: tableName, Key: key, ...setAll({ erasedAt }) }));
  }

  async #keyOf(peerId: string): Promise<Key | undefined> {
    if (this.#secret === undefined) {
      const secret = await this.#secrets.read();
      if (secret === undefined) return undefined;
      this.#secret = createSecretKey(secret);
    }
    return erasedPeerKey(hashOfPeer(this.#secret, peerId));
  }

  #if(key: Key, condition: Condition): TransactionItem {
    return { ConditionCheck: { TableName: this.#table.tableName, Key: key, ...condition } };
  }
}

/** The keyed hash under which a peer is erased. */
function hashOfPeer(secret: KeyObject, peerId: string): string {
  return createHmac('sha256', secret).update(peerId).digest('base64url');
}

/** Whether a message of an erased peer, sent at an instant, is refused. */
export function isErased(erased: ErasedPeer | undefined, sentAt: EpochMillis): boolean {
  return erased !== undefined && (erased.erasedAt === undefined || sentAt <= erased.erasedAt);
}
