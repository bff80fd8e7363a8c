import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { errorMessage, errorSummary } from '../../functions/shared/runtime/error-text.ts';
import { AUDIT_TABLE } from '../../functions/shared/store/audit-table.ts';
import { MESSAGES_TABLE } from '../../functions/shared/store/messages-table.ts';
import type { TableDefinition } from '../../functions/shared/store/table-definition.ts';
import { USAGE_TABLE } from '../../functions/shared/store/usage-table.ts';
import type { StackSettings } from '../stack-settings.ts';
import { checkingClient } from './aws-connection.ts';
import { TargetError } from './check-target.ts';
import type { Environment, Target } from './target.ts';

const GUIDE = 'docs/how-to/restore.md';
const WITHIN_MS = 10_000;

/** What a table lacks. */
interface Lack {
  table: string;
  problem: string;
  /** What adds it: the arguments of `aws dynamodb`; nothing where nothing does. */
  command?: string;
}

/**
 * Checks that the tables which settings name are there and as the stack would make them, before it takes them over:
 * CloudFormation changes nothing of what it takes over, and makes an empty table where there is none.
 *
 * @throws TargetError that names what they lack, with the commands that add it
 */
export async function checkTables(
  { tableNames, stage }: Pick<StackSettings, 'tableNames' | 'stage'>,
  target: Target,
  environment: Environment,
): Promise<void> {
  const named = [
    { name: tableNames.messages, definition: MESSAGES_TABLE },
    { name: tableNames.usage, definition: USAGE_TABLE },
    { name: tableNames.audit, definition: AUDIT_TABLE },
  ].flatMap(({ name, definition }) => (name === undefined ? [] : [{ name, definition }]));
  if (named.length === 0) return;
  const client = new DynamoDBClient(checkingClient(target, environment, WITHIN_MS));
  try {
    const lacks: Lack[] = [];
    for (const { name, definition } of named) {
      lacks.push(...(await lacksOf(client, name, definition, stage === 'prod')));
    }
    if (lacks.length > 0) throw new TargetError(told(lacks, await client.config.region(), target));
  } catch (error) {
    if (error instanceof TargetError) throw error;
    const names = named.map(({ name }) => name).join(', ');
    const hint = /multi-factor authentication/.test(errorMessage(error))
      ? 'The profile asks for a code: use credentials of a session'
      : 'The credentials need dynamodb:DescribeTable, DescribeTimeToLive and DescribeContinuousBackups on them';
    throw new TargetError(
      `The tables ${names} that the settings name could not be checked (${errorSummary(error)}). ${hint}: ${GUIDE}`,
    );
  } finally {
    client.destroy();
  }
}

async function lacksOf(
  client: DynamoDBClient,
  name: string,
  definition: TableDefinition,
  isProtected: boolean,
): Promise<Lack[]> {
  const table = await describe(client, name);
  if (table === undefined) return [{ table: name, problem: 'does not exist' }];
  if (table.TableStatus !== 'ACTIVE') {
    return [
      { table: name, problem: `is ${table.TableStatus ?? 'in an unknown state'}: wait until it is ACTIVE` },
    ];
  }
  const { TimeToLiveDescription: expiry } = await client.send(
    new DescribeTimeToLiveCommand({ TableName: name }),
  );
  const { ContinuousBackupsDescription: backups } = await client.send(
    new DescribeContinuousBackupsCommand({ TableName: name }),
  );
  const recovery = backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
  const { stream, timeToLive } = definition;
  return [
    lack(!isShaped(table, definition), 'has other keys or indexes than it must have'),
    lack(
      stream !== undefined && table.StreamSpecification?.StreamViewType !== stream,
      `has no stream with ${stream}`,
      `update-table --stream-specification StreamEnabled=true,StreamViewType=${stream}`,
    ),
    lack(
      timeToLive !== undefined &&
        (expiry?.AttributeName !== timeToLive || !/^ENABL/.test(expiry?.TimeToLiveStatus ?? '')),
      `does not let items expire by ${timeToLive}`,
      `update-time-to-live --time-to-live-specification Enabled=true,AttributeName=${timeToLive}`,
    ),
    lack(
      recovery !== 'ENABLED',
      'has no point-in-time recovery',
      'update-continuous-backups --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true',
    ),
    lack(
      isProtected && table.DeletionProtectionEnabled !== true,
      'is not protected from deletion',
      'update-table --deletion-protection-enabled',
    ),
  ].flatMap((found) => (found === undefined ? [] : [{ table: name, ...found }]));
}

function lack(isLacking: boolean, problem: string, command?: string): Omit<Lack, 'table'> | undefined {
  return isLacking ? { problem, ...(command !== undefined && { command }) } : undefined;
}

async function describe(client: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName: name }));
    return table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** Whether a table has the keys and indexes of its definition. */
function isShaped(
  { KeySchema: keys, GlobalSecondaryIndexes: indexes = [] }: TableDescription,
  { partitionKey, sortKey, keysOnlyIndexes }: TableDefinition,
): boolean {
  const found = [
    shapeOf('table', keys),
    ...indexes.map((index) => shapeOf(index.IndexName, index.KeySchema)),
  ];
  const wanted = [
    ['table', partitionKey, sortKey],
    ...keysOnlyIndexes.map((index) => [index.name, index.partitionKey, index.sortKey]),
  ].map((names) => names.join(' '));
  return found.sort().join('\n') === wanted.sort().join('\n');
}

function shapeOf(name = '', keys: TableDescription['KeySchema'] = []): string {
  return [name, ...keys.map(({ AttributeName: attribute }) => attribute)].join(' ');
}

function told(lacks: readonly Lack[], region: string, { endpoint }: Target): string {
  const where = `--region ${region}${endpoint === undefined ? '' : ` --endpoint-url ${endpoint}`}`;
  const commands = lacks.flatMap(({ table, command }) =>
    command === undefined ? [] : [`  aws dynamodb ${command} --table-name ${table} ${where}\n`],
  );
  return [
    'Nothing was deployed: tables that the settings name are not as the stack would make them.\n\n',
    ...lacks.map(({ table, problem }) => `  - ${table} ${problem}\n`),
    ...(commands.length === 0 ? [] : ['\nWhat is missing is added with\n\n', ...commands]),
    `\nA restored table lacks all of this at first: ${GUIDE}`,
  ].join('');
}
