import { FailedBatchesInBucket, S3Objects, s3Client } from '../../functions/redrive-records/bucket.ts';
import type { FailedBatchSource } from '../../functions/redrive-records/failed-batches.ts';
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
  const client = await s3Client(options);
  try {
    return await use(new FailedBatchesInBucket(bucket, new S3Objects(client, bucket), problemOf));
  } finally {
    client.destroy();
  }
}
