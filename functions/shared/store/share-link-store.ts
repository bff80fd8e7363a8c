import {
  isShareLinkId,
  MAX_SHARE_LINKS_PER_PEER,
  type ShareLink,
  type ShareLinkRecord,
  workingLinks,
} from '../domain/share-link.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import { transact } from './conflict.ts';
import { getItem, type Table, type TransactionItem } from './dynamodb.ts';
import { ErasedPeers } from './erased-peers.ts';
import { IF_ABSENT, IF_PRESENT, ifStill, together } from './expressions.ts';
import { apiKeyKey, parseShareLinkItem, revokeFrom, shareLinkItem } from './items/api-key.ts';
import { parseShareLinks, type ShareLinkList, shareLinksItem, shareLinksKey } from './items/share-links.ts';

/** Why a share link is not made: the peer has as many as it may have, or is being erased. */
export type ShareLinkRefused = 'too_many' | 'peer_erased';

/**
 * The share links of peers: the key of each, as other keys are stored, and beside it a list for each peer, which says
 * how many there are. Both change in one transaction.
 */
export class ShareLinkStore {
  readonly #table: Table;
  readonly #erased: ErasedPeers;

  constructor(table: Table) {
    this.#table = table;
    this.#erased = new ErasedPeers(table);
  }

  /** The links of a peer that were not revoked, in no particular order; some may have expired. */
  async list(peerId: string): Promise<ShareLink[]> {
    return (await this.#read(peerId)).links;
  }

  /**
   * Stores a new link.
   *
   * @returns why it was not stored, where it was not
   * @throws ConflictError, or what `isContention` knows, where others changed the list, or began to erase the peer; it
   *   may be tried again at once
   */
  async add(record: ShareLinkRecord, now: EpochMillis): Promise<ShareLinkRefused | undefined> {
    const { keyId: id, label, createdAt, expiresAtInstant } = record;
    const [peerId] = record.peers;
    const [list, { erased, unchanged }] = await Promise.all([this.#read(peerId), this.#erased.read(peerId)]);
    if (erased !== undefined && erased.erasedAt === undefined) return 'peer_erased';
    const working = workingLinks(list.links, now);
    if (working.length >= MAX_SHARE_LINKS_PER_PEER) return 'too_many';
    const link = { id, ...(label !== undefined && { label }), createdAt, expiresAtInstant };
    const { tableName: TableName } = this.#table;
    await this.#write([
      { Put: { TableName, Item: shareLinkItem(record), ...IF_ABSENT } },
      this.#replacing(peerId, list, [link, ...working]),
      unchanged,
    ]);
    return undefined;
  }

  /**
   * Revokes a link of a peer from an instant on. One that was revoked before stays revoked from then.
   *
   * @returns whether the peer has, or had, such a link
   * @throws ConflictError, or what `isContention` knows, where others changed the list; it may be tried again at once
   */
  async revoke(peerId: string, id: string, at: EpochMillis): Promise<boolean> {
    if (!isShareLinkId(id)) return false;
    const item = await getItem(this.#table, apiKeyKey(id));
    const key = item === undefined ? undefined : parseShareLinkItem(item);
    if (key === undefined || key.peers[0] !== peerId) return false;
    if (key.revokedAt !== undefined) return true;
    const { tableName: TableName } = this.#table;
    const list = await this.#read(peerId);
    const left = list.links.filter((link) => link.id !== id);
    await this.#write([
      { Update: { TableName, Key: apiKeyKey(id), ...together(revokeFrom(at), IF_PRESENT) } },
      this.#replacing(peerId, list, left),
    ]);
    return true;
  }

  async #read(peerId: string): Promise<ShareLinkList> {
    const item = await getItem(this.#table, shareLinksKey(peerId));
    return item === undefined ? { revision: 0, links: [] } : parseShareLinks(item);
  }

  #replacing(peerId: string, { revision }: ShareLinkList, links: ShareLink[]): TransactionItem {
    const Item = shareLinksItem(peerId, { revision: revision + 1, links });
    return { Put: { TableName: this.#table.tableName, Item, ...ifStill('revision', revision) } };
  }

  async #write(items: TransactionItem[]): Promise<void> {
    await transact(this.#table, items, 'the share links of the peer were changed meanwhile');
  }
}
