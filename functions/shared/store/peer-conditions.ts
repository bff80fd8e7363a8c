import { inBatches } from '../domain/in-batches.ts';
import type { DayRange } from '../domain/interval.ts';
import type { PeerCondition, PeerConditionsSource } from '../domain/overview.ts';
import { mapConcurrently } from '../runtime/concurrency.ts';
import { BATCH_GET_LIMIT, batchGet, queryAll, type Table } from './dynamodb.ts';
import { healthSettingsOf } from './health-settings-store.ts';
import { givenUpCountKey, parseGivenUpCount } from './items/given-up-count.ts';
import { healthSettingsKey } from './items/health-settings.ts';
import type { Item } from './items/item.ts';
import { nameOfKey } from './items/keys.ts';
import { parseQuarantineCount, quarantineCounts } from './items/quarantine-count.ts';

/** So many peers and batches are read at a time. */
const CONCURRENT_READS = 32;

/**
 * Reads what is known of peers beside how much they were used: for each peer one query, and a batch for every fifty.
 * It takes a read unit and a half a peer.
 */
export class PeerConditionsReader implements PeerConditionsSource {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async read(peerIds: readonly string[], { from, to }: DayRange): Promise<PeerCondition[]> {
    const keys = peerIds.flatMap((peerId) => [healthSettingsKey(peerId), givenUpCountKey(peerId)]);
    const [batches, quarantined] = await Promise.all([
      mapConcurrently(inBatches(keys, BATCH_GET_LIMIT), CONCURRENT_READS, (batch) =>
        batchGet(this.#table, batch),
      ),
      mapConcurrently(peerIds, CONCURRENT_READS, (peerId) => this.#quarantined(peerId, from, to)),
    ]);
    const found = new Map(batches.flat().map((item): [string, Item] => [nameOfKey(item), item]));
    return peerIds.map((peerId, index) => {
      const givenUp = found.get(nameOfKey(givenUpCountKey(peerId)));
      return {
        settings: healthSettingsOf(found.get(nameOfKey(healthSettingsKey(peerId)))),
        notCounted: {
          quarantined: quarantined[index] ?? 0,
          givenUp: givenUp === undefined ? 0 : parseGivenUpCount(givenUp).messages,
        },
      };
    });
  }

  async #quarantined(peerId: string, from: string, to: string): Promise<number> {
    const days = await queryAll(this.#table, quarantineCounts(peerId, from, to));
    return days.map(parseQuarantineCount).reduce((sum, records) => sum + records, 0);
  }
}
