import { createHash } from 'node:crypto';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { ArchivedSpan } from '../domain/archive.ts';
import type { DailyCounter, DailyCounterKey } from '../domain/daily-counter.ts';
import type { Fingerprint } from '../domain/dedupe-window.ts';
import { inBatches } from '../domain/in-batches.ts';
import { mapConcurrently } from '../runtime/concurrency.ts';
import { ArchiveSearch, type SoughtMessage } from './archive-search.ts';
import { ConflictError } from './conflict.ts';
import {
  batchGet,
  queryAll,
  queryPages,
  readBetweenTransactions,
  readTogether,
  type Table,
} from './dynamodb.ts';
import { inPartition, KEYS_ONLY, together } from './expressions.ts';
import {
  archivedWindowKey,
  archivedWindowsPartition,
  isShareMarker,
  parseStoredWindow,
  type Share,
  type StoredWindow,
  shareMarkerItem,
  shareWindowItem,
  windowsOfShare,
} from './items/archived-window.ts';
import { dailyCounterKey } from './items/daily-counter.ts';
import type { Item } from './items/item.ts';

/** What a look into the archived windows of a counter found. */
export interface ArchiveLook {
  /** Those of the messages that the windows hold. */
  found: Set<Fingerprint>;
  /** Where so many windows have to be read for a message that it pays to split them. */
  crowded: Share[];
}

const CONCURRENT_QUERIES = 16;
const CONCURRENT_WRITES = 8;
/** Most windows that are split at a time: with more, a look that finds very many would take long. */
const SPLIT_AT_ONCE = 128;
/** So many fingerprints at most are in a window that a split makes: it stays within 4 KB, which is a read unit. */
const MOST_IN_SHARE = 450;
/** So many digits of a hash name the windows that a split makes, and so many tell those of one share apart. */
const NAME_DIGITS = 16;
const INDEX_DIGITS = 4;

