import { errorMessage } from '../../../functions/shared/runtime/error-text.ts';
import { MESSAGES_TABLE } from '../../../functions/shared/store/messages-table.ts';
import type { TableDefinition } from '../../../functions/shared/store/table-definition.ts';
import { USAGE_TABLE } from '../../../functions/shared/store/usage-table.ts';
import type { FunctionFolder } from '../../../infra/bundling.ts';
import { callsOf } from './dynamodb-calls.ts';
import { judge, refuse, resourceOf } from './judgement.ts';

/** The tables of a function. */
export interface TableNames {
  usageTableName: string;
  messagesTableName?: string;
}

/**
 * Judges a request of a function to DynamoDB.
 *
 * @throws Error where the function may not send it
 */
export function judgeRequest(
  folder: FunctionFolder,
  operation: string,
  input: unknown,
  tableNames: TableNames,
): void {
  for (const { tableName, indexName, ...call } of callsIn(folder, operation, input, tableNames)) {
    const { variable } = tableOf(tableName, tableNames);
    const rest = indexName === undefined ? '' : `/index/${indexName}`;
    judge(folder, { ...call, resource: resourceOf(folder, variable, rest) });
  }
}

function callsIn(folder: FunctionFolder, operation: string, input: unknown, tableNames: TableNames) {
  try {
    return callsOf(operation, input, (name) => tableOf(name, tableNames).definition);
  } catch (error) {
    // A request that is not understood here may need anything.
    return refuse(`${folder} sends a ${operation} that is not understood: ${errorMessage(error)}`);
  }
}

/** What a table looks like, and the variable by which functions know it. @throws Error where it is another one */
function tableOf(
  name: string,
  { usageTableName, messagesTableName }: TableNames,
): { definition: TableDefinition; variable: string } {
  if (name === usageTableName) return { definition: USAGE_TABLE, variable: 'USAGE_TABLE' };
  if (name === messagesTableName) return { definition: MESSAGES_TABLE, variable: 'MESSAGES_TABLE' };
  throw new Error(`${name} is none of its tables`);
}
