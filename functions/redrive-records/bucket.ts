import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { CLIENT_LIMITS } from '../shared/runtime/dependencies.ts';
import { FailedBatchError, type FailedBatchSource } from './failed-batches.ts';

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
 * The failed batches that Lambda put into a bucket; its other objects are left alone.
 *
 * @param problemOf says of an error that is nothing special what it means, in a line
 */
export function failedBatchesInBucket(
  bucket: string,
  objects: BucketObjects,
  problemOf: (error: Error) => string = firstLineOf,
): FailedBatchSource {
  const trying = async <Result>(what: string, work: Promise<Result>): Promise<Result> => {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const problem = PROBLEMS[error.name] ?? problemOf(error);
      throw new FailedBatchError(`${what} cannot be used: ${problem}`, { cause: error });
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

function firstLineOf(error: Error): string {
  const [line = ''] = error.message.split('\n');
  return `${error.name}: ${line}`;
}

/** The objects of a bucket, through the client of S3. */
export function objectsIn(client: S3Client, Bucket: string): BucketObjects {
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

/**
 * A client of S3, with the credentials and the region of the environment. Emulators are often at an address
 * under which names of buckets do not resolve. Only a client knows whether it was sent elsewhere: by a
 * variable of the environment, or by a profile.
 */
export async function s3Client(): Promise<S3Client> {
  const client = new S3Client({});
  try {
    const isElsewhere = (await client.config.serviceConfiguredEndpoint?.()) !== undefined;
    return new S3Client({ ...CLIENT_LIMITS, forcePathStyle: isElsewhere });
  } finally {
    client.destroy();
  }
}
