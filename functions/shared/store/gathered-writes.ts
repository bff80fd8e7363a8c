import { BatchExecuteStatementCommand } from '@aws-sdk/lib-dynamodb';
import { type ItemWrites, type Table, writeAlone } from './dynamodb.ts';
import { onceAllHaveAsked } from './gathered-reads.ts';
import { nameOfKey, partitionKindOf } from './items/keys.ts';
import { type ItemWrite, keyOfWrite, type Statement, statementOf } from './statements.ts';

/** DynamoDB takes at most this many statements in one `BatchExecuteStatement`. */
const STATEMENTS_LIMIT = 25;

/** A write that is not made yet. */
interface Asked {
  write: ItemWrite;
  statement: Statement;
  answer: PromiseWithResolvers<void>;
}

/**
 * Makes the writes of single items together that many tasks ask for at the same time, for the reason for which their
 * reads are gathered. It is no transaction: each is made or not by itself, on its own condition, and billed as if it had
 * been sent by itself.
 *
 * What was not made together, for whatever reason, is sent by itself, and its task is answered what that gives. So one
 * that was made although its answer was lost is refused then, as when the client itself sends it again.
 */
export class GatheredWrites implements ItemWrites {
  readonly #table: Table;
  /** What is asked for of one kind of partition, by the names of the items' keys. */
  readonly #queues = new Map<string, Map<string, Asked>>();

  constructor(table: Table) {
    this.#table = table;
  }

  write(write: ItemWrite): Promise<void> {
    const statement = statementOf(write);
    const key = keyOfWrite(write);
    const name = nameOfKey(key);
    const queue = this.#queueOf(partitionKindOf(key));
    // DynamoDB refuses a batch that has two writes of one item.
    if (statement === undefined || queue.has(name)) return writeAlone(this.#table, write);
    const answer = Promise.withResolvers<void>();
    queue.set(name, { write, statement, answer });
    if (queue.size === STATEMENTS_LIMIT) this.#send(queue);
    else if (queue.size === 1) onceAllHaveAsked(() => this.#send(queue));
    return answer.promise;
  }

  #queueOf(kind: string): Map<string, Asked> {
    const queue = this.#queues.get(kind) ?? new Map();
    this.#queues.set(kind, queue);
    return queue;
  }

  #send(queue: Map<string, Asked>): void {
    const asked = [...queue.values()];
    queue.clear();
    if (asked.length > 1) this.#writeTogether(asked);
    else for (const one of asked) this.#writeAlone(one);
  }

  #writeAlone({ write, answer }: Asked): void {
    writeAlone(this.#table, write).then(answer.resolve, answer.reject);
  }

  async #writeTogether(asked: readonly Asked[]): Promise<void> {
    const Statements = asked.map(({ statement }) => statement);
    try {
      const command = new BatchExecuteStatementCommand({ Statements });
      const { Responses: responses = [] } = await this.#table.client.send(command);
      for (const [index, one] of asked.entries()) {
        const response = responses[index];
        if (response !== undefined && response.Error === undefined) one.answer.resolve();
        else this.#writeAlone(one);
      }
    } catch {
      for (const one of asked) this.#writeAlone(one);
    }
  }
}
