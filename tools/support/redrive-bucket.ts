import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import type { FailedBatchSource } from './failed-batches.ts';
import { ToolError } from './tool-error.ts';
import { problemOf } from './usage-data.ts';

/** Lambda begins the names of all objects so that it puts into a failure destination. */
const LAMBDA_PREFIX = 'aws/lambda/';

/** What is done with the objects of one bucket. */
export interface BucketObjects {
  /** Some of the keys that begin so, and the token that leads to more of them, where there are more. */
  listPage(prefix: string, token: string | undefined): Promise<KeyPage>;
  get(key: string): Promise<string>;
  delete(key: string): Promise<void>;
}

export interface KeyPage {
  keys: string[];
  next: string | undefined;
}

/**
 * The failed batches that Lambda put into a bucket; its other objects are left alone. The methods throw a
 * ToolError where the bucket or an object cannot be used.
 */
export function failedBatchesInBucket(bucket: string, objects: BucketObjects): FailedBatchSource {
  const trying = async <Result>(what: string, work: Promise<Result>): Promise<Result> => {
    try {
      return await work;
    } catch (error) {
      throw unusable(what, error);
    }
  };
  return {
    async list() {
      const keys: string[] = [];
      let token: string | undefined;
      do {
        const page = await trying(`the bucket ${bucket}`, objects.listPage(LAMBDA_PREFIX, token));
        keys.push(...page.keys);
        token = page.next;
      } while (token !== undefined);
      return keys;
    },
    read: (key) => trying(`${key} in the bucket ${bucket}`, objects.get(key)),
    remove: (key) => trying(`${key} in the bucket ${bucket}`, objects.delete(key)),
  };
}

const PROBLEMS: Readonly<Record<string, string>> = {
  NoSuchBucket: 'there is no such bucket',
  NoSuchKey: 'it is gone; was it taken by somebody else?',
  AccessDenied: 'access is denied; s3:ListBucket, s3:GetObject and s3:DeleteObject are needed',
};

function unusable(what: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return new ToolError(`${what} cannot be used: ${PROBLEMS[error.name] ?? problemOf(error)}`, {
    cause: error,
  });
}

/** Does something with the failed batches of a bucket, with the credentials and the region of the environment. */
export async function withFailedBatchesInBucket<Result>(
  bucket: string,
  use: (source: FailedBatchSource) => Promise<Result>,
): Promise<Result> {
  const client = new S3Client(await addressing());
  try {
    return await use(failedBatchesInBucket(bucket, objectsIn(client, bucket)));
  } finally {
    client.destroy();
  }
}

/**
 * Emulators are often at an address under which names of buckets do not resolve. Only a client knows
 * whether it was sent elsewhere: by a variable of the environment, or by a profile.
 */
async function addressing(): Promise<S3ClientConfig> {
  const client = new S3Client({});
  try {
    return { forcePathStyle: (await client.config.serviceConfiguredEndpoint?.()) !== undefined };
  } finally {
    client.destroy();
  }
}

function objectsIn(client: S3Client, Bucket: string): BucketObjects {
  return {
    async listPage(Prefix, ContinuationToken) {
      const { Contents = [], NextContinuationToken: next } = await client.send(
        new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }),
      );
      return { keys: Contents.flatMap(({ Key }) => Key ?? []), next };
    },
    async get(Key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      return Body === undefined ? '' : Body.transformToString();
    },
    async delete(Key) {
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
    },
  };
}
