import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { AUDIT_TABLE } from '../functions/shared/store/audit-table.ts';
import { MESSAGES_TABLE } from '../functions/shared/store/messages-table.ts';
import type { TableDefinition } from '../functions/shared/store/table-definition.ts';
import { USAGE_TABLE } from '../functions/shared/store/usage-table.ts';
import { removalPolicyOf } from './removal.ts';
import type { StackSettings } from './stack-settings.ts';

/** The tables, made from the definitions that the functions and the local host use too. */
export class UsageStorage extends Construct {
  /** The messages as they came; its stream feeds the counting. */
  readonly messages: Table;
  /** Counters, and all that belongs to them. */
  readonly usage: Table;
  /** What operators' commands did, and who was forgotten: no function reaches it. */
  readonly audit: Table;

  constructor(scope: Construct, id: string, settings: StorageSettings) {
    super(scope, id);
    const { messages, usage, audit } = settings.tableNames;
    this.messages = table(this, 'Messages', MESSAGES_TABLE, settings, messages);
    this.usage = table(this, 'Usage', USAGE_TABLE, settings, usage);
    this.audit = table(this, 'Audit', AUDIT_TABLE, settings, audit);
  }
}

type StorageSettings = Pick<StackSettings, 'stage' | 'tableNames'>;

const STREAM_VIEWS: Record<NonNullable<TableDefinition['stream']>, StreamViewType> = {
  NEW_IMAGE: StreamViewType.NEW_IMAGE,
};

/** @param name that of a table which is there, and is taken over */
function table(
  scope: Construct,
  id: string,
  definition: TableDefinition,
  settings: StorageSettings,
  name: string | undefined,
): Table {
  const { partitionKey, sortKey, timeToLive, stream, keysOnlyIndexes } = definition;
  // To CloudFormation each name is another table: the one before leaves the stack, and none is replaced.
  const made = new Table(scope, name === undefined ? id : `${id}-${name}`, {
    ...(name !== undefined && { tableName: name }),
    partitionKey: key(partitionKey),
    sortKey: key(sortKey),
    ...(timeToLive !== undefined && { timeToLiveAttribute: timeToLive }),
    ...(stream !== undefined && { stream: STREAM_VIEWS[stream] }),
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    // With the key that DynamoDB owns: it costs nothing, and no role needs a permission for it.
    encryption: TableEncryption.DEFAULT,
    deletionProtection: settings.stage === 'prod',
    // CloudFormation takes over only what it would not delete.
    removalPolicy: name === undefined ? removalPolicyOf(settings) : RemovalPolicy.RETAIN,
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
