import { Duration } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { explain } from './explained-exceptions.ts';
import { explainPlainHttp, refusesPlainHttp } from './plain-http.ts';
import { removalPolicyOf } from './removal.ts';
import type { StackSettings } from './stack-settings.ts';

/** An upload that was broken off is of no use, and costs. */
const ABANDONED_UPLOADS_KEPT = Duration.days(1);

/** The bucket for what people take with them: reports on months, and exported days. It keeps them for ever. */
export class ExportsBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, settings: Pick<StackSettings, 'stage' | 'emulator'>) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      ...refusesPlainHttp(settings),
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: ABANDONED_UPLOADS_KEPT }],
      removalPolicy: removalPolicyOf(settings),
    });
    explainPlainHttp(this.bucket, settings);
    explain(this.bucket, {
      'AwsSolutions-S1':
        'Who reads it is up to the account: an access log in a bucket of its own, which costs and has to ' +
        'forget, is to be added where somebody does.',
    });
  }
}
