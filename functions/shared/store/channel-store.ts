import { GetCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Channel, ChannelRecord } from '../domain/channel.ts';
import type { EpochMillis, UtcDay } from '../domain/utc-day.ts';
import { batchGet, isConditionFailure, isContention, type Table } from './dynamodb.ts';
import { IF_ABSENT, IF_PRESENT, KEYS_ONLY, setMissing, together, type Update } from './expressions.ts';
import { channelItem, channelKey, parseChannel, raiseLastMessageAt } from './items/channel.ts';
import { COUNT_CHANNEL, channelCountKey, parseChannelCount } from './items/channel-count.ts';
import type { Key } from './items/keys.ts';
import { directoryKey, raiseLastActiveDay } from './items/peer-directory-entry.ts';

/** What messages tell of their channel. */
export interface ChannelDetails {
  messageName?: string;
  messageGalleryKey?: string;
}

/** What counting registers and keeps of channels, and of the directory of the peers that have some. */
export class ChannelStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** The channel with its totals, where it is registered. */
  async read(peerId: string, channelId: string): Promise<ChannelRecord | undefined> {
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
   * Registers a channel that is not registered yet, without counts and, unless the details say otherwise,
   * enabled.
   *
   * @returns `peer_is_full` where the peer has as many channels as it may have: then nothing was written
   * @throws what `isContention` knows
   */
  async register(
    peerId: string,
    channelId: string,
    registeredAt: EpochMillis,
    details: Partial<Omit<Channel, 'channelId' | 'registeredAt'>>,
  ): Promise<'registered' | 'already_registered' | 'peer_is_full'> {
    const { client, tableName } = this.#table;
    const channel: Channel = { channelId, status: 'enabled', registeredAt, ...details };
    try {
      await client.send(
        new TransactWriteCommand({
          TransactItems: [
            {
              Put: {
                TableName: tableName,
                Item: channelItem(peerId, channel),
                ...IF_ABSENT,
              },
            },
            { Update: { TableName: tableName, Key: channelCountKey(peerId), ...COUNT_CHANNEL } },
          ],
        }),
      );
      return 'registered';
    } catch (error) {
      if (isConditionFailure(error, 0)) return 'already_registered';
      // Whoever is registering a channel at this moment may be registering this one, as the last that has room.
      if (isConditionFailure(error, 1) && !isContention(error)) return 'peer_is_full';
      throw error;
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
   * Moves a channel's `lastMessageAt` forward; where it is later already, it stays. A channel that is not
   * registered gets none.
   */
  async raiseLastMessageAt(peerId: string, channelId: string, instant: EpochMillis): Promise<void> {
    await this.#raise(channelKey(peerId, channelId), together(IF_PRESENT, raiseLastMessageAt(instant)));
  }

  /** Lists a peer in the directory, with the last day on which it was active; the day only moves forward. */
  async raiseLastActiveDay(peerId: string, day: UtcDay): Promise<void> {
    await this.#raise(directoryKey(peerId), raiseLastActiveDay(day));
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
