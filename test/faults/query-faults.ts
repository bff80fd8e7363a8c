import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Item } from '../../functions/shared/store/items/item.ts';
import { intercepted } from '../support/database/intercepted-client.ts';
import type { Random } from '../support/random.ts';
import { partitionOf, projected } from './torn-transactions.ts';

type Command = Parameters<DynamoDBDocumentClient['send']>[0];

/** What queries of small test tables never meet by themselves. */
interface QueryFaultsOptions {
  random: Random;
  /** How likely a query has several pages, and how likely an index lacks an entry. */
  probability: () => number;
  seen: (fault: 'several pages' | 'an index that lags') => void;
}

/**
 * Does what DynamoDB may do with a query: its answer has several pages, between which others write; and an
 * index may lack what was written a moment ago.
 */
export class QueryFaults {
  readonly #options: QueryFaultsOptions;

  constructor(options: QueryFaultsOptions) {
    this.#options = options;
  }

  /** Makes the pages of a query small at times. */
  prepare(command: Command): void {
    const { random, probability } = this.#options;
    if (!(command instanceof QueryCommand) || command.input.Limit !== undefined) return;
    if (random.chance(probability())) command.input.Limit = random.integer(1, 3);
  }

  /** The answer as it is given. */
  asGiven(command: Command, answer: unknown): unknown {
    if (!(command instanceof QueryCommand)) return answer;
    const { random, probability, seen } = this.#options;
    const { Items: items = [], LastEvaluatedKey: next }: { Items?: Item[]; LastEvaluatedKey?: Item } =
      Object(answer);
    if (next !== undefined) seen('several pages');
    if (command.input.IndexName === undefined) return answer;
    const given = items.filter(() => !random.chance(probability() / 2));
    if (given.length < items.length) seen('an index that lags');
    return { ...Object(answer), Items: given };
  }
}

/**
 * A client whose eventually consistent queries give every item as it was at one of several moments, each item at
 * another one.
 *
 * @param moments all items of the table at some moments, the earliest first
 */
export function staleClient(
  client: DynamoDBDocumentClient,
  moments: readonly (readonly Item[])[],
  random: Random,
  seen: () => void,
): DynamoDBDocumentClient {
  return intercepted(client, async (command, send) => {
    const answer = await send();
    if (!(command instanceof QueryCommand) || command.input.ConsistentRead === true) return answer;
    const { Items: items = [] }: { Items?: Item[] } = Object(answer);
    const partition = partitionOf(command);
    const given = items.flatMap((item) => {
      if (random.chance(0.4)) return [item];
      const then = random.pick(moments).find(({ pk, sk }) => pk === partition && sk === item['sk']);
      seen();
      return then === undefined ? [] : [projected(then, command.input)];
    });
    return { ...Object(answer), Items: given };
  });
}
