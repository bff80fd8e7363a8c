import type {
  BatchExecuteStatementCommandInput,
  PutCommandInput,
  UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { IF_ABSENT } from './expressions.ts';

/** A write of one item. */
export type ItemWrite = { Put: PutCommandInput } | { Update: UpdateCommandInput };

/** A statement of PartiQL with its parameters. */
export type Statement = NonNullable<BatchExecuteStatementCommandInput['Statements']>[number];

/**
 * Says a write in PartiQL, in the part of it that DynamoDB, DynamoDB Local and the embedded database all know: it puts a
 * new item, or sets attributes of one that is there, removes one of them at most, and compares on what condition.
 *
 * @returns nothing where that cannot say it
 */
export function statementOf(write: ItemWrite): Statement | undefined {
  if ('Put' in write) {
    const { TableName, Item = {}, ConditionExpression } = write.Put;
    return ConditionExpression === IF_ABSENT.ConditionExpression ? insertion(TableName, Item) : undefined;
  }
  const { ConditionExpression: condition = '', UpdateExpression: update = '', ...rest } = write.Update;
  const { TableName, Key = {}, ExpressionAttributeNames: names = {} } = rest;
  const values: Record<string, unknown> = rest.ExpressionAttributeValues ?? {};
  const [set = '', removed] = update.split(/ ?REMOVE /);
  if (condition === IF_ABSENT.ConditionExpression) {
    const attributes = [...set.matchAll(/(#\w+) = (:\w+)/g)].map(
      ([, name = '', value = '']) => [names[name] ?? name, values[value]] as const,
    );
    return insertion(TableName, { ...Key, ...Object.fromEntries(attributes) });
  }
  const isKnown = condition !== '' && !/\w\(/.test(`${set} ${condition}`) && removed?.includes(',') !== true;
  if (!isKnown) return undefined;
  const Parameters: unknown[] = [];
  const asStatement = (expression: string) =>
    expression.replaceAll(/[#:]\w+/g, (placeholder) => {
      if (placeholder.startsWith('#')) return `"${names[placeholder]}"`;
      Parameters.push(values[placeholder]);
      return '?';
    });
  const changed = asStatement(update);
  Parameters.push(Key['pk'], Key['sk']);
  const where = ['"pk" = ?', '"sk" = ?', asStatement(condition)];
  const Statement = `UPDATE "${TableName}" ${changed} WHERE ${where.join(' AND ')}`;
  return { Statement, Parameters };
}

function insertion(tableName: string | undefined, item: Readonly<Record<string, unknown>>): Statement {
  const attributes = Object.keys(item).map((name) => `'${name}': ?`);
  return {
    Statement: `INSERT INTO "${tableName}" VALUE {${attributes.join(', ')}}`,
    Parameters: Object.values(item),
  };
}

/** The key of the item that is written. */
export function keyOfWrite(write: ItemWrite): Record<string, unknown> {
  const { pk, sk }: Record<string, unknown> = ('Put' in write ? write.Put.Item : write.Update.Key) ?? {};
  return { pk, sk };
}
