import { join } from 'node:path';
import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';
import { parseFailedBatch } from '../../functions/redrive-records/failed-batches.ts';
import { parseJson } from '../../functions/shared/domain/parse-json.ts';
import { FailedBatchesInFolder } from '../../local/aws/stream/failed-batches.ts';
import { readIfThere, writeDurably } from '../../local/support/durable-file.ts';
import type { ToForget } from './to-forget.ts';

/** Where the batches are that were given up, each a document of its own. */
export interface GivenUpBatches {
  /** The names of the documents. @throws FailedBatchError */
  list(): Promise<string[]>;
  /** A document, with what tells this version of it from others; nothing where it is gone. @throws FailedBatchError */
  read(name: string): Promise<{ text: string; version: string } | undefined>;
  /**
   * Replaces a document.
   *
   * @returns whether it was still there in this version
   * @throws FailedBatchError
   */
  replace(name: string, text: string, version: string): Promise<boolean>;
  /** @throws FailedBatchError */
  remove(name: string): Promise<void>;
}

/** What was taken out of the batches that were given up. */
export interface TakenOut {
  records: number;
  /** How many documents there are that are no batches, so that nobody can tell what is in them. */
  unreadable: number;
}

/** Only another one who forgets, or who feeds back, comes in between. */
const ATTEMPTS = 5;

/**
 * Takes the records of those who are to be forgotten out of the batches that were given up. A batch may be fed back at the
 * same time: it is removed then as a whole, and is not put back.
 *
 * @throws FailedBatchError where the batches cannot be used; others may have been changed before
 */
export async function takeOutOfBatches(batches: GivenUpBatches, toForget: ToForget): Promise<TakenOut> {
  const taken: TakenOut = { records: 0, unreadable: 0 };
  for (const name of await batches.list()) {
    const records = await takeOut(batches, name, toForget);
    if (records === undefined) taken.unreadable += 1;
    else taken.records += records;
  }
  return taken;
}

/** @returns how many records there were; nothing where the document is no batch */
async function takeOut(
  batches: GivenUpBatches,
  name: string,
  toForget: ToForget,
): Promise<number | undefined> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const document = await batches.read(name);
    if (document === undefined) return 0;
    const batch = parseFailedBatch(document.text);
    if (batch === undefined) return undefined;
    const left = batch.records.filter((record) => toForget.fateOf(itemOf(record)) === 'stays');
    const taken = batch.records.length - left.length;
    if (taken === 0) return 0;
    // Whoever else takes something out leaves no more than this either.
    if (left.length === 0) await batches.remove(name);
    else if (!(await batches.replace(name, withRecords(document.text, left), document.version))) continue;
    return taken;
  }
  // Its documents change each time that they are looked at.
  return undefined;
}

function itemOf({ dynamodb }: DynamoDBRecord) {
  return { keys: dynamodb?.Keys, image: dynamodb?.NewImage ?? dynamodb?.OldImage };
}

const document = z.looseObject({ payload: z.unknown() });

/** A document with other records; what it says of the batch as it was given up stays. */
function withRecords(text: string, records: readonly DynamoDBRecord[]): string {
  const whole = document.parse(parseJson(text));
  const event = { Records: records };
  const payload = typeof whole.payload === 'string' ? JSON.stringify(event) : event;
  return `${JSON.stringify({ ...whole, payload }, null, 2)}\n`;
}

/** The batches that a local host gave up. */
export function batchesInFolder(folder: string): GivenUpBatches {
  const batches = new FailedBatchesInFolder(folder);
  return {
    list: () => batches.list(),
    async read(name) {
      const text = await readIfThere(join(folder, name));
      return text === undefined ? undefined : { text, version: text };
    },
    async replace(name, text, version) {
      const file = join(folder, name);
      // One that is fed back in this very moment comes again, without these records; what was counted is recognised.
      if ((await readIfThere(file)) !== version) return false;
      await writeDurably(file, text);
      return true;
    },
    remove: (name) => batches.remove(name),
  };
}
