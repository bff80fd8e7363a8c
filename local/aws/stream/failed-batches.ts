import { join } from 'node:path';
import type { EpochMillis } from '../../../functions/shared/domain/utc-day.ts';
import { writeDurably } from '../../support/durable-file.ts';
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
