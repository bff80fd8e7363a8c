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
export class FailedBatchesInBucket implements FailedBatchSource {
  readonly #bucket: string;
  readonly #objects: BucketObjects;

  constructor(bucket: string, objects: BucketObjects) {
    this.#bucket = bucket;
    this.#objects = objects;
  }

  async list(): Promise<string[]> {
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.#usable(this.#objects.listPage(LAMBDA_PREFIX, token));
      keys.push(...page.keys);
      token = page.next;
    } while (token !== undefined);
    return keys;
  }

  read(key: string): Promise<string> {
    return this.#usable(this.#objects.get(key), key);
  }

  remove(key: string): Promise<void> {
    return this.#usable(this.#objects.delete(key), key);
  }

  async #usable<Result>(work: Promise<Result>, key?: string): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      throw unusable(`${key === undefined ? '' : `${key} in `}the bucket ${this.#bucket}`, error);
    }
  }
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
    return await use(new FailedBatchesInBucket(bucket, new S3Objects(client, bucket)));
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

class S3Objects implements BucketObjects {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async listPage(prefix: string, token: string | undefined): Promise<KeyPage> {
    const { Contents: objects = [], NextContinuationToken: next } = await this.#client.send(
      new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, ContinuationToken: token }),
    );
    return { keys: objects.flatMap(({ Key: key }) => key ?? []), next };
  }

  async get(key: string): Promise<string> {
    const { Body: body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
    return body === undefined ? '' : body.transformToString();
  }

  async delete(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key }));
  }
}
