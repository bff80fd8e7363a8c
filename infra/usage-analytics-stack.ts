import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Alerting } from './alerting.ts';
import type { AnnouncementConsumer } from './announcement-consumer.ts';
import { Announcing } from './announcing.ts';
import { DailySnapshotting } from './daily-snapshotting.ts';
import { Exporting } from './exporting.ts';
import { ExportsBucket } from './exports-bucket.ts';
import { FigureAuditing } from './figure-auditing.ts';
import { Heartbeats } from './heartbeats.ts';
import { MessageCounting } from './message-counting.ts';
import { MetricsDashboard } from './metrics-dashboard.ts';
import { Notifying } from './notifying.ts';
import { Redriving } from './redriving.ts';
import { Reporting } from './reporting.ts';
import type { StackOutputs } from './stack-outputs.ts';
import { NOBODY, type StackSettings } from './stack-settings.ts';
import { UsageAlarms } from './usage-alarms.ts';
import { UsageEndpoint } from './usage-endpoint.ts';
import { UsageStorage } from './usage-storage.ts';

/**
 * The whole service, in the order in which a message goes through it: the endpoint puts it into the
 * messages table, whose stream feeds the counting, and the redriving with what it gave up, whose counts the snapshotting seals day by day, and the
 * endpoint answers with. Heartbeats go the same way. Then what watches over that.
 */
export class UsageAnalyticsStack extends Stack {
  /** @param account the only account that it may be deployed to, where there is one */
  constructor(scope: Construct, id: string, settings: StackSettings, account?: string) {
    super(scope, id, {
      ...(account !== undefined && { env: { account } }),
      description: 'Exact message and conversation counts per channel of an AI peer',
      terminationProtection: settings.stage === 'prod',
    });
    const storage = new UsageStorage(this, 'Storage', settings);
    const counting = new MessageCounting(this, 'Counting', { storage, settings });
    const heartbeats = new Heartbeats(this, 'Heartbeats', { storage, settings });
    const redriving = new Redriving(this, 'Redriving', { storage, counting, settings });
    const snapshotting = new DailySnapshotting(this, 'Snapshotting', { storage, settings });
    const auditing = new FigureAuditing(this, 'Auditing', { storage, settings });
    const exportsBucket = new ExportsBucket(this, 'Exports', settings);
    const announcing = new Announcing(this, 'Announcing', { storage, settings });
    const notifying = new Notifying(this, 'Notifying', { storage, settings });
    const endpoint = new UsageEndpoint(this, 'Endpoint', { storage, settings });
    const { dashboardUrl } = endpoint;
    const told = { targets: notifying.targets, dashboardUrl, storage, settings };
    const alerting = new Alerting(this, 'Alerting', { ...told, days: announcing.topic });
    const exporting = new Exporting(this, 'Exporting', {
      topic: announcing.topic,
      bucket: exportsBucket.bucket,
      storage,
      settings,
    });
    const reporting = settings.monthlyReports
      ? new Reporting(this, 'Reporting', { ...told, bucket: exportsBucket.bucket })
      : undefined;
    /** Whatever consumes announcements. */
    const consumers: AnnouncementConsumer[] = [alerting.consumer, ...exporting.consumers];
    const parts = {
      ...{ storage, counting, heartbeats, redriving, snapshotting, auditing, endpoint, settings },
      ...{ announcing, alerting, exporting, reporting, notifying },
    };
    const alarms = new UsageAlarms(this, 'Alarms', { ...parts, consumers });
    const metricsDashboard = new MetricsDashboard(this, 'Dashboard', { ...parts, alarms });

    const outputs: StackOutputs = {
      Region: this.region,
      ApiUrl: endpoint.gateway.url,
      ApiId: endpoint.gateway.id,
      DashboardUrl: `${endpoint.gateway.url}/`,
      MessagesTableName: storage.messages.tableName,
      UsageTableName: storage.usage.tableName,
      AuditTableName: storage.audit.tableName,
      MessageRetentionDays: String(settings.messageRetentionDays),
      CounterRetentionDays: String(settings.counterRetentionDays),
      FailedRecordsBucketName: counting.failedRecords.bucketName,
      CountMessagesFunctionName: counting.countMessages.functionName,
      RedriveRecordsFunctionName: redriving.redriveRecords.functionName,
      TakeDailySnapshotFunctionName: snapshotting.takeDailySnapshot.functionName,
      FailedRunsQueueUrl: snapshotting.failedRuns.queueUrl,
      DaysTopicArn: announcing.topic.topicArn,
      NotificationTopicArn: notifying.topic.topicArn,
      NotificationTargets: notifying.targets,
      AlarmTopicArn: alarms.topic.topicArn,
      AlarmSubscribers: settings.alarmSubscribers.join(', ') || NOBODY,
      ExportsBucketName: exportsBucket.bucket.bucketName,
      ExportSettings: JSON.stringify(settings.exports),
      MetricsDashboardName: metricsDashboard.name,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
