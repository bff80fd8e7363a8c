import type { NotCounted, NotCountedSource } from '../domain/trust.ts';
import type { UtcDay } from '../domain/utc-day.ts';
import { getItem, queryAll, type Table } from './dynamodb.ts';
import { givenUpCountKey, parseGivenUpCount } from './items/given-up-count.ts';
import { parseQuarantineCount, quarantineCounts } from './items/quarantine-count.ts';

/** Reads how many messages of a peer are not counted, in one query and one read: a read unit together. */
export class NotCountedReader implements NotCountedSource {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async read(peerId: string, from: UtcDay, to: UtcDay): Promise<NotCounted> {
    const [days, givenUp] = await Promise.all([
      queryAll(this.#table, quarantineCounts(peerId, from, to)),
      getItem(this.#table, givenUpCountKey(peerId), false),
    ]);
    return {
      quarantined: days.map(parseQuarantineCount).reduce((sum, records) => sum + records, 0),
      givenUp: givenUp === undefined ? 0 : parseGivenUpCount(givenUp).messages,
    };
  }
}
