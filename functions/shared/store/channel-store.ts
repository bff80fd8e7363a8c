import { type Channel, isPurged, MAX_CHANNELS_PER_PEER, type PurgedChannel } from '../domain/channel.ts';
import { NO_TOTALS } from '../domain/peer-totals.ts';
import { type EpochMillis, SECOND_MS, type UtcDay } from '../domain/utc-day.ts';
import { transact } from './conflict.ts';
import {
  batchGet,
  getItem,
  putIf,
  readBetweenTransactions,
  readItem,
  type Table,
  type TransactionItem,
  updateIf,
} from './dynamodb.ts';
import { ErasedPeers, type ErasureRead, isErased } from './erased-peers.ts';
import { IF_ABSENT, ifStill, only, raise, setAll, setMissing, together } from './expressions.ts';
import { channelItem, channelKey, IF_NOT_PURGED, parseChannel } from './items/channel.ts';
import {
  type ChannelCount,
  channelCountKey,
  countNext,
  firstChannelCountItem,
  parseChannelCount,
  placesTaken,
} from './items/channel-count.ts';
import type { Item } from './items/item.ts';
import { NOT_NOTIFIED, notifiedPeerItem } from './items/notified-peer.ts';
import {
  directoryKey,
  lastActiveDayOf,
  moveLastActiveDay,
  raiseLastActiveDay,
} from './items/peer-directory-entry.ts';
import { totalsItem } from './items/peer-totals.ts';

/** What messages tell of their channel. */
export interface ChannelDetails {
  messageName?: string;
  messageGalleryKey?: string;
}

/** A channel that is registered, and whether it was not before. */
export type Registration = { isNew: boolean; channel: Channel } | RegistrationRefused;

/** Why a channel is not registered: for good, but while the peer is being erased. */
export type RegistrationRefused = 'peer_is_full' | 'channel_purged' | 'peer_erased';

/** What counting registers and keeps of channels, and of the directory of the peers that have some. */
export class ChannelStore {
  readonly #table: Table;
  readonly #erased: ErasedPeers;

  constructor(table: Table) {
    this.#table = table;
    this.#erased = new ErasedPeers(table);
  }

