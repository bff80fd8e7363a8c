import type { Context } from 'aws-lambda';
import { lambdaDependencies, lambdaVariable } from '../shared/runtime/dependencies.ts';
import { s3Client } from '../shared/runtime/s3-client.ts';
import { FailedBatchesInBucket, S3Objects } from './bucket.ts';
import { redriveRecords } from './redrive-records.ts';

/** Time to end the batch that is under way, and to report. */
const STOP_BEFORE_MS = 150_000;

const bucket = lambdaVariable('FAILED_RECORDS_BUCKET');
const source = new FailedBatchesInBucket(bucket, new S3Objects(await s3Client(), bucket));
const job = redriveRecords(lambdaDependencies('redrive-records'), source);

export const handler = (_event: unknown, context: Context) =>
  job(() => context.getRemainingTimeInMillis() < STOP_BEFORE_MS);
