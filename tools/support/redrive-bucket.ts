import { FailedBatchesInBucket, S3Objects, s3Client } from '../../functions/redrive-records/bucket.ts';
import type { FailedBatchSource } from '../../functions/redrive-records/failed-batches.ts';
import { problemOf } from './usage-data.ts';

/** Does something with the failed batches of a bucket, with the credentials and the region of the environment. */
export async function withFailedBatchesInBucket<Result>(
  bucket: string,
  use: (source: FailedBatchSource) => Promise<Result>,
): Promise<Result> {
  const client = await s3Client();
  try {
    return await use(new FailedBatchesInBucket(bucket, new S3Objects(client, bucket), problemOf));
  } finally {
    client.destroy();
  }
}
