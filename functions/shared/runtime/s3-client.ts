import { PutObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { CLIENT_LIMITS } from './dependencies.ts';

/**
 * A client of S3. Emulators are often at an address under which names of buckets do not resolve. Only a client
 * knows whether it was sent elsewhere: by a variable of the environment, or by a profile.
 *
 * @param options what it is given besides; the credentials and the region of the environment where they are left out
 */
export async function s3Client(options: S3ClientConfig = {}): Promise<S3Client> {
  const client = new S3Client(options);
  try {
    const isElsewhere =
      options.endpoint !== undefined || (await client.config.serviceConfiguredEndpoint?.()) !== undefined;
    return new S3Client({ ...CLIENT_LIMITS, ...options, forcePathStyle: isElsewhere });
  } finally {
    client.destroy();
  }
}

/** Puts an object, in the place of the one that has its key. */
export type PutObject = (key: string, body: string, contentType: string) => Promise<void>;

/** Puts objects into a bucket. */
export function intoBucket(client: S3Client, bucket: string): PutObject {
  return async (key, body, contentType) => {
    await client.send(
      new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: contentType }),
    );
  };
}
