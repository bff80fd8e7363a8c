import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { FunctionFolder } from '../../../infra/bundling.ts';
import { intercepted } from '../database/intercepted-client.ts';
import { judgeRequest, type TableNames } from './judge-request.ts';

interface HeldDependencies {
  client: DynamoDBDocumentClient;
  settings: TableNames;
}

/**
 * Dependencies with a client that sends what the policy of a function allows, and refuses all else, as AWS would. It
 * makes no promise of its own, so that calls keep their order.
 */
export function held<Given extends HeldDependencies>(folder: FunctionFolder, dependencies: Given): Given {
  const client = intercepted(dependencies.client, (command, send) => {
    try {
      const name = command.constructor.name;
      judgeRequest(folder, OPERATIONS[name] ?? name, command.input, dependencies.settings);
    } catch (error) {
      return Promise.reject(error);
    }
    return send();
  });
  return { ...dependencies, client };
}

/** The operations of DynamoDB behind the commands of the document client. */
const OPERATIONS: Readonly<Record<string, string>> = {
  GetCommand: 'GetItem',
  PutCommand: 'PutItem',
  UpdateCommand: 'UpdateItem',
  DeleteCommand: 'DeleteItem',
  QueryCommand: 'Query',
  BatchGetCommand: 'BatchGetItem',
  BatchExecuteStatementCommand: 'BatchExecuteStatement',
  BatchGetItemCommand: 'BatchGetItem',
  TransactGetCommand: 'TransactGetItems',
  TransactWriteCommand: 'TransactWriteItems',
};
