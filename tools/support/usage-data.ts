import { resolve } from 'node:path';
import { DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  CLIENT_LIMITS,
  documentClient,
  dynamodbClient,
} from '../../functions/shared/runtime/dependencies.ts';
import { errorInALine } from '../../functions/shared/runtime/error-text.ts';
import { AUDIT_TABLE } from '../../functions/shared/store/audit-table.ts';
import type { Table } from '../../functions/shared/store/dynamodb.ts';
import { startHostDatabase } from '../../local/database/host-database.ts';
import { connectionTo, LOCAL_ENVIRONMENT } from '../../local/database/local-database.ts';
import { createTable } from '../../local/database/tables.ts';
import { DataFolderInUseError, isDataFolder, openDataFolder } from '../../local/host/data-folder.ts';
import { HostError } from '../../local/support/host-error.ts';
import type { AllTablesOptions, BothTablesOptions, DataOptions } from './data-options.ts';
import { ToolError } from './tool-error.ts';

/** The tables of one deployment. */
export interface Tables {
  messages: Table;
  usage: Table;
  /** What tells this deployment from others: the folder, the endpoint or the region. */
  place: string;
}

/** The tables of one deployment, with that of the audit log and of the register of the forgotten. */
export interface AllTables extends Tables {
  audit: Table;
}

/**
 * Does something with the usage table, wherever it is.
 *
 * @throws ToolError where it cannot be reached
 */
export async function withUsageTable<Result>(
  options: DataOptions,
  use: (table: Table) => Promise<Result>,
): Promise<Result> {
  const tableName = nameOf(options, '--table', options.table, LOCAL_ENVIRONMENT.USAGE_TABLE);
  return withClient(options, tableName, ({ client }) => use({ client, tableName }));
}

/**
 * Does something with the messages and the usage table, wherever they are.
 *
 * @throws ToolError where they cannot be reached
 */
export async function withBothTables<Result>(
  options: BothTablesOptions,
  use: (tables: Tables) => Promise<Result>,
): Promise<Result> {
  const usage = nameOf(options, '--table', options.table, LOCAL_ENVIRONMENT.USAGE_TABLE);
  const messages = nameOf(
    options,
    '--messages-table',
    options.messagesTable,
    LOCAL_ENVIRONMENT.MESSAGES_TABLE,
  );
  return withClient(options, `${messages} or ${usage}`, ({ client, place }) =>
    use({ messages: { client, tableName: messages }, usage: { client, tableName: usage }, place }),
  );
}

/**
 * Does something with all three tables, wherever they are.
 *
 * @throws ToolError where they cannot be reached
 */
export async function withAllTables<Result>(
  options: AllTablesOptions,
  use: (tables: AllTables) => Promise<Result>,
): Promise<Result> {
  return withBothTables(options, async (tables) =>
    use({ ...tables, audit: await auditTableOf(options, tables.usage) }),
  );
}

/**
 * The table of the audit log, beside the usage table. On this machine it is made where it is missing, as the data may be
 * older than it.
 *
 * @throws ToolError where its name is needed, and not given
 */
export async function auditTableOf(
  options: DataOptions & Pick<AllTablesOptions, 'auditTable'>,
  { client }: Table,
): Promise<Table> {
  const tableName = nameOf(options, '--audit-table', options.auditTable, LOCAL_ENVIRONMENT.AUDIT_TABLE);
  if (options.aws !== true) await createTable(client, tableName, AUDIT_TABLE);
  return { client, tableName };
}

const KINDS_OF_TABLES = {
  '--table': 'usage table',
  '--messages-table': 'messages table',
  '--audit-table': 'table of the audit log',
} as const;

function nameOf(
  { aws }: DataOptions,
  option: keyof typeof KINDS_OF_TABLES,
  given: string | undefined,
  local: string,
): string {
  if (aws === true && given === undefined) {
    throw new ToolError(`--aws needs ${option}, the name of the ${KINDS_OF_TABLES[option]}`);
  }
  return given ?? local;
}

interface Reached {
  client: DynamoDBDocumentClient;
  place: string;
}

/** @param tableNames those that are used, for what is said where they cannot be */
async function withClient<Result>(
  { data, dynamodbEndpoint, aws, client: options = CLIENT_LIMITS }: DataOptions,
  tableNames: string,
  use: (reached: Reached) => Promise<Result>,
): Promise<Result> {
  if (aws === true) {
    if (dynamodbEndpoint !== undefined) throw new ToolError('--aws does not go with --dynamodb-endpoint');
    const base = new DynamoDBClient(options);
    const elsewhere = 'endpoint' in options ? options.endpoint : undefined;
    return useClient(base, tableNames, elsewhere ?? 'AWS', async (client) =>
      use({ client, place: elsewhere ?? `AWS ${await base.config.region()}` }),
    );
  }
  const useAt = (address: string, place: string) =>
    useClient(dynamodbClient(connectionTo(address)), tableNames, connectionTo(address).endpoint, (client) =>
      use({ client, place }),
    );
  return dynamodbEndpoint === undefined
    ? withDataFolder(data, (address) => useAt(address, resolve(data)))
    : useAt(dynamodbEndpoint, dynamodbEndpoint);
}

/** Finds the database of a data folder: the running host's, or one that is started for as long as it takes. */
async function withDataFolder<Result>(
  folder: string,
  use: (address: string) => Promise<Result>,
): Promise<Result> {
  try {
    if (!(await isDataFolder(folder))) {
      throw new ToolError(
        `there is no data in ${folder}: run npm start once, or name another folder with --data`,
      );
    }
    const opened = await openDataFolder(folder, { fresh: false });
    try {
      const database = await startHostDatabase(opened);
      try {
        return await use(database.address);
      } finally {
        await database.stop();
      }
    } finally {
      opened.close();
    }
  } catch (error) {
    if (error instanceof DataFolderInUseError) {
      if (error.databaseEndpoint !== undefined) return use(error.databaseEndpoint);
      throw new ToolError(`${folder} is in use by a program that has only just started; try again`);
    }
    if (error instanceof HostError) throw new ToolError(error.message, { cause: error });
    throw error;
  }
}

async function useClient<Result>(
  base: DynamoDBClient,
  tableNames: string,
  place: string,
  use: (client: DynamoDBDocumentClient) => Promise<Result>,
): Promise<Result> {
  try {
    return await use(documentClient(base));
  } catch (error) {
    if (error instanceof ToolError || !(error instanceof Error)) throw error;
    throw new ToolError(`${tableNames} in ${place} cannot be used: ${problemOf(error)}`, { cause: error });
  } finally {
    base.destroy();
  }
}

/** What keeps something in AWS, such as a table, from being used, in a line. */
export function problemOf(error: Error): string {
  if (error instanceof ResourceNotFoundException) return 'there is no such table';
  if (error.name === 'CredentialsProviderError') {
    return 'there are no AWS credentials; set AWS_PROFILE, or what your organization uses';
  }
  if (error.message === 'Region is missing') return 'there is no AWS region; set AWS_REGION';
  return errorInALine(error);
}
