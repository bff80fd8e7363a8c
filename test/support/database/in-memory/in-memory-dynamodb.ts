import {
  DynamoDBClient,
  ResourceNotFoundException,
  BatchGetItemCommand as TypedBatchGetCommand,
  ScanCommand as TypedScanCommand,
} from '@aws-sdk/client-dynamodb';
import {
  BatchExecuteStatementCommand,
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Item } from '../../../../functions/shared/store/items/item.ts';
import type { TableDefinition } from '../../../../functions/shared/store/table-definition.ts';
import { intercepted } from '../intercepted-client.ts';
import { batchGet, get, query, scan, transactGet, typedBatchGet, typedScan } from './reads.ts';
import { type Change, StoredTable } from './stored-table.ts';
import { ValidationException } from './values.ts';
import { batchWrite, executeStatements, put, remove, transactWrite, update } from './writes.ts';

/** A command as stores send it. */
export type Command = Parameters<DynamoDBDocumentClient['send']>[0];

/** Is told of changes. */
type Seen = (change: Change, what: 'made' | 'taken back') => void;

/**
 * What DynamoDB does with the commands of this service's stores, in this process and at once: no network, no timers.
 * Every command is done whole before the next one, and every read is consistent. What is not known here is refused.
 */
export class InMemoryDynamoDB {
  readonly #tables = new Map<string, StoredTable>();
  readonly #changes: Change[] = [];
  #isRemembering = false;
  readonly #seen: Seen | undefined;

  /** @param seen is told of every change, and of those that are taken back */
  constructor(seen?: Seen) {
    this.#seen = seen;
  }

  createTable(name: string, definition: TableDefinition): void {
    const seen = (change: Change) => {
      if (this.#isRemembering) this.#changes.push(change);
      this.#seen?.(change, 'made');
    };
    this.#tables.set(name, new StoredTable(name, definition, seen));
  }

  /**
   * Does what a command asks for.
   *
   * @returns what the document client would
   * @throws what DynamoDB would; ValidationException where something is not known here
   */
  execute(command: Command): object {
    const tables = (name: string | undefined) => this.#table(name);
    if (command instanceof GetCommand) return get(tables, command.input);
    if (command instanceof QueryCommand) return query(tables, command.input);
    if (command instanceof UpdateCommand) return update(tables, command.input);
    if (command instanceof PutCommand) return put(tables, command.input);
    if (command instanceof DeleteCommand) return remove(tables, command.input);
    if (command instanceof TransactWriteCommand) return transactWrite(tables, command.input);
    if (command instanceof TransactGetCommand) return transactGet(tables, command.input);
    if (command instanceof BatchExecuteStatementCommand) {
      return executeStatements(tables, command);
    }
    if (command instanceof BatchGetCommand) return batchGet(tables, command.input);
    if (command instanceof TypedBatchGetCommand) return typedBatchGet(tables, command.input);
    if (command instanceof BatchWriteCommand) return batchWrite(tables, command.input);
    if (command instanceof ScanCommand) return scan(tables, command.input);
    if (command instanceof TypedScanCommand) return typedScan(tables, command.input);
    throw new ValidationException(`${command.constructor.name} is not known to DynamoDB for tests`);
  }

  /** All items of a table as they are. They are not to be changed. */
  items(tableName: string): Item[] {
    return this.#table(tableName).all();
  }

  /** What was changed since changes are remembered, the earliest first. */
  get changes(): readonly Change[] {
    return this.#changes;
  }

  /** A moment to which `rollBack` leads. From the first one on, all changes are remembered. */
  mark(): number {
    this.#isRemembering = true;
    return this.#changes.length;
  }

  /** Takes back what was changed since a moment; it costs as much as was changed. */
  rollBack(moment: number): void {
    for (;;) {
      if (this.#changes.length <= moment) return;
      const change = this.#changes.pop();
      if (change === undefined) return;
      change.table.replace(change.key, change.before);
      this.#seen?.(change, 'taken back');
    }
  }

  #table(name: string | undefined): StoredTable {
    const table = this.#tables.get(name ?? '');
    if (table === undefined) {
      throw new ResourceNotFoundException({ message: `there is no table ${name}`, $metadata: {} });
    }
    return table;
  }
}

/** Reaches nothing: there is nobody at its endpoint. To make one takes longer than hundreds of commands. */
export const NOBODYS_CLIENT = new DynamoDBClient({
  endpoint: 'http://127.0.0.1:9',
  region: 'local',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
const NOBODYS_DOCUMENT_CLIENT = DynamoDBDocumentClient.from(NOBODYS_CLIENT);

/** A client that never reaches the network: what answers its commands is given. */
export function clientOf(answer: (command: Command) => Promise<object>): DynamoDBDocumentClient {
  return intercepted(NOBODYS_DOCUMENT_CLIENT, (command) => answer(command));
}
