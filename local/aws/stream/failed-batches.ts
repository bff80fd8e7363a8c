import { readdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import {
  FailedBatchError,
  type FailedBatchSource,
} from '../../../functions/redrive-records/failed-batches.ts';
import type { EpochMillis } from '../../../functions/shared/domain/utc-day.ts';
import { writeDurably } from '../../host/durable-file.ts';
import { systemCode } from '../../host/host-error.ts';
import type { FailedBatch } from './event-source-mapping.ts';

/**
 * Keeps the batches that were given up in a folder, one file each, in the shape in which Lambda writes
 * them to an S3 failure destination: with the whole event as text in `payload`.
 */
export function failedBatchFolder(
  folder: string,
  clock: () => EpochMillis,
): (failure: FailedBatch) => Promise<void> {
  return async ({ reason, attempts, records }) => {
    const timestamp = new Date(clock()).toISOString();
    const startSequenceNumber = records[0]?.dynamodb?.SequenceNumber ?? 'none';
    const document = {
      version: '1.0',
      timestamp,
      requestContext: { condition: reason, approximateInvokeCount: attempts },
      DDBStreamBatchInfo: {
        startSequenceNumber,
        endSequenceNumber: records.at(-1)?.dynamodb?.SequenceNumber ?? 'none',
        batchSize: records.length,
        streamArn: records[0]?.eventSourceARN,
      },
      payload: JSON.stringify({ Records: records }),
    };
    const name = `${timestamp.replaceAll(':', '-')}-${startSequenceNumber}.json`;
    await writeDurably(join(folder, name), `${JSON.stringify(document, null, 2)}\n`, 0o600);
  };
}

/**
 * The failed batches of a folder, those in folders within it too: the local host's, or copies of what
 * Lambda wrote to a bucket.
 */
export function failedBatchesIn(folder: string): FailedBatchSource {
  return {
    async list() {
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
    },
    read: (name) =>
      readFile(join(folder, name), 'utf8').catch((error: unknown) => Promise.reject(unusable(name, error))),
    // Somebody else may have fed it back at the same time.
    remove: (name) =>
      rm(join(folder, name), { force: true }).catch((error: unknown) =>
        Promise.reject(unusable(name, error)),
      ),
  };
}

/** What a file is called until it is complete. */
const BEING_WRITTEN = '.new';

function unusable(name: string, error: unknown): unknown {
  const code = systemCode(error);
  return code === undefined
    ? error
    : new FailedBatchError(`${name} cannot be used: ${code}`, { cause: error });
}
