import {
  ProvisionedThroughputExceededException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Item } from '../../functions/shared/store/items/item.ts';
import { nameOfKey } from '../../functions/shared/store/items/keys.ts';
import { USAGE_TABLE } from '../../functions/shared/store/usage-table.ts';
import { LostAnswerError } from '../faults/faulty-client.ts';
import { type Command, InMemoryDynamoDB } from '../support/database/in-memory/in-memory-dynamodb.ts';
import type { Change } from '../support/database/in-memory/stored-table.ts';
import { cancelledTransaction } from '../support/database/transactions.ts';
import { ItemsDigest, textOf } from './fingerprint.ts';

export const USAGE_TABLE_NAME = 'usage';

/** What comes back of a call. */
export type Answer = { value: object } | { error: unknown };

/**
 * How a call is dealt with. All but `done` is a fault:
 *
 * - `refused` (throttled) and `conflict` (with a transaction): nothing is done, and the caller gets an error;
 * - `lost`: it is done, and the caller gets an error; `repeated`: it is done, and done again by the caller's client;
 * - `crash` and `crash after`: the caller dies before it, or once it is done;
 * - `torn`: a transaction is done, and some of its items are seen as they were for a while, by all that are no
 *   transactions;
 * - `stale`: what is read without asking for consistency is not what was written last.
 */
export type Way =
  | { kind: 'done' | 'refused' | 'conflict' | 'lost' | 'repeated' | 'crash' | 'crash after' }
  | { kind: 'torn' | 'stale'; items: readonly string[] };

/** What a call comes to. */
export interface Outcome {
  /** Nothing where the caller died of it. */
  answer?: Answer;
  /** Whether the answer comes only once the transaction is seen whole. */
  isTorn: boolean;
  changes: readonly Change[];
  /** Those that are not seen yet. */
  lagging: readonly Change[];
}

/** All subsets of so many items of a transaction lag behind; of more, one alone or all but one. */
const MOST_ITEMS_IN_ALL_SUBSETS = 3;

/** The usage table that all actors share, with what DynamoDB may do beside what it is asked for. */
export class SharedStore {
  readonly dynamodb: InMemoryDynamoDB;
  readonly #content = new ItemsDigest();
  /** What every item was before its last change, which is what a read may still see. */
  readonly #previous = new ItemsDigest();
  readonly #history = new Map<string, Item[]>();
  /** What transactions have changed that is not seen changed yet, by the names of the items. */
  #lagging: ReadonlyMap<string, Change> = new Map();
  /** All that was changed by the transaction that is not seen whole. */
  #transaction: readonly Change[] = [];

  constructor() {
    this.dynamodb = new InMemoryDynamoDB((change, what) => this.#note(change, what));
    this.dynamodb.createTable(USAGE_TABLE_NAME, USAGE_TABLE);
  }

  #note({ key, before, after }: Change, what: 'made' | 'taken back'): void {
    for (const item of [before, after]) if (item !== undefined) this.#content.toggle(item);
    const name = nameOfKey(key);
    const history = this.#history.get(name) ?? [];
    this.#history.set(name, history);
    const last = history.at(-1);
    if (last !== undefined) this.#previous.toggle(last);
    if (what === 'made') history.push(before ?? { ...key, isAbsent: true });
    else history.pop();
    const now = history.at(-1);
    if (now !== undefined) this.#previous.toggle(now);
  }

  /** Tells the contents, what they were before, and what is not seen of them yet, from all others. */
  get text(): string {
    return `${this.#content.text} ${this.#previous.text} ${[...this.#lagging.keys()].join()}`;
  }

  get isWhole(): boolean {
    return this.#lagging.size === 0;
  }

  /** All that is stored. */
  items(): Item[] {
    return this.dynamodb.items(USAGE_TABLE_NAME);
  }

