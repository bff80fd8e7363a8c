import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { FailedBatchesInBucket, S3Objects } from '../../functions/redrive-records/bucket.ts';
import { FailedBatchError, type FailedBatchSource } from '../../functions/redrive-records/failed-batches.ts';
import { s3Client } from '../../functions/shared/runtime/s3-client.ts';
import type { GivenUpBatches } from './given-up-batches.ts';
import type { AwsClientOptions } from './stack-data.ts';
import { problemOf } from './usage-data.ts';

/**
 * Does something with the failed batches of a bucket.
 *
 * @param options how S3 is reached; with the credentials and the region of the environment where they are left out
 */
export async function withFailedBatchesInBucket<Result>(
  bucket: string,
  options: AwsClientOptions | undefined,
  use: (source: FailedBatchSource) => Promise<Result>,
): Promise<Result> {
  return withS3(options, (client) =>
    use(new FailedBatchesInBucket(bucket, new S3Objects(client, bucket), problemOf)),
  );
}

/**
 * Does something with the batches of a bucket that may be rewritten.
 *
 * @param options how S3 is reached; with the credentials and the region of the environment where they are left out
 */
export async function withGivenUpBatchesInBucket<Result>(
  bucket: string,
  options: AwsClientOptions | undefined,
  use: (batches: GivenUpBatches) => Promise<Result>,
): Promise<Result> {
  return withS3(options, (client) => use(new BatchesInBucket(client, bucket)));
}

async function withS3<Result>(
  options: AwsClientOptions | undefined,
  use: (client: S3Client) => Promise<Result>,
): Promise<Result> {
  const client = await s3Client(options);
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}

/** What S3 calls an object that is gone, and one that has changed since it was read. */
const GONE = ['NoSuchKey', 'NotFound'];
const CHANGED = ['PreconditionFailed', 'ConditionalRequestConflict'];

class BatchesInBucket implements GivenUpBatches {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #batches: FailedBatchesInBucket;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
    this.#batches = new FailedBatchesInBucket(bucket, new S3Objects(client, bucket), problemOf);
  }

  list(): Promise<string[]> {
    return this.#batches.list();
  }

  remove(key: string): Promise<void> {
    return this.#batches.remove(key);
  }

  async read(key: string): Promise<{ text: string; version: string } | undefined> {
    try {
      const get = new GetObjectCommand({ Bucket: this.#bucket, Key: key });
      const { Body: body, ETag: version = '' } = await this.#client.send(get);
      return { text: (await body?.transformToString()) ?? '', version };
    } catch (error) {
      if (error instanceof Error && GONE.includes(error.name)) return undefined;
      throw this.#unusable(error, key, 'read');
    }
  }

  async replace(key: string, text: string, version: string): Promise<boolean> {
    try {
      await this.#client.send(
        new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: text, IfMatch: version }),
      );
      return true;
    } catch (error) {
      if (error instanceof Error && [...GONE, ...CHANGED].includes(error.name)) return false;
      throw this.#unusable(error, key, 'replaced');
    }
  }

  #unusable(error: unknown, key: string, done: 'read' | 'replaced'): unknown {
    if (!(error instanceof Error)) return error;
    const needed = done === 'read' ? 's3:GetObject' : 's3:PutObject';
    const problem =
      error.name === 'AccessDenied' ? `access is denied; ${needed} is needed` : problemOf(error);
    return new FailedBatchError(`${key} in the bucket ${this.#bucket} cannot be ${done}: ${problem}`, {
      cause: error,
    });
  }
}
