import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { intercepted } from './intercepted-client.ts';

type Command = Parameters<DynamoDBDocumentClient['send']>[0];

/** A client whose calls a test sees, and can make fail. */
export interface WatchedClient {
  client: DynamoDBDocumentClient;
  /** The kinds of the calls, in order. */
  calls: string[];
  /** Fails a call, before it reaches DynamoDB, with what this gives for it. */
  failWith: (command: Command) => Error | undefined;
}

/** Watches a client. */
export function watched(client: DynamoDBDocumentClient): WatchedClient {
  const watcher: WatchedClient = {
    client: intercepted(client, async (command, send) => {
      watcher.calls.push(command.constructor.name);
      const failure = watcher.failWith(command);
      if (failure !== undefined) throw failure;
      return send();
    }),
    calls: [],
    failWith: () => undefined,
  };
  return watcher;
}
