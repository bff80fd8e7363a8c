import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { PassedHeartbeats } from '../domain/heartbeat.ts';
import { inBatches } from '../domain/in-batches.ts';
import { ConflictError } from './conflict.ts';
import { getItem, isConditionFailure, type Table } from './dynamodb.ts';
import { raiseAll } from './expressions.ts';
import { PASSED_HEARTBEATS_KEY, parsePassedHeartbeats, passedAttributes } from './items/passed-heartbeats.ts';

/** A condition may have 300 operators at most, and has four for each key. */
const KEYS_PER_UPDATE = 64;
/** So often at most others may note later heartbeats of the same keys meanwhile; it takes two deliveries of a record. */
const MAX_ATTEMPTS = 3;

/** Which heartbeats have passed. All that was recorded before one of them in its lane was counted before it is noted. */
export class PassedHeartbeatsStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * The newest heartbeat of each key that has passed.
   *
   * @param consistent without it, what was noted a moment ago may be missing, which is never too much
   */
  async read({ consistent = false } = {}): Promise<PassedHeartbeats> {
    const item = await getItem(this.#table, PASSED_HEARTBEATS_KEY, consistent);
    return item === undefined ? new Map() : parsePassedHeartbeats(item);
  }

  /**
   * Notes heartbeats that have passed, in one write: of each key the newest one stays, whatever is delivered again.
   *
   * @param passed at least one
   * @returns the newest ones of all keys then
   */
  async note(passed: PassedHeartbeats): Promise<PassedHeartbeats> {
    let known: PassedHeartbeats = new Map();
    for (const batch of inBatches([...passed], KEYS_PER_UPDATE)) known = await this.#raise(new Map(batch));
    return known;
  }

  async #raise(passed: PassedHeartbeats): Promise<PassedHeartbeats> {
    let newer = passed;
    for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
      const noted = await this.#raiseIfNewer(newer);
      if (noted !== undefined) return noted;
      // The condition is one for all keys: what a record says that is delivered again was noted before.
      const known = await this.read({ consistent: true });
      newer = new Map([...newer].filter(([key, sentAt]) => sentAt > (known.get(key) ?? 0)));
      if (newer.size === 0) return known;
    }
    throw new ConflictError('later heartbeats of the same keys were noted meanwhile');
  }

  /** @returns nothing where one of them is not newer than what is known of its key */
  async #raiseIfNewer(passed: PassedHeartbeats): Promise<PassedHeartbeats | undefined> {
    const { client, tableName } = this.#table;
    try {
      const { Attributes: item = {} } = await client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: PASSED_HEARTBEATS_KEY,
          ...raiseAll(passedAttributes(passed)),
          ReturnValues: 'ALL_NEW',
        }),
      );
      return parsePassedHeartbeats(item);
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      return undefined;
    }
  }
}
