import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import { errorInALine } from '../shared/runtime/error-text.ts';
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

/** The failed batches that Lambda put into a bucket; its other objects are left alone. */
export class FailedBatchesInBucket implements FailedBatchSource {
  readonly #bucket: string;
  readonly #objects: BucketObjects;
  readonly #problemOf: (error: Error) => string;

  /** @param problemOf says of an error that is nothing special what it means, in a line */
  constructor(bucket: string, objects: BucketObjects, problemOf: (error: Error) => string = errorInALine) {
    this.#bucket = bucket;
    this.#objects = objects;
    this.#problemOf = problemOf;
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
      if (!(error instanceof Error)) throw error;
      const what = `${key === undefined ? '' : `${key} in `}the bucket ${this.#bucket}`;
      const problem = PROBLEMS[error.name] ?? this.#problemOf(error);
      throw new FailedBatchError(`${what} cannot be used: ${problem}`, { cause: error });
    }
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  NoSuchBucket: 'there is no such bucket',
  NoSuchKey: 'it is gone; was it taken by somebody else?',
  AccessDenied: 'access is denied; s3:ListBucket, s3:GetObject and s3:DeleteObject are needed',
};

/** The objects of a bucket, through the client of S3. */
export class S3Objects implements BucketObjects {
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
