import { GetCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Channel, MAX_CHANNELS_PER_PEER } from '../domain/channel.ts';
import type { EpochMillis, UtcDay } from '../domain/utc-day.ts';
import { conflictOr } from './conflict.ts';
import {
  batchGet,
  isConditionFailure,
  readBetweenTransactions,
  type Table,
  type TransactionItem,
} from './dynamodb.ts';
import { IF_ABSENT, IF_PRESENT, KEYS_ONLY, setMissing, together, type Update } from './expressions.ts';
import { channelItem, channelKey, parseChannel } from './items/channel.ts';
import { channelCountKey, countNext, parseChannelCount } from './items/channel-count.ts';
import type { Key } from './items/keys.ts';
import { directoryKey, raiseLastActiveDay } from './items/peer-directory-entry.ts';

/** What messages tell of their channel. */
export interface ChannelDetails {
  messageName?: string;
  messageGalleryKey?: string;
}

/** A channel that is registered, and whether it was not before. */
export type Registration = { isNew: boolean; channel: Channel } | 'peer_is_full';

/** What counting registers and keeps of channels, and of the directory of the peers that have some. */
export class ChannelStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** The channel, where it is registered. */
  async read(peerId: string, channelId: string): Promise<Channel | undefined> {
    const { client, tableName } = this.#table;
    const answer = await client.send(
      new GetCommand({ TableName: tableName, Key: channelKey(peerId, channelId) }),
    );
    return answer.Item === undefined ? undefined : parseChannel(answer.Item);
  }

  /** How many channels a peer has, removed ones included. */
  async count(peerId: string): Promise<number> {
    const { client, tableName } = this.#table;
    const answer = await client.send(
      new GetCommand({ TableName: tableName, Key: channelCountKey(peerId), ConsistentRead: true }),
    );
    return answer.Item === undefined ? 0 : parseChannelCount(answer.Item);
  }

  /** Those of some channels, all different, that are registered. */
  async findRegistered(peerId: string, channelIds: readonly string[]): Promise<Set<string>> {
    const keys = channelIds.map((channelId) => channelKey(peerId, channelId));
    const items = await batchGet(this.#table, keys, { ConsistentRead: true, ...KEYS_ONLY });
    const found = new Set(items.map(({ sk }) => sk));
    return new Set(channelIds.filter((channelId) => found.has(channelKey(peerId, channelId).sk)));
  }

  /**
   * Registers a channel that is not registered yet, under the peer's next number and, unless the details say
   * otherwise, enabled.
   *
   * @returns the channel as it is registered, now or already, or `peer_is_full` where the peer has as many
   *   channels as it may have: then nothing was written
   * @throws ConflictError where another channel was registered meanwhile, and what `isContention` knows
   */
  async register(
    peerId: string,
    channelId: string,
    registeredAt: EpochMillis,
    details: Partial<Omit<Channel, 'channelId' | 'number' | 'registeredAt'>>,
  ): Promise<Registration> {
    const { client, tableName } = this.#table;
    const channelCount = await this.count(peerId);
    // Only now: whoever was counted by then is seen.
    const known = await readBetweenTransactions(this.#table, channelKey(peerId, channelId));
    if (known !== undefined) return { isNew: false, channel: parseChannel(known) };
    if (channelCount >= MAX_CHANNELS_PER_PEER) return 'peer_is_full';
    const channel: Channel = {
      channelId,
      number: channelCount + 1,
      status: 'enabled',
      registeredAt,
      ...details,
    };
    const items: TransactionItem[] = [
      { Put: { TableName: tableName, Item: channelItem(peerId, channel), ...IF_ABSENT } },
      { Update: { TableName: tableName, Key: channelCountKey(peerId), ...countNext(channelCount) } },
    ];
    try {
      await client.send(new TransactWriteCommand({ TransactItems: items }));
      return { isNew: true, channel };
    } catch (error) {
      throw conflictOr(error, items.length, 'another channel of the peer was registered meanwhile');
    }
  }

  /** Gives a registered channel the details that no message carried before; what is there stays. */
  async addDetails(peerId: string, channelId: string, details: ChannelDetails): Promise<void> {
    if (Object.keys(details).length === 0) return;
    const { client, tableName } = this.#table;
    await client.send(
      new UpdateCommand({
        TableName: tableName,
        Key: channelKey(peerId, channelId),
        ...together(IF_PRESENT, setMissing({ ...details })),
      }),
    );
  }

  /**
   * Lists a peer in the directory, with the last day on which it was active; the day only moves forward.
   *
   * @param proofKey is kept with it from the first time on
   */
  async raiseLastActiveDay(peerId: string, day: UtcDay, proofKey: Uint8Array): Promise<void> {
    await this.#raise(directoryKey(peerId), raiseLastActiveDay(day, proofKey));
  }

  async #raise(key: Key, update: Update): Promise<void> {
    const { client, tableName } = this.#table;
    try {
      await client.send(new UpdateCommand({ TableName: tableName, Key: key, ...update }));
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
    }
  }
}
