import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { TestDatabase } from '../../test/support/database/database.ts';
import { plainClient } from '../measure/clients.ts';

/** What reads items. */
export type PlainRead = QueryCommand | GetCommand | BatchGetCommand;

/** Reads items by the SDK's document client, and does nothing with them. */
export class PlainReader {
  readonly #client: DynamoDBClient;
  readonly #documents: DynamoDBDocumentClient;

  constructor({ endpoint }: Pick<TestDatabase, 'endpoint'>) {
    this.#client = plainClient(endpoint);
    this.#documents = DynamoDBDocumentClient.from(this.#client);
  }

  /** Sends reads all at once, but for the next page of a query, which nobody can ask for before the one before it. */
  async read(reads: readonly PlainRead[]): Promise<void> {
    let underWay: Promise<unknown>[] = [];
    for (const read of reads) {
      if (read instanceof QueryCommand && read.input.ExclusiveStartKey !== undefined) {
        await Promise.all(underWay);
        underWay = [];
      }
      underWay.push(this.#send(read));
    }
    await Promise.all(underWay);
  }

  // A command cannot be sent twice: each time it is made anew.
  #send(read: PlainRead): Promise<unknown> {
    if (read instanceof QueryCommand) return this.#documents.send(new QueryCommand(read.input));
    if (read instanceof GetCommand) return this.#documents.send(new GetCommand(read.input));
    return this.#documents.send(new BatchGetCommand(read.input));
  }

  end(): void {
    this.#client.destroy();
  }
}
