import { CfnResource, Stack } from 'aws-cdk-lib';
import type { Bucket } from 'aws-cdk-lib/aws-s3';

/** What a template calls a bucket. */
export function logicalIdOf(bucket: Bucket): string {
  const { defaultChild } = bucket.node;
  if (!CfnResource.isCfnResource(defaultChild)) throw new Error('a bucket is not made of a bucket');
  return Stack.of(bucket).getLogicalId(defaultChild);
}
