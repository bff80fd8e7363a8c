import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { parseJson } from '../shared/domain/parse-json.ts';
import type { EpochMillis } from '../shared/domain/utc-day.ts';

/** Where the batches are that were given up, each a document of its own. */
export interface FailedBatchSource {
  /** The names of the documents. @throws FailedBatchError */
  list(): Promise<string[]>;
  /** @throws FailedBatchError */
  read(name: string): Promise<string>;
  /** @throws FailedBatchError */
  remove(name: string): Promise<void>;
}

/** A document, or the place where documents are, cannot be used; the message says why, in a line. */
export class FailedBatchError extends Error {
  override name = 'FailedBatchError';
}

/** A batch that was given up. */
export interface FailedBatch {
  givenUpAt: EpochMillis;
  records: DynamoDBRecord[];
}

// Each record is parsed by what counts it, which quarantines what it cannot understand.
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

/** Reads a document as Lambda writes it to an S3 failure destination; nothing where it is none. */
export function parseFailedBatch(text: string): FailedBatch | undefined {
  const { success, data } = z.safeParse(document, parseJson(text));
  return success ? { givenUpAt: data.timestamp, records: data.payload.Records } : undefined;
}
