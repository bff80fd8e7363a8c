import { readdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import {
  FailedBatchError,
  type FailedBatchSource,
} from '../../../functions/redrive-records/failed-batches.ts';
import type { EpochMillis } from '../../../functions/shared/domain/utc-day.ts';
import { systemCode } from '../../../functions/shared/runtime/error-text.ts';
import { BEING_WRITTEN, writeDurably } from '../../support/durable-file.ts';
import type { FailedBatch } from './event-source-mapping.ts';

/**
 * Keeps the batches that were given up in a folder, one file each, in the shape in which Lambda writes
 * them to an S3 failure destination: with the whole event as text in `payload`.
 */
export class FailedBatchFolder {
  readonly #folder: string;
  readonly #clock: () => EpochMillis;

  constructor(folder: string, clock: () => EpochMillis) {
    this.#folder = folder;
    this.#clock = clock;
  }

  async add(batch: FailedBatch): Promise<void> {
    const document = failedBatchDocument(batch, this.#clock());
    const { timestamp, DDBStreamBatchInfo: info } = document;
    const name = `${timestamp.replaceAll(':', '-')}-${info.startSequenceNumber}.json`;
    await writeDurably(join(this.#folder, name), `${JSON.stringify(document, null, 2)}\n`);
  }
}

/** A batch that was given up, as Lambda writes it to an S3 failure destination. */
export function failedBatchDocument({ reason, attempts, records }: FailedBatch, now: EpochMillis) {
  return {
    version: '1.0',
    timestamp: new Date(now).toISOString(),
    requestContext: { condition: reason, approximateInvokeCount: attempts },
    DDBStreamBatchInfo: {
      startSequenceNumber: records[0]?.dynamodb?.SequenceNumber ?? 'none',
      endSequenceNumber: records.at(-1)?.dynamodb?.SequenceNumber ?? 'none',
      batchSize: records.length,
      streamArn: records[0]?.eventSourceARN,
    },
    payload: JSON.stringify({ Records: records }),
  };
}

/**
 * The failed batches of a folder, those in folders within it too: the local host's, or copies of what
 * Lambda wrote to a bucket.
 */
export class FailedBatchesInFolder implements FailedBatchSource {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async list(): Promise<string[]> {
    const folder = this.#folder;
    try {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile() && !entry.name.endsWith(BEING_WRITTEN))
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
        .sort();
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw unusable(folder, error);
    }
  }

  async read(name: string): Promise<string> {
    try {
      return await readFile(join(this.#folder, name), 'utf8');
    } catch (error) {
      throw unusable(name, error);
    }
  }

  async remove(name: string): Promise<void> {
    try {
      // Somebody else may have fed it back at the same time.
      await rm(join(this.#folder, name), { force: true });
    } catch (error) {
      throw unusable(name, error);
    }
  }
}

function unusable(name: string, error: unknown): unknown {
  const code = systemCode(error);
  return code === undefined
    ? error
    : new FailedBatchError(`${name} cannot be used: ${code}`, { cause: error });
}
