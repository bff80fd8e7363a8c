import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { getItem, type Table } from './dynamodb.ts';
import {
  parseSweepProgress,
  type SweepProgress,
  sweepProgressItem,
  sweepProgressKey,
} from './items/sweep-progress.ts';

/** How far a job has come that does something once for every peer in a period, so that the next run goes on there. */
export class SweepProgressStore {
  readonly #table: Table;
  readonly #job: string;

  /** @param job its name, which no other one has */
  constructor(table: Table, job: string) {
    this.#table = table;
    this.#job = job;
  }

  /** The progress in a lane, for whichever period it was made last. */
  async read(lane: number): Promise<SweepProgress | undefined> {
    const item = await getItem(this.#table, sweepProgressKey(this.#job, lane));
    return item && parseSweepProgress(item);
  }

  /**
   * Stores the progress in a lane. Of two runs at a time the last one to store wins: what each of them says holds, so
   * that at worst something is done again.
   */
  async store(lane: number, progress: SweepProgress): Promise<void> {
    const { client, tableName } = this.#table;
    const item = sweepProgressItem(this.#job, lane, progress);
    await client.send(new PutCommand({ TableName: tableName, Item: item }));
  }
}
