import { isPurged } from '../domain/channel.ts';
import { transact } from './conflict.ts';
import { getItem, type Table, type TransactionItem } from './dynamodb.ts';
import { IF_PRESENT, together } from './expressions.ts';
import { channelKey, parseChannel, purging } from './items/channel.ts';
import { addGone, channelCountKey } from './items/channel-count.ts';

/** Leaves of channels nothing but that they were purged. */
export class PurgedChannels {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * Purges a channel: from then on it takes no messages, is listed nowhere, and takes no place among its peer's.
   *
   * @returns its number, which no other channel ever gets; nothing where there is no such channel
   * @throws ConflictError where it is changed at the same time; and what `isContention` knows
   */
  async purge(peerId: string, channelId: string): Promise<number | undefined> {
    const { tableName: TableName } = this.#table;
    const Key = channelKey(peerId, channelId);
    const item = await getItem(this.#table, Key);
    if (item === undefined) return undefined;
    const channel = parseChannel(item);
    if (isPurged(channel)) return channel.number;
    const items: TransactionItem[] = [
      { Update: { TableName, Key, ...purging() } },
      { Update: { TableName, Key: channelCountKey(peerId), ...together(addGone(), IF_PRESENT) } },
    ];
    await transact(this.#table, items, 'the channel was purged or erased meanwhile');
    return channel.number;
  }
}
