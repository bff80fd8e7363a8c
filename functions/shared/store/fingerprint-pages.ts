import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { DailyCounter, DailyCounterKey } from '../domain/daily-counter.ts';
import type { Fingerprint } from '../domain/dedupe-window.ts';
import type { FingerprintPage, FingerprintSource } from '../domain/fingerprint-page.ts';
import type { Waiting } from '../runtime/waiting.ts';
import { ArchivedWindows } from './archived-windows.ts';
import { getItem, type Table } from './dynamodb.ts';
import { inPartition } from './expressions.ts';
import { archivedWindowsPartition, isShareMarker, parseStoredWindow } from './items/archived-window.ts';
import { dailyCounterKey, parseDailyCounter } from './items/daily-counter.ts';
import { retryOnConflict } from './retry-on-conflict.ts';

/** So many archived windows are on a page: each has 450 fingerprints at most, unless they came in one window. */
const WINDOWS_PER_PAGE = 8;

/**
 * The fingerprints of a counter: first those in itself, then its archived windows in the order of their keys. What is
 * archived or split while somebody reads goes to windows behind, or was read: so none is passed over, and some are
 * read twice.
 */
export class FingerprintPages implements FingerprintSource {
  readonly #table: Table;
  readonly #windows: ArchivedWindows;
  readonly #waiting: Waiting;

  constructor(table: Table, waiting: Waiting) {
    this.#table = table;
    this.#windows = new ArchivedWindows(table);
    this.#waiting = waiting;
  }

  async page(key: DailyCounterKey, after?: string): Promise<FingerprintPage> {
    const counter = await retryOnConflict(this.#waiting, () => this.#counter(key, after === undefined));
    if (counter === undefined) return { isKept: false, fingerprints: [] };
    const own = after === undefined ? (counter.window?.fingerprints ?? []) : [];
    const { client, tableName } = this.#table;
    const pk = archivedWindowsPartition(key);
    const { Items: items = [], LastEvaluatedKey: last } = await client.send(
      new QueryCommand({
        ...{ TableName: tableName, ...inPartition(pk) },
        ConsistentRead: true,
        Limit: WINDOWS_PER_PAGE,
        ...(after !== undefined && { ExclusiveStartKey: { pk, sk: after } }),
      }),
    );
    const archived = items.filter((item) => !isShareMarker(item)).map(parseStoredWindow);
    const all = new Set<Fingerprint>([...own, ...archived.flatMap(({ fingerprints }) => fingerprints)]);
    return {
      isKept: true,
      fingerprints: [...all],
      ...(last !== undefined && { next: String(last['sk']) }),
    };
  }

  /** @param isFirst whether all that it has archived has to be there for everybody */
  async #counter(key: DailyCounterKey, isFirst: boolean): Promise<DailyCounter | undefined> {
    const item = await getItem(this.#table, dailyCounterKey(key));
    if (item === undefined) return undefined;
    const counter = parseDailyCounter(key, item);
    if (isFirst) await this.#windows.awaited(counter, counter.archive.last);
    return counter;
  }
}
