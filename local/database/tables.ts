import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  paginateScan,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { errorInALine } from '../../functions/shared/runtime/error-text.ts';
import { AUDIT_TABLE } from '../../functions/shared/store/audit-table.ts';
import { HEARTBEAT_PARTITIONS_PREFIX } from '../../functions/shared/store/items/heartbeat.ts';
import { ID_SEPARATOR } from '../../functions/shared/store/items/message.ts';
import { MESSAGES_TABLE } from '../../functions/shared/store/messages-table.ts';
import type { TableDefinition } from '../../functions/shared/store/table-definition.ts';
import { USAGE_TABLE } from '../../functions/shared/store/usage-table.ts';
import { HostError } from '../support/host-error.ts';
import { LOCAL_ENVIRONMENT } from './local-database.ts';

const READY_WITHIN_SECONDS = 30;

/** What is known of the local host's tables once they are there. */
export interface PreparedTables {
  /** The stream of the messages. */
  streamArn: string;
  /** Whether there is no message. */
  wasEmpty: boolean;
}

/**
 * Creates the tables of the local host where they are missing.
 *
 * @param place what the client's DynamoDB is to a person, for what is said where it cannot be used
 * @throws HostError where it cannot, or the messages have no stream
 */
export async function prepareTables(client: DynamoDBClient, place: string): Promise<PreparedTables> {
  const {
    MESSAGES_TABLE: messagesTable,
    USAGE_TABLE: usageTable,
    AUDIT_TABLE: auditTable,
  } = LOCAL_ENVIRONMENT;
  return usingDatabase(place, async () => {
    await prepareTable(client, usageTable, USAGE_TABLE);
    await prepareTable(client, auditTable, AUDIT_TABLE);
    await prepareTable(client, messagesTable, MESSAGES_TABLE);
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName: messagesTable }));
    const streamArn = table?.LatestStreamArn;
    if (streamArn === undefined || table?.StreamSpecification?.StreamEnabled !== true) {
      throw new HostError(
        `the table ${messagesTable} of ${place} has no stream: give it one, delete it, or begin anew with --fresh`,
      );
    }
    return { streamArn, wasEmpty: !(await isAnyMessageIn(client, messagesTable)) };
  });
}

/** Whether there is any message: heartbeats of the last hour are none. */
async function isAnyMessageIn(client: DynamoDBClient, tableName: string): Promise<boolean> {
  const pages = paginateScan(
    { client },
    {
      TableName: tableName,
      FilterExpression: 'NOT begins_with(pk, :heartbeats) OR contains(pk, :separator)',
      ExpressionAttributeValues: {
        ':heartbeats': { S: HEARTBEAT_PARTITIONS_PREFIX },
        ':separator': { S: ID_SEPARATOR },
      },
      Select: 'COUNT',
    },
  );
  for await (const { Count: messages = 0 } of pages) if (messages > 0) return true;
  return false;
}

/**
 * Uses a DynamoDB, and says in a line that it cannot be used where that fails.
 *
 * @param place what it is to a person
 * @throws HostError
 */
export async function usingDatabase<Result>(place: string, use: () => Promise<Result>): Promise<Result> {
  try {
    return await use();
  } catch (error) {
    if (error instanceof HostError || !(error instanceof Error)) throw error;
    throw new HostError(`${place} cannot be used: ${errorInALine(error)}`, { cause: error });
  }
}

async function prepareTable(
  client: DynamoDBClient,
  tableName: string,
  definition: TableDefinition,
): Promise<void> {
  await createTable(client, tableName, definition);
  await waitUntilTableExists(
    { client, maxWaitTime: READY_WITHIN_SECONDS, minDelay: 1, maxDelay: 2 },
    { TableName: tableName },
  );
}

/** Creates a table from its definition, unless a table of this name is there. */
export async function createTable(
  client: Pick<DynamoDBClient, 'send'>,
  tableName: string,
  definition: TableDefinition,
): Promise<void> {
  try {
    await client.send(new CreateTableCommand(createTableInput(tableName, definition)));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

function createTableInput(tableName: string, definition: TableDefinition): CreateTableCommandInput {
  const { partitionKey, sortKey, stream, keysOnlyIndexes } = definition;
  const keyAttributes = new Set([
    partitionKey,
    sortKey,
    ...keysOnlyIndexes.flatMap((index) => [index.partitionKey, index.sortKey]),
  ]);
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [...keyAttributes].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
    KeySchema: keySchema(partitionKey, sortKey),
    ...(stream !== undefined && {
      StreamSpecification: { StreamEnabled: true, StreamViewType: stream },
    }),
    ...(keysOnlyIndexes.length > 0 && {
      GlobalSecondaryIndexes: keysOnlyIndexes.map((index) => ({
        IndexName: index.name,
        KeySchema: keySchema(index.partitionKey, index.sortKey),
        Projection: { ProjectionType: 'KEYS_ONLY' as const },
      })),
    }),
  };
}

function keySchema(partitionKey: string, sortKey: string) {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' as const },
    { AttributeName: sortKey, KeyType: 'RANGE' as const },
  ];
}