/** The archived windows of daily counters. */
export class ArchivedWindows {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * Looks for messages in the archived windows of a counter, of which it reads those that cover their times, and no
   * others.
   *
   * @param counter as it was read
   * @param windowsTogether more windows than these make a stretch, or a share of one, crowded
   * @throws ConflictError where the windows that were archived last have been moved since the counter was read, or a
   *   message was counted since; what `isContention` knows, while windows are archived; MalformedItemError
   */
  async look(
    counter: DailyCounter,
    sought: readonly SoughtMessage[],
    windowsTogether: number,
  ): Promise<ArchiveLook> {
    const search = new ArchiveSearch(counter, sought);
    for (let looks = search.looks(); looks.length > 0; looks = search.furtherLooks()) {
      await mapConcurrently(looks, CONCURRENT_QUERIES, async (look) => {
        for await (const page of queryPages(this.#table, { ...look.query, ConsistentRead: true })) {
          search.take(look, page);
        }
      });
    }
    const unseen = search.unseen();
    const awaited = await this.awaited(counter, unseen);
    search.takeWindows(awaited);
    // Of the step that archived a window, the counter may not be seen yet: nobody may rely on what it counts.
    if (awaited.length < unseen.length || search.isAhead) await this.#checkIsSame(counter);
    return { found: search.found, crowded: search.crowded(windowsTogether) };
  }

  /**
   * Looks for messages in the windows that a counter has archived since they were looked for.
   *
   * @param counter as it was seen now
   * @param known how many windows it had archived when they were looked for before
   * @throws as `look` does
   */
  async lookBehind(
    counter: DailyCounter,
    known: number,
    sought: readonly SoughtMessage[],
    windowsTogether: number,
  ): Promise<ArchiveLook> {
    const { windows, last } = counter.archive;
    const before = (counter.archivedBefore ?? []).filter(({ number }) => number >= known);
    // Where the counter does not name all of them they are looked for as all others are.
    if (before.length + last.length < windows - known) return this.look(counter, sought, windowsTogether);
    const search = new ArchiveSearch(counter, sought);
    const settled = search.mayHold(before);
    const keys = settled.map((span) => archivedWindowKey(counter, span));
    const found = await batchGet(this.#table, keys, { ConsistentRead: true });
    // One of them was split meanwhile, or has expired.
    if (found.length < keys.length) return this.look(counter, sought, windowsTogether);
    search.takeWindows(found);
    const unseen = search.unseen().filter(({ number }) => number >= known);
    const awaited = await this.awaited(counter, unseen);
    search.takeWindows(awaited);
    if (awaited.length < unseen.length) await this.#checkIsSame(counter);
    return { found: search.found, crowded: [] };
  }

  /**
   * @throws ConflictError where the counter has changed, so that its windows may be elsewhere by now, or are lost; what
   *   `isContention` knows, while it is changed together with others
   */
  async #checkIsSame({ version, ...key }: DailyCounter): Promise<void> {
    const item = await readBetweenTransactions(this.#table, dailyCounterKey(key));
    if (item?.['version'] !== version) {
      throw new ConflictError('the counter was changed while its archived windows were looked into');
    }
  }

  /**
   * Splits the windows of a stretch, or of a share of one, by the next digit of their fingerprints. Whoever looks
   * finds every fingerprint at any time: what is new is there before the marker is, and the marker, which is read
   * behind the windows, before any of them goes. It may be done by several at a time, and each may end anywhere.
   *
   * @param counter as it was read. The windows that it archived last stay where they are: whoever has seen it expects
   *   them there
   */
  async split(counter: DailyCounter, share: Share): Promise<void> {
    const items = await queryAll(this.#table, { ...windowsOfShare(counter, share), ConsistentRead: true });
    const { archive, keepUntil } = counter;
    const settled = archive.windows - archive.last.length;
    const windows = items
      .filter((item) => !isShareMarker(item))
      .map(parseStoredWindow)
      .filter(({ number = -1 }) => number < settled)
      .slice(0, SPLIT_AT_ONCE);
    const made = sharesOf(share, windows).map(({ to, name, fingerprints }) =>
      shareWindowItem(counter, to, name, fingerprints, keepUntil),
    );
    const marker = shareMarkerItem(counter, share, keepUntil);
    await this.#putAll(made);
    await this.#putAll([marker]);
    const pk = archivedWindowsPartition(counter);
    const isThere = await this.#isThere(counter);
    await this.#remove(isThere ? windows.map(({ sk }) => ({ pk, sk })) : [marker, ...made]);
  }

  /**
   * Puts back what leads to windows that a split made. Where a split is under way, whoever looks finds all it looks for,
   * as the windows that are being split are looked into as well.
   */
  async markSplit(counter: DailyCounter, shares: readonly Share[]): Promise<void> {
    const markers = shares.map((share) => shareMarkerItem(counter, share, counter.keepUntil));
    await this.#putAll(markers);
    if (markers.length > 0 && !(await this.#isThere(counter))) await this.#remove(markers);
  }

  /** Of a counter that was removed, with its channel or its peer, nothing may be left behind. */
  async #isThere(counter: DailyCounterKey): Promise<boolean> {
    return (await readBetweenTransactions(this.#table, dailyCounterKey(counter))) !== undefined;
  }

  /** Removes all archived windows of a counter. @returns how many there were, with what split ones leave */
  async removeAll(key: DailyCounterKey): Promise<number> {
    const all = { ...together(inPartition(archivedWindowsPartition(key)), KEYS_ONLY), ConsistentRead: true };
    let removed = 0;
    for await (const page of queryPages(this.#table, all)) {
      await this.#remove(page);
      removed += page.length;
    }
    return removed;
  }

  async #remove(items: readonly Item[]): Promise<void> {
    const { client, tableName } = this.#table;
    await mapConcurrently(items, CONCURRENT_WRITES, ({ pk, sk }) =>
      client.send(new DeleteCommand({ TableName: tableName, Key: { pk, sk } })),
    );
  }

  /**
   * Waits until windows that a transaction has archived are there for everybody: while it is made, a plain read may
   * see the counter changed, and not yet its windows.
   *
   * @returns those that are there
   * @throws what `isContention` knows
   */
  async awaited(counter: DailyCounter, spans: readonly ArchivedSpan[]): Promise<Item[]> {
    if (spans.length === 0) return [];
    const keys = spans.map((span) => archivedWindowKey(counter, span));
    const items = await readTogether(this.#table, keys);
    return items.filter((item) => item !== undefined);
  }

  async #putAll(items: readonly Item[]): Promise<void> {
    const { client, tableName } = this.#table;
    await mapConcurrently(items, CONCURRENT_WRITES, (item) =>
      client.send(new PutCommand({ TableName: tableName, Item: item })),
    );
  }
}

/** The windows that take the place of others in the shares of a share. */
function sharesOf(
  share: Share,
  windows: readonly StoredWindow[],
): { to: Share; name: string; fingerprints: readonly Fingerprint[] }[] {
  // What is in them follows from the windows that they are made of: made again, they are the same.
  const hash = createHash('sha256').update(windows.map(({ sk }) => sk).join());
  const name = hash.digest('hex').slice(0, NAME_DIGITS);
  const position = share.digits.length;
  // What another split left half done is there twice.
  const all = new Set(windows.flatMap(({ fingerprints }) => fingerprints));
  const byDigit = Map.groupBy(all, (fingerprint) => fingerprint.slice(position, position + 1));
  return [...byDigit].flatMap(([digit, ofDigit]) =>
    inBatches(ofDigit, MOST_IN_SHARE).map((fingerprints, index) => ({
      to: { ...share, digits: share.digits + digit },
      name: `${name}${index.toString(16).padStart(INDEX_DIGITS, '0')}`,
      fingerprints,
    })),
  );
}