  /** The channel as it is now, where it is registered; what is left of it where it was purged. */
  async read(peerId: string, channelId: string): Promise<Channel | PurgedChannel | undefined> {
    const item = await readItem(this.#table, channelKey(peerId, channelId));
    return item === undefined ? undefined : parseChannel(item);
  }

  /** How many channels a peer has, removed ones included, and purged ones not. */
  async count(peerId: string): Promise<number> {
    const counted = await this.#counted(peerId);
    return counted === undefined ? 0 : placesTaken(counted);
  }

  async #counted(peerId: string): Promise<ChannelCount | undefined> {
    const item = await readItem(this.#table, channelCountKey(peerId));
    return item === undefined ? undefined : parseChannelCount(item);
  }

  /** Those of some channels, all different, that are registered, each with whether it was purged. */
  async findRegistered(peerId: string, channelIds: readonly string[]): Promise<Map<string, boolean>> {
    const keys = channelIds.map((channelId) => channelKey(peerId, channelId));
    const items = await batchGet(this.#table, keys, { ConsistentRead: true, ...only(['sk', 'status']) });
    const found = new Map(items.map(({ sk, status }) => [sk, status === 'purged']));
    return new Map(
      channelIds.flatMap((channelId) => {
        const wasPurged = found.get(channelKey(peerId, channelId).sk);
        return wasPurged === undefined ? [] : [[channelId, wasPurged] as const];
      }),
    );
  }

  /**
   * Registers a channel that is not registered yet, under the peer's next number and, unless the details say
   * otherwise, enabled.
   *
   * @param sentUpTo when the last of the messages was sent for which it is registered, where it is for messages
   * @returns the channel as it is registered, now or already, or why it is not, and will not be: then nothing was
   *   written
   * @throws ConflictError where another channel was registered, or the peer erased, meanwhile; and what `isContention`
   *   knows
   */
  async register(
    peerId: string,
    channelId: string,
    registeredAt: EpochMillis,
    details: Partial<Omit<Channel, 'channelId' | 'number' | 'registeredAt'>>,
    sentUpTo = Number.POSITIVE_INFINITY,
  ): Promise<Registration> {
    const counted = await this.#counted(peerId);
    // Only now: whoever was counted by then is seen.
    const known = await readBetweenTransactions(this.#table, channelKey(peerId, channelId));
    if (known !== undefined) {
      const channel = parseChannel(known);
      return isPurged(channel) ? 'channel_purged' : { isNew: false, channel };
    }
    if (counted !== undefined && placesTaken(counted) >= MAX_CHANNELS_PER_PEER) return 'peer_is_full';
    const before = counted === undefined ? await this.#erased.read(peerId) : undefined;
    if (isErased(before?.erased, sentUpTo)) return 'peer_erased';
    const { lastNumber, erasedAt } = counted ?? { lastNumber: 0, ...before?.erased };
    if (erasedAt !== undefined && sentUpTo <= erasedAt) return 'peer_erased';
    const channel: Channel = {
      channelId,
      number: lastNumber + 1,
      status: 'enabled',
      registeredAt,
      ...details,
      ...(erasedAt !== undefined && { erasedAt }),
    };
    const items = this.#registering(peerId, channel, counted, before);
    await transact(this.#table, items, 'another channel of the peer was registered meanwhile');
    return { isNew: true, channel };
  }

  /**
   * The writes that register a channel. With the first one of a peer that was erased, what counts up goes on above all
   * that it may have come to before: revisions of totals and numbers of notifications are known to others.
   */
  #registering(
    peerId: string,
    channel: Channel,
    counted: ChannelCount | undefined,
    before: ErasureRead | undefined,
  ): TransactionItem[] {
    const { tableName } = this.#table;
    const putNew = (item: Item) => ({ Put: { TableName: tableName, Item: item, ...IF_ABSENT } });
    const items: TransactionItem[] = [putNew(channelItem(peerId, channel))];
    if (counted !== undefined) {
      const Key = channelCountKey(peerId);
      return [...items, { Update: { TableName: tableName, Key, ...countNext(counted) } }];
    }
    items.push(putNew(firstChannelCountItem(peerId, before?.erased)));
    if (before !== undefined) items.push(before.unchanged);
    const { erasedAt } = channel;
    if (erasedAt === undefined) return items;
    const above = Math.ceil(erasedAt / SECOND_MS);
    const { registeredAt } = channel;
    return [
      ...items,
      putNew(totalsItem(peerId, { ...NO_TOTALS, revision: above, changedAt: registeredAt })),
      putNew(notifiedPeerItem(peerId, { ...NOT_NOTIFIED, version: 1, sequence: above })),
    ];
  }

  /** Gives a registered channel the details that no message carried before; what is there stays. */
  async addDetails(peerId: string, channelId: string, details: ChannelDetails): Promise<void> {
    if (Object.keys(details).length === 0) return;
    const update = together(IF_NOT_PURGED, setMissing({ ...details }));
    // Where it was purged or erased meanwhile, what has to be done with its messages is found out when they are counted.
    await updateIf(this.#table, channelKey(peerId, channelId), update);
  }

  /** The last day with which a peer is listed in the directory now; nothing where it is listed with none. */
  async lastActiveDay(peerId: string): Promise<UtcDay | undefined> {
    return lastActiveDayOf(await readItem(this.#table, directoryKey(peerId)));
  }

  /**
   * Lists a peer in the directory, with the last day on which it was active; the day only moves forward.
   *
   * @param proofKey is kept with it from the first time on
   * @param listed the day with which it was listed a moment ago, an earlier one, or that it was with none. As a rule
   *   that still holds, and on this condition the write goes together with others.
   */
  async raiseLastActiveDay(
    peerId: string,
    day: UtcDay,
    proofKey: Uint8Array,
    listed?: UtcDay,
  ): Promise<void> {
    const key = directoryKey(peerId);
    const isMoved = await updateIf(this.#table, key, moveLastActiveDay(listed, day, proofKey));
    if (!isMoved) await updateIf(this.#table, key, raiseLastActiveDay(day, proofKey));
  }

  /**
   * Registers a channel again whose item was lost, under the number that it had.
   *
   * @returns whether it was not registered
   */
  registerAgain(peerId: string, channel: Channel): Promise<boolean> {
    return putIf(IF_ABSENT, this.#table, channelItem(peerId, channel));
  }

  /**
   * Gives a channel the next number of its peer, in place of one that another channel has.
   *
   * @throws ConflictError where another channel was registered meanwhile, and what `isContention` knows
   */
  async giveNextNumber(peerId: string, { channelId, number }: Pick<Channel, 'channelId' | 'number'>) {
    const { tableName } = this.#table;
    const counted = (await this.#counted(peerId)) ?? { lastNumber: 0, gone: 0 };
    const renumbering = together(setAll({ number: counted.lastNumber + 1 }), ifStill('number', number));
    const items: TransactionItem[] = [
      { Update: { TableName: tableName, Key: channelKey(peerId, channelId), ...renumbering } },
      { Update: { TableName: tableName, Key: channelCountKey(peerId), ...countNext(counted) } },
    ];
    await transact(this.#table, items, 'another channel of the peer was registered meanwhile');
  }

  /** Raises the last number that was given to a channel of a peer, where it is lower: no number is given twice. */
  async raiseLastNumber(peerId: string, lastNumber: number): Promise<void> {
    await updateIf(this.#table, channelCountKey(peerId), raise('channelCount', lastNumber));
  }

  /**
   * Takes a peer out of the directory that has no channels, where it is in it.
   *
   * @throws ConflictError where it gets one meanwhile; and what `isContention` knows
   */
  async unlist(peerId: string): Promise<void> {
    const { tableName: TableName } = this.#table;
    const Key = directoryKey(peerId);
    const listed = await getItem(this.#table, Key);
    if (listed === undefined) return;
    const items: TransactionItem[] = [
      { ConditionCheck: { TableName, Key: channelCountKey(peerId), ...IF_ABSENT } },
      { Delete: { TableName, Key } },
    ];
    await transact(this.#table, items, 'a channel of the peer was registered meanwhile');
  }
}
