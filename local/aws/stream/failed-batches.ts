import { join } from 'node:path';
import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { parseJson } from '../../../functions/shared/domain/parse-json.ts';
import type { EpochMillis } from '../../../functions/shared/domain/utc-day.ts';
import { writeDurably } from '../../support/durable-file.ts';
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

  async add({ reason, attempts, records }: FailedBatch): Promise<void> {
    const timestamp = new Date(this.#clock()).toISOString();
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
    await writeDurably(join(this.#folder, name), `${JSON.stringify(document, null, 2)}\n`, 0o600);
  }
}

// Each record is parsed by the function that counts it, which quarantines what it cannot understand.
const streamRecord = z.custom<DynamoDBRecord>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'a record must be an object',
);

const event = z.object({ Records: z.array(streamRecord) });

const document = z.object({
  timestamp: z.pipe(
    z.iso.datetime({ offset: true }),
    z.transform((text: string): EpochMillis => Date.parse(text)),
  ),
  // Lambda writes the event as text; what somebody took apart to look at it is good all the same.
  payload: z.pipe(
    z.transform((payload: unknown) => (typeof payload === 'string' ? parseJson(payload) : payload)),
    event,
  ),
});

/**
 * Reads a document as Lambda writes it to an S3 failure destination; nothing where it is none.
 *
 * @returns when the batch was given up, and its records
 */
export function parseFailedBatch(
  text: string,
): (Pick<FailedBatch, 'records'> & { givenUpAt: EpochMillis }) | undefined {
  const { success, data } = z.safeParse(document, parseJson(text));
  return success ? { givenUpAt: data.timestamp, records: data.payload.Records } : undefined;
}
