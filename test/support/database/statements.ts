import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type BatchExecuteStatementCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';

/** The writes that a batch of statements is made of, as commands of their own. @throws Error where one is not understood */
export function writesOf({ input }: BatchExecuteStatementCommand): (PutCommand | UpdateCommand)[] {
  return (input.Statements ?? []).map(({ Statement: statement = '', Parameters: parameters = [] }) => {
    const { tableName, item, update, condition, names, values } = parsedStatement(statement, parameters);
    if (update === undefined) {
      return new PutCommand({
        TableName: tableName,
        Item: item,
        ConditionExpression: 'attribute_not_exists(#pk)',
        ExpressionAttributeNames: { '#pk': 'pk' },
      });
    }
    return new UpdateCommand({
      TableName: tableName,
      Key: item,
      UpdateExpression: update,
      ConditionExpression: `attribute_exists(#pk) AND ${condition}`,
      ExpressionAttributeNames: { ...names, '#pk': 'pk' },
      ExpressionAttributeValues: values,
    });
  });
}

/** A statement in parts. */
interface ParsedStatement {
  tableName: string;
  /** What is put, or the key of what is changed. */
  item: Record<string, unknown>;
  /** What is changed; nothing where an item is put. */
  update?: string;
  condition?: string;
  names: Record<string, string>;
  values: Record<string, unknown>;
}

const INSERTION = /^INSERT INTO "([^"]+)" VALUE \{(.*)\}$/s;
const UPDATE = /^UPDATE "([^"]+)" (.*) WHERE "pk" = \? AND "sk" = \? AND (.*)$/s;

/** @throws Error where the statement is not understood */
export function parsedStatement(statement: string, parameters: readonly unknown[]): ParsedStatement {
  const [, table, inserted] = INSERTION.exec(statement) ?? [];
  if (table !== undefined && inserted !== undefined) {
    const attributes = [...inserted.matchAll(/'(\w+)': \?/g)].map(([, name = '']) => name);
    const item = Object.fromEntries(attributes.map((name, index) => [name, parameters[index]]));
    return { tableName: table, item, names: {}, values: {} };
  }
  const [, tableName, changed, compared] = UPDATE.exec(statement) ?? [];
  if (tableName === undefined || changed === undefined || compared === undefined) {
    throw new Error(`it is not known what this statement does: ${statement}`);
  }
  const left = [...parameters];
  const [names, values]: [Record<string, string>, Record<string, unknown>] = [{}, {}];
  const asExpression = (text: string) =>
    text
      .replaceAll(/"(\w+)"/g, (_, name: string) => {
        names[`#${name}`] = name;
        return `#${name}`;
      })
      .replaceAll('?', () => {
        const placeholder = `:value${left.length}`;
        values[placeholder] = left.shift();
        return placeholder;
      });
  const update = asExpression(changed);
  const item = { pk: left.shift(), sk: left.shift() };
  return { tableName, item, update, condition: asExpression(compared), names, values };
}

/**
 * Does a batch of statements one by one, in any order, and answers as DynamoDB does: it is no transaction, and others may
 * come in between.
 *
 * @param client makes each write by itself
 */
export async function executedOneByOne(
  command: BatchExecuteStatementCommand,
  client: DynamoDBDocumentClient,
): Promise<{ Responses: object[] }> {
  const made = await Promise.allSettled(
    writesOf(command).map((write) => (write instanceof PutCommand ? client.send(write) : client.send(write))),
  );
  return { Responses: made.map((one) => (one.status === 'fulfilled' ? {} : refusedStatement(one.reason))) };
}

/** What is answered of a statement that failed. */
function refusedStatement(error: unknown): object {
  const Code =
    error instanceof ConditionalCheckFailedException ? 'ConditionalCheckFailed' : 'ThrottlingError';
  return { Error: { Code, Message: 'The statement was not executed' } };
}