  /** All that is stored, without the transaction that is not seen whole: nobody may rely on any part of it. */
  itemsRelied(): Item[] {
    return this.peek(() => {
      for (const { table, key, before } of this.#transaction) table.set(key, before);
      return this.items();
    });
  }

  /** Goes back to a moment of the database at which everything was seen whole. */
  rollBack(moment: number): void {
    this.dynamodb.rollBack(moment);
    this.makeWhole();
  }

  /** Tells what would come of something, which is taken back again. */
  peek<Result>(look: () => Result): Result {
    const [moment, lagging, transaction] = [this.dynamodb.mark(), this.#lagging, this.#transaction];
    try {
      return look();
    } finally {
      this.dynamodb.rollBack(moment);
      this.#lagging = lagging;
      this.#transaction = transaction;
    }
  }

  /** Lets the transaction be seen whole that was torn. */
  makeWhole(): void {
    this.#lagging = new Map();
    this.#transaction = [];
  }

  /** What a command would come to, which is not done. */
  foresee(command: Command, way: Way): Outcome {
    return this.peek(() => {
      const moment = this.dynamodb.mark();
      const answer = this.#answered(command, way);
      const changes = this.dynamodb.changes.slice(moment);
      const lagging =
        way.kind === 'torn' ? changes.filter(({ key }) => way.items.includes(nameOfKey(key))) : [];
      return { ...(answer !== undefined && { answer }), isTorn: way.kind === 'torn', changes, lagging };
    });
  }

  /** Does what was foreseen in the same state. */
  apply({ changes, lagging, isTorn }: Outcome): void {
    for (const { table, key, after } of changes) table.set(key, after);
    if (!isTorn) return;
    this.#transaction = changes;
    this.#lagging = new Map(lagging.map((change) => [nameOfKey(change.key), change]));
  }

  #answered(command: Command, way: Way): Answer | undefined {
    if (way.kind === 'crash') return undefined;
    if (way.kind === 'refused') return { error: throttled() };
    if (way.kind === 'conflict') return { error: conflictOf(command) };
    if (way.kind === 'stale') return this.#asBefore(command, this.#earlier(new Set(way.items)));
    const answer = this.#answer(command);
    if (way.kind === 'lost') return { error: new LostAnswerError('the answer did not arrive') };
    if (way.kind === 'repeated') return this.#answer(command);
    return way.kind === 'crash after' ? undefined : answer;
  }

  /**
   * All faults of a call that make a difference. A process that dies between two reads leaves behind what it leaves if it
   * dies just before its next write.
   *
   * @param allowed whether the call may fail and the caller die, and whether a transaction may be seen in parts
   */
  faultsOf(command: Command, { mayDie, mayTear }: { mayDie: boolean; mayTear: boolean }): Way[] {
    const ways: Way[] = mayDie ? [{ kind: 'refused' }] : [];
    if (!isWrite(command)) {
      if (mayDie && command instanceof TransactGetCommand) ways.push({ kind: 'conflict' });
      return [...ways, ...this.#staleWays(command)];
    }
    ways.push({ kind: 'conflict' }, { kind: 'crash' });
    const changed = this.foresee(command, { kind: 'done' }).changes.map(({ key }) => nameOfKey(key));
    // Where nothing is written, it is all the same whether the answer gets lost or the call is refused.
    if (changed.length === 0) return ways;
    ways.push({ kind: 'lost' }, { kind: 'repeated' }, { kind: 'crash after' });
    if (!mayTear || !(command instanceof TransactWriteCommand)) return ways;
    return [...ways, ...properSubsets(changed).map((items): Way => ({ kind: 'torn', items }))];
  }

  /** What a read that need not be consistent may see instead: one item, or all, as before the last change of it. */
  #staleWays(command: Command): Way[] {
    if (!isEventual(command)) return [];
    const names = [...this.#earlier()].map(([name]) => name);
    const seen = new Set([textOf(this.#answer(command))]);
    const ways: Way[] = [];
    for (const items of [...names.map((name) => [name]), names]) {
      const text = textOf(this.#asBefore(command, this.#earlier(new Set(items))));
      if (seen.has(text)) continue;
      seen.add(text);
      ways.push({ kind: 'stale', items });
    }
    return ways;
  }

  /** The last change of every item, or of those of some names, since the beginning of the schedule. */
  #earlier(names?: ReadonlySet<string>): Map<string, Change> {
    const last = new Map<string, Change>();
    for (const change of this.dynamodb.changes) {
      const name = nameOfKey(change.key);
      if (names === undefined || names.has(name)) last.set(name, change);
    }
    return last;
  }

  #answer(command: Command): Answer {
    if (this.#lagging.size === 0) return this.#execute(command);
    const isLate = (key: Item | undefined) => this.#lagging.has(nameOfKey(key ?? {}));
    if (command instanceof TransactWriteCommand || command instanceof TransactGetCommand) {
      const late = keysOf(command).map(isLate);
      if (!late.includes(true)) return this.#execute(command);
      return { error: cancelledTransaction(late.map((is) => (is ? 'TransactionConflict' : 'None'))) };
    }
    if (!isWrite(command)) return this.#asBefore(command, this.#lagging);
    if (!keysOf(command).some(isLate)) return this.#execute(command);
    return { error: conflictOf(command) };
  }

  /** An answer with some items as they were before they were changed. */
  #asBefore(command: Command, changes: ReadonlyMap<string, Change>): Answer {
    return this.peek(() => {
      for (const { table, key, before } of changes.values()) table.set(key, before);
      return this.#execute(command);
    });
  }

  #execute(command: Command): Answer {
    try {
      return { value: frozen(this.dynamodb.execute(command)) };
    } catch (error) {
      return { error };
    }
  }
}

/** The keys that a command names. */
export function keysOf(command: Command): Item[] {
  if (command instanceof PutCommand) return [command.input.Item ?? {}];
  if (command instanceof GetCommand || command instanceof UpdateCommand || command instanceof DeleteCommand) {
    return [command.input.Key ?? {}];
  }
  if (command instanceof TransactWriteCommand) {
    return (command.input.TransactItems ?? []).map(
      ({ Put: put, Update: update, Delete: removal, ConditionCheck: check }) =>
        put?.Item ?? update?.Key ?? removal?.Key ?? check?.Key ?? {},
    );
  }
  if (command instanceof TransactGetCommand) {
    return (command.input.TransactItems ?? []).map(({ Get: get }) => get?.Key ?? {});
  }
  if (command instanceof BatchGetCommand) {
    return Object.values(command.input.RequestItems ?? {}).flatMap(({ Keys: keys = [] }) => keys);
  }
  return [];
}

/** Whether a command does nothing but read items by their keys. */
export function isReadByKeys(command: Command): boolean {
  return (
    command instanceof GetCommand ||
    command instanceof BatchGetCommand ||
    command instanceof TransactGetCommand
  );
}

function isWrite(command: Command): boolean {
  return (
    command instanceof PutCommand ||
    command instanceof UpdateCommand ||
    command instanceof DeleteCommand ||
    command instanceof TransactWriteCommand
  );
}

function isEventual(command: Command): boolean {
  if (command instanceof GetCommand || command instanceof QueryCommand) {
    return command.input.ConsistentRead !== true;
  }
  if (!(command instanceof BatchGetCommand)) return false;
  return Object.values(command.input.RequestItems ?? {}).some(({ ConsistentRead: is }) => is !== true);
}

function properSubsets(names: readonly string[]): string[][] {
  if (names.length > MOST_ITEMS_IN_ALL_SUBSETS) {
    return [...names.map((name) => [name]), ...names.map((name) => names.filter((other) => other !== name))];
  }
  const subsets = Array.from({ length: 2 ** names.length }, (_, bits) =>
    names.filter((_name, index) => Math.floor(bits / 2 ** index) % 2 === 1),
  );
  return subsets.filter(({ length }) => length > 0 && length < names.length);
}

/** What one answer says is given in many schedules: nobody may change it. */
function frozen<Value extends object>(value: Value): Value {
  if (value instanceof Uint8Array) return value;
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) frozen(part);
  return Object.freeze(value);
}

function throttled(): Error {
  return new ProvisionedThroughputExceededException({ message: 'slow down', $metadata: {} });
}

function conflictOf(command: Command): Error {
  if (!(command instanceof TransactWriteCommand || command instanceof TransactGetCommand)) {
    return new TransactionConflictException({ message: 'conflict', $metadata: {} });
  }
  const last = (command.input.TransactItems?.length ?? 0) - 1;
  return cancelledTransaction(
    Array.from({ length: last + 1 }, (_, index) => (index === last ? 'TransactionConflict' : 'None')),
  );
}
