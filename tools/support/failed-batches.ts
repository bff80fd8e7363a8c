import { readdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import type { EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import { systemCode } from '../../local/host/host-error.ts';
import { ToolError } from './tool-error.ts';

/** Where the batches are that were given up, each a document of its own. */
export interface FailedBatchSource {
  /** The names of the documents. */
  list(): Promise<string[]>;
  read(name: string): Promise<string>;
  remove(name: string): Promise<void>;
}

/**
 * The failed batches of a folder, those in folders within it too: the local host's, or copies of what
 * Lambda wrote to a bucket. Its methods throw a ToolError where a file cannot be used.
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
    remove: (name) => rm(join(folder, name)).catch((error: unknown) => Promise.reject(unusable(name, error))),
  };
}

/** What the local host adds to the name of a file until it is complete. */
const BEING_WRITTEN = '.new';

function unusable(name: string, error: unknown): unknown {
  const code = systemCode(error);
  return code === undefined ? error : new ToolError(`${name} cannot be used: ${code}`, { cause: error });
}

/** A batch that was given up. */
export interface FailedBatch {
  givenUpAt: EpochMillis;
  records: DynamoDBRecord[];
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

/** Reads a document as Lambda writes it to an S3 failure destination; nothing where it is none. */
export function parseFailedBatch(text: string): FailedBatch | undefined {
  const { success, data } = z.safeParse(document, parseJson(text));
  return success ? { givenUpAt: data.timestamp, records: data.payload.Records } : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
