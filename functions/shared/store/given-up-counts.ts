import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { queryAll, type Table } from './dynamodb.ts';
import {
  ALL_GIVEN_UP_COUNTS,
  givenUpCountItem,
  givenUpCountKey,
  parseGivenUpCount,
} from './items/given-up-count.ts';

/** How many messages of each peer wait in batches that were given up. */
export class GivenUpCounts {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * Stores what a run has found that fed back what it could.
   *
   * @param found of each peer that has some
   * @param isAll whether there may be no others: else no number becomes smaller
   */
  async replace(found: ReadonlyMap<string, number>, isAll: boolean): Promise<void> {
    const { client, tableName } = this.#table;
    const items = await queryAll(this.#table, { ...ALL_GIVEN_UP_COUNTS, ConsistentRead: true });
    const known = new Map(items.map(parseGivenUpCount).map(({ peerId, messages }) => [peerId, messages]));
    for (const [peerId, messages] of found) {
      const before = known.get(peerId) ?? 0;
      if (messages === before || (messages < before && !isAll)) continue;
      await client.send(new PutCommand({ TableName: tableName, Item: givenUpCountItem(peerId, messages) }));
    }
    if (!isAll) return;
    for (const peerId of known.keys()) {
      if (found.has(peerId)) continue;
      await client.send(new DeleteCommand({ TableName: tableName, Key: givenUpCountKey(peerId) }));
    }
  }
}
