import { Duration, Size } from 'aws-cdk-lib';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { REPORT_SCHEDULE } from '../functions/send-reports/schedule.ts';
import { EXPORTS_BUCKET_VARIABLE, REPORTS_PREFIX } from '../functions/shared/runtime/export-settings.ts';
import {
  DASHBOARD_URL_VARIABLE,
  NOTIFICATION_TARGETS_VARIABLE,
} from '../functions/shared/runtime/notification-targets.ts';
import { REPORT_SWEEP } from '../functions/shared/store/items/sweep-progress.ts';
import { allowDeciding } from './deciding.ts';
import { explain } from './explained-exceptions.ts';
import { logicalIdOf } from './logical-id.ts';
import { runOnSchedule } from './scheduled-runs.ts';
import type { StackSettings } from './stack-settings.ts';
import { UsageFunction } from './usage-function.ts';
import type { UsageStorage } from './usage-storage.ts';

const REPORT_FILES = `${REPORTS_PREFIX}*`;

interface ReportingProps {
  /** Where reports stay. */
  bucket: Bucket;
  /** What the function reads of whom is told. */
  targets: string;
  /** Where the dashboard is. */
  dashboardUrl: string;
  storage: UsageStorage;
  settings: StackSettings;
}

/** The schedule, the function that it runs to make reports on months, and the runs that failed. */
export class Reporting extends Construct {
  readonly sendReports: UsageFunction;
  /** What asked for runs that failed, or that did not even begin. */
  readonly failedRuns: Queue;

  constructor(scope: Construct, id: string, props: ReportingProps) {
    super(scope, id);
    const { bucket, targets, dashboardUrl, storage, settings } = props;
    this.sendReports = new UsageFunction(this, 'SendReports', {
      folder: 'send-reports',
      description: 'Makes the report of every peer when a month is over',
      memory: Size.mebibytes(512),
      environment: {
        [EXPORTS_BUCKET_VARIABLE]: bucket.bucketName,
        [NOTIFICATION_TARGETS_VARIABLE]: targets,
        [DASHBOARD_URL_VARIABLE]: dashboardUrl,
      },
      storage,
      settings,
    });
    allowDeciding(this.sendReports, storage.usage.tableArn, REPORT_SWEEP);
    this.sendReports.allow(['s3:PutObject'], bucket.arnForObjects(REPORT_FILES));
    explain(this, {
      [`AwsSolutions-IAM5[Resource::<${logicalIdOf(bucket)}.Arn>/${REPORT_FILES}]`]:
        'The files of each report are objects of their own, and their names begin so.',
    });
    this.failedRuns = runOnSchedule(this, {
      handler: this.sendReports,
      minute: REPORT_SCHEDULE.minute,
      every: Duration.hours(1),
      description:
        'Runs send-reports every hour: the first run of a month makes the reports on the one before',
      settings,
    });
  }
}
