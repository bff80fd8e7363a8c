import { Size } from 'aws-cdk-lib';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import {
  EXPORTS_BUCKET_VARIABLE,
  GOOGLE_ANALYTICS_VARIABLE,
  MIXPANEL_VARIABLE,
} from '../functions/shared/runtime/export-settings.ts';
import { ANALYTICS_GAPS_PREFIX } from '../functions/shared/store/items/analytics-gap.ts';
import { PEER_PARTITIONS_PREFIX } from '../functions/shared/store/items/keys.ts';
import { REFUSED_ROWS_PREFIX } from '../functions/shared/store/items/refused-row.ts';
import { AnnouncementConsumer } from './announcement-consumer.ts';
import type { FunctionFolder } from './bundling.ts';
import { explain } from './explained-exceptions.ts';
import { logicalIdOf } from './logical-id.ts';
import { allowParameters } from './secret-parameters.ts';
import type { StackSettings } from './stack-settings.ts';
import { UsageFunction } from './usage-function.ts';
import { onlyWhereBegins } from './usage-partitions.ts';
import type { UsageStorage } from './usage-storage.ts';

/** The functions that there are only where settings say where to export to. */
const EXPORT_FOLDERS = [
  'export-to-s3',
  'export-to-mixpanel',
  'export-to-google-analytics',
] as const satisfies readonly FunctionFolder[];
export type ExportFolder = (typeof EXPORT_FOLDERS)[number];

/** What the names of exported days begin with. */
const EXPORTED_DAYS = 'day=*';

interface ExportingProps {
  storage: UsageStorage;
  /** The topic of days. */
  topic: Topic;
  /** What days are put into, beside reports. */
  bucket: Bucket;
  settings: StackSettings;
}

/** The functions that bring each day to where settings say, each with its own queue of announcements. */
export class Exporting extends Construct {
  readonly functions: Readonly<Partial<Record<ExportFolder, UsageFunction>>>;
  readonly consumers: readonly AnnouncementConsumer[];

  constructor(scope: Construct, id: string, props: ExportingProps) {
    super(scope, id);
    const { s3, mixpanel, googleAnalytics } = props.settings.exports;
    this.functions = {
      ...(s3 && { 'export-to-s3': this.#toS3(props) }),
      ...(mixpanel && { 'export-to-mixpanel': this.#toMixpanel(props, mixpanel) }),
      ...(googleAnalytics && {
        'export-to-google-analytics': this.#toGoogleAnalytics(props, googleAnalytics),
      }),
    };
    this.consumers = Object.values(this.functions).map(
      (handler) =>
        new AnnouncementConsumer(this, `${handler.node.id}Days`, {
          topic: props.topic,
          handler,
          settings: props.settings,
        }),
    );
  }

  #toS3(props: ExportingProps): UsageFunction {
    const { storage, bucket } = props;
    const handler = this.#function(props, 'export-to-s3', 'S3', {
      [EXPORTS_BUCKET_VARIABLE]: bucket.bucketName,
    });
    handler.allow(['dynamodb:Query'], storage.usage.tableArn, onlyWhereBegins(PEER_PARTITIONS_PREFIX));
    handler.allow(['s3:PutObject'], bucket.arnForObjects(EXPORTED_DAYS));
    explain(this, {
      [`AwsSolutions-IAM5[Resource::<${logicalIdOf(bucket)}.Arn>/${EXPORTED_DAYS}]`]:
        'Each day of each peer is an object of its own, and their names begin so.',
    });
    return handler;
  }

  #toMixpanel(
    props: ExportingProps,
    mixpanel: NonNullable<StackSettings['exports']['mixpanel']>,
  ): UsageFunction {
    const { tableArn } = props.storage.usage;
    const handler = this.#function(props, 'export-to-mixpanel', 'Mixpanel', {
      [MIXPANEL_VARIABLE]: JSON.stringify(mixpanel),
    });
    handler.allow(
      ['dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:UpdateItem'],
      tableArn,
      onlyWhereBegins(PEER_PARTITIONS_PREFIX),
    );
    handler.allow(['dynamodb:PutItem'], tableArn, onlyWhereBegins(REFUSED_ROWS_PREFIX));
    allowParameters(handler, [mixpanel.usernameParameter, mixpanel.secretParameter]);
    return handler;
  }

  #toGoogleAnalytics(
    props: ExportingProps,
    googleAnalytics: NonNullable<StackSettings['exports']['googleAnalytics']>,
  ): UsageFunction {
    const { tableArn } = props.storage.usage;
    const handler = this.#function(props, 'export-to-google-analytics', 'Google Analytics', {
      [GOOGLE_ANALYTICS_VARIABLE]: JSON.stringify(googleAnalytics),
    });
    handler.allow(
      ['dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:UpdateItem'],
      tableArn,
      onlyWhereBegins(PEER_PARTITIONS_PREFIX),
    );
    handler.allow(
      ['dynamodb:PutItem', 'dynamodb:DeleteItem'],
      tableArn,
      onlyWhereBegins(ANALYTICS_GAPS_PREFIX),
    );
    allowParameters(handler, [googleAnalytics.secretParameter]);
    return handler;
  }

  #function(
    { storage, settings }: ExportingProps,
    folder: ExportFolder,
    target: string,
    environment: Readonly<Record<string, string>>,
  ): UsageFunction {
    return new UsageFunction(this, `ExportTo${target.replace(' ', '')}`, {
      folder,
      description: `Brings the days that are announced to ${target}`,
      memory: Size.mebibytes(512),
      waitedForBy: 'The event source mapping waits for the function, and its queue has a failure queue.',
      environment,
      storage,
      settings,
    });
  }
}
