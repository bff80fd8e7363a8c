import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

type Command = Parameters<DynamoDBDocumentClient['send']>[0];

/**
 * A client whose calls go through a function, which may look at them, do something between them, or
 * answer in DynamoDB's place.
 *
 * @param intercept gets the command, and what sends it on
 */
export function intercepted(
  client: DynamoDBDocumentClient,
  intercept: (command: Command, send: () => Promise<unknown>) => Promise<unknown>,
): DynamoDBDocumentClient {
  const send = (command: Command) => intercept(command, () => client.send(command));
  return new Proxy(client, {
    get: (target, property) => (property === 'send' ? send : Reflect.get(target, property, target)),
  });
}
