import type { Context, SQSEvent } from 'aws-lambda';
import { consumer } from '../shared/announcing/consumer.ts';
import { lambdaDependencies, lambdaVariable } from '../shared/runtime/dependencies.ts';
import { EXPORTS_BUCKET_VARIABLE } from '../shared/runtime/export-settings.ts';
import { intoBucket, s3Client } from '../shared/runtime/s3-client.ts';
import { exportToS3 } from './export-to-s3.ts';

/** Time for the calls that are under way. */
const STOP_BEFORE_MS = 25_000;

const dependencies = lambdaDependencies('export-to-s3');
const put = intoBucket(await s3Client(), lambdaVariable(EXPORTS_BUCKET_VARIABLE));
const consume = consumer(dependencies, exportToS3(dependencies, put));

export const handler = (event: SQSEvent, context: Context) =>
  consume(event, () => context.getRemainingTimeInMillis() < STOP_BEFORE_MS);
