import type { ConsumedCapacity } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { intercepted } from './intercepted-client.ts';

/**
 * Whether units are those that DynamoDB bills. DynamoDB Local gives others: for a transaction of three small
 * items, which costs six, it says two.
 */
export const areUnitsBilled = process.env['DYNAMODB_ENDPOINT'] === undefined;

/** What the calls of a client cost. */
export interface Meter {
  client: DynamoDBDocumentClient;
  /** The write units that calls consumed so far, those of some kinds of command left out. */
  writeUnits(except?: readonly string[]): number;
  /** The read units that calls consumed so far. */
  readUnits(): number;
  /** The calls so far, by the kind of command. */
  calls: ReadonlyMap<string, number>;
}

const WRITES = new Set([
  'PutCommand',
  'UpdateCommand',
  'DeleteCommand',
  'TransactWriteCommand',
  'BatchExecuteStatementCommand',
]);

/** A client that asks DynamoDB what every call consumed, and adds it up. */
export function metered(client: DynamoDBDocumentClient): Meter {
  const written = new Map<string, number>();
  let read = 0;
  const calls = new Map<string, number>();
  const meteredClient = intercepted(client, async (command, send) => {
    const kind = command.constructor.name;
    calls.set(kind, (calls.get(kind) ?? 0) + 1);
    Object.assign(command.input, { ReturnConsumedCapacity: 'TOTAL' });
    const answer: { ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[] } = Object(await send());
    const units = [answer.ConsumedCapacity ?? []]
      .flat()
      .reduce((sum, part) => sum + (part.CapacityUnits ?? 0), 0);
    if (WRITES.has(kind)) written.set(kind, (written.get(kind) ?? 0) + units);
    else read += units;
    return answer;
  });
  return {
    client: meteredClient,
    writeUnits: (except = []) =>
      [...written].reduce((sum, [kind, units]) => (except.includes(kind) ? sum : sum + units), 0),
    readUnits: () => read,
    calls,
  };
}
