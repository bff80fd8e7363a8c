import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { MESSAGES_TABLE } from '../functions/shared/store/messages-table.ts';
import type { TableDefinition } from '../functions/shared/store/table-definition.ts';
import { USAGE_TABLE } from '../functions/shared/store/usage-table.ts';
import { removalPolicyOf } from './removal.ts';
import type { StackSettings } from './stack-settings.ts';

/** The two tables, made from the definitions that the functions and the local host use too. */
export class UsageStorage extends Construct {
  /** The messages as they came; its stream feeds the counting. */
  readonly messages: Table;
  /** Counters, and all that belongs to them. */
  readonly usage: Table;

  constructor(scope: Construct, id: string, settings: Pick<StackSettings, 'stage'>) {
    super(scope, id);
    this.messages = table(this, 'Messages', MESSAGES_TABLE, settings);
    this.usage = table(this, 'Usage', USAGE_TABLE, settings);
  }
}

const STREAM_VIEWS: Record<NonNullable<TableDefinition['stream']>, StreamViewType> = {
  NEW_IMAGE: StreamViewType.NEW_IMAGE,
};

function table(
  scope: Construct,
  id: string,
  definition: TableDefinition,
  settings: Pick<StackSettings, 'stage'>,
): Table {
  const { partitionKey, sortKey, timeToLive, stream, keysOnlyIndexes } = definition;
  const made = new Table(scope, id, {
    partitionKey: key(partitionKey),
    sortKey: key(sortKey),
    timeToLiveAttribute: timeToLive,
    ...(stream !== undefined && { stream: STREAM_VIEWS[stream] }),
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    // With the key that DynamoDB owns: it costs nothing, and no role needs a permission for it.
    encryption: TableEncryption.DEFAULT,
    deletionProtection: settings.stage === 'prod',
    removalPolicy: removalPolicyOf(settings),
  });
  for (const index of keysOnlyIndexes) {
    made.addGlobalSecondaryIndex({
      indexName: index.name,
      partitionKey: key(index.partitionKey),
      sortKey: key(index.sortKey),
      projectionType: ProjectionType.KEYS_ONLY,
    });
  }
  return made;
}

function key(name: string) {
  return { name, type: AttributeType.STRING };
}
