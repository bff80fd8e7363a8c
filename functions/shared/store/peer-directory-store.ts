import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import {
  type DirectorySelection,
  isFoundBy,
  type ListedPeer,
  type PeerDirectory,
} from '../domain/peer-directory.ts';
import { BATCH_GET_LIMIT, batchGet, getItem, putIf, type Table } from './dynamodb.ts';
import { IF_ABSENT, withPrefix } from './expressions.ts';
import type { Item } from './items/item.ts';
import {
  DIRECTORY_PARTITIONS,
  directoryKey,
  directoryPartition,
  directorySortKey,
  parseDirectoryEntry,
  peerOfDirectoryKey,
  proofKeyOf,
} from './items/peer-directory-entry.ts';

/**
 * The directory of the peers that had messages counted or channels registered. Peers are in the order of
 * their sort keys, which is that of their ids by UTF-8 bytes, except that `#` sorts directly before `%`: a
 * key holds both encoded.
 */
export class PeerDirectoryStore implements PeerDirectory {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Puts a peer into the directory, where it is not in it yet. */
  async add(peerId: string): Promise<void> {
    // An entry that is there may have a day.
    await putIf(IF_ABSENT, this.#table, directoryKey(peerId));
  }

  async proofKey(peerId: string): Promise<Uint8Array | undefined> {
    const item = await getItem(this.#table, directoryKey(peerId));
    return item === undefined ? undefined : proofKeyOf(item);
  }

  /**
   * Lists peers, with one query for each partition of the directory. A search reads on, up to 1 MB at a time, until it
   * has found as many as it may list: all that come behind, where there are fewer.
   */
  async list(selection: DirectorySelection): Promise<ListedPeer[]> {
    const partitions = await Promise.all(
      DIRECTORY_PARTITIONS.map((partition) => this.#query(partition, selection)),
    );
    return firstPeers(partitions.flat(), selection.limit);
  }

  /**
   * Lists those of some peers that are in the directory. It reads a hundred at a time, until it has as many
   * as it may list.
   */
  async listAmong(
    peerIds: Iterable<string>,
    { prefix, search = '', after, limit }: DirectorySelection,
  ): Promise<ListedPeer[]> {
    const start = after === undefined ? undefined : directorySortKey(after);
    const candidates = [...new Set(peerIds)]
      .filter((peerId) => peerId.startsWith(prefix) && isFoundBy(search, peerId))
      .filter((peerId) => start === undefined || compareSortKeys(directorySortKey(peerId), start) > 0)
      .sort((a, b) => compareSortKeys(directorySortKey(a), directorySortKey(b)));
    const found: Item[] = [];
    for (let next = 0; next < candidates.length && found.length < limit; next += BATCH_GET_LIMIT) {
      const keys = candidates.slice(next, next + BATCH_GET_LIMIT).map(directoryKey);
      found.push(...(await batchGet(this.#table, keys)));
    }
    return firstPeers(found, limit);
  }

  /**
   * Peers of one lane, in their order: all lanes together have each peer once.
   *
   * @param after the peer behind which the page begins; without one it begins with the first
   * @param limit how many at most; the page is the last one where there are fewer
   */
  async listLane(lane: number, after: string | undefined, limit: number): Promise<string[]> {
    const partition = directoryPartition(lane);
    const items = await this.#query(partition, {
      prefix: '',
      ...(after !== undefined && { after }),
      limit,
    });
    return items.map(peerOfDirectoryKey);
  }

  async #query(
    partition: string,
    { prefix, search = '', after, limit }: DirectorySelection,
  ): Promise<Item[]> {
    const { client, tableName } = this.#table;
    const items: Item[] = [];
    // The peer of the start need not be in this partition, nor be there at all.
    let start: Item | undefined =
      after === undefined ? undefined : { pk: partition, sk: directorySortKey(after) };
    do {
      const answer = await client.send(
        new QueryCommand({
          TableName: tableName,
          ...withPrefix({ pk: partition, prefix: directorySortKey(prefix) }),
          ExclusiveStartKey: start,
          ...(search === '' && { Limit: limit - items.length }),
        }),
      );
      const found = answer.Items ?? [];
      items.push(
        ...(search === '' ? found : found.filter((item) => isFoundBy(search, peerOfDirectoryKey(item)))),
      );
      start = answer.LastEvaluatedKey;
    } while (start !== undefined && items.length < limit);
    return items;
  }
}

function firstPeers(items: readonly Item[], limit: number): ListedPeer[] {
  return items
    .map(parseDirectoryEntry)
    .sort((a, b) => compareSortKeys(a.sk, b.sk))
    .slice(0, limit)
    .map(({ sk, ...peer }) => peer);
}

/** Compares as DynamoDB does, by UTF-8 bytes: strings of JavaScript compare by UTF-16 units. */
function compareSortKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
