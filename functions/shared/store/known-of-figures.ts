import type { KnownOfFigures, KnownOfFiguresSource } from '../domain/trust.ts';
import type { UtcDay } from '../domain/utc-day.ts';
import { batchGet, queryAll, type Table } from './dynamodb.ts';
import { auditedFiguresKey, parseAuditedFigures } from './items/audited-figures.ts';
import { givenUpCountKey, parseGivenUpCount } from './items/given-up-count.ts';
import { parseQuarantineCount, quarantineCounts } from './items/quarantine-count.ts';

/**
 * Reads how many messages of a peer are not counted, and what its last audit has found, in one query and one batch: a
 * read unit and a half together.
 */
export class KnownOfFiguresReader implements KnownOfFiguresSource {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async read(peerId: string, from: UtcDay, to: UtcDay): Promise<KnownOfFigures> {
    const [givenUpKey, auditedKey] = [givenUpCountKey(peerId), auditedFiguresKey(peerId)];
    const [days, items] = await Promise.all([
      queryAll(this.#table, quarantineCounts(peerId, from, to)),
      batchGet(this.#table, [givenUpKey, auditedKey]),
    ]);
    const givenUp = items.find(({ pk }) => pk === givenUpKey.pk);
    const audited = items.find(({ pk }) => pk === auditedKey.pk);
    return {
      notCounted: {
        quarantined: days.map(parseQuarantineCount).reduce((sum, records) => sum + records, 0),
        givenUp: givenUp === undefined ? 0 : parseGivenUpCount(givenUp).messages,
      },
      ...(audited !== undefined && { audited: parseAuditedFigures(audited) }),
    };
  }
}
