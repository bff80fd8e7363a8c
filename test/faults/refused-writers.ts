import {
  BatchGetCommand,
  GetCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { type DailyCounter, isOnlyCountedSince } from '../../functions/shared/domain/daily-counter.ts';
import { itemFound } from '../../functions/shared/store/dynamodb.ts';
import { isDailyCounter, parseKeyedCounter } from '../../functions/shared/store/items/daily-counter.ts';
import type { Item } from '../../functions/shared/store/items/item.ts';
import { nameOfKey } from '../../functions/shared/store/items/keys.ts';

/** What writers of counters may do after others were faster. */
export const REFUSED_WRITERS = [
  'who was refused went on from the counter that the write had found',
  'who was refused found that others had counted some of the messages',
  'who was refused looked into windows that were archived meanwhile',
  'who was refused began anew, since something else than counting had changed the counter',
] as const;
type RefusedWriter = (typeof REFUSED_WRITERS)[number];

/** A write that changes one counter, with the windows that it archives. */
interface CounterWrite {
  name: string;
  versionRead: number;
  messageCount: number;
}

/** Watches what one process does after its writes of counters were refused. */
export class RefusedWriters {
  readonly #met: (situation: RefusedWriter) => void;
  /** Counters as they were read, or found by a write that was refused. */
  readonly #seen = new Map<string, DailyCounter>();
  /** Counters that a refused write has found, and how many messages that would have counted. */
  readonly #found = new Map<string, { counter: DailyCounter; messages: number }>();

  constructor(met: (situation: RefusedWriter) => void) {
    this.#met = met;
  }

  succeeded(command: object, answer: unknown): void {
    if (command instanceof GetCommand) this.#see(Object(answer).Item);
    if (command instanceof BatchGetCommand) {
      const tables: Record<string, Item[]> = Object(answer).Responses ?? {};
      for (const item of Object.values(tables).flat()) this.#see(item);
    }
    if (readsWindows(command) && this.#found.size > 0) {
      this.#met('who was refused looked into windows that were archived meanwhile');
    }
    const write = counterWrite(command);
    if (write === undefined) return;
    const found = this.#found.get(write.name);
    this.#found.delete(write.name);
    if (found === undefined || found.counter.version !== write.versionRead) return;
    this.#met('who was refused went on from the counter that the write had found');
    if (write.messageCount - found.counter.messageCount < found.messages) {
      this.#met('who was refused found that others had counted some of the messages');
    }
  }

  refused(command: object, error: unknown): void {
    const write = counterWrite(command);
    const item = itemFound(error);
    if (write === undefined || item === undefined) return;
    const counter = parsed(item);
    const read = this.#seen.get(write.name);
    if (counter === undefined || read === undefined) return;
    this.#seen.set(write.name, counter);
    if (read.version !== write.versionRead) return;
    if (isOnlyCountedSince(read, counter)) {
      this.#found.set(write.name, { counter, messages: write.messageCount - read.messageCount });
    } else {
      this.#met('who was refused began anew, since something else than counting had changed the counter');
    }
  }

  /** A counter that was read: whoever does so does not go on from what was found. */
  #see(item: Item | undefined): void {
    if (item === undefined || !isDailyCounter({ pk: String(item['pk']), sk: String(item['sk']) })) return;
    const counter = parsed(item);
    if (counter === undefined) return;
    this.#seen.set(nameOfKey(item), counter);
    this.#found.delete(nameOfKey(item));
  }
}

/** The counter, where nothing of it was spoilt. */
function parsed(item: Item): DailyCounter | undefined {
  try {
    return parseKeyedCounter(item);
  } catch {
    return undefined;
  }
}

/** The write of a counter that nothing else is changed with but its windows. */
function counterWrite(command: object): CounterWrite | undefined {
  const [first, ...others] =
    command instanceof TransactWriteCommand ? (command.input.TransactItems ?? []) : [];
  if (others.some(({ Put: put }) => put === undefined)) return undefined;
  const update = command instanceof UpdateCommand ? command.input : first?.Update;
  if (update === undefined) return undefined;
  const { Key: key, ExpressionAttributeValues: values } = update;
  if (!isDailyCounter({ pk: String(key?.['pk']), sk: String(key?.['sk']) })) return undefined;
  return {
    name: nameOfKey(key ?? {}),
    versionRead: Number(values?.[':version']) - 1,
    messageCount: Number(values?.[':messageCount']),
  };
}

function readsWindows(command: object): boolean {
  const keys =
    command instanceof TransactGetCommand
      ? (command.input.TransactItems ?? []).map(({ Get: get }) => get?.Key)
      : command instanceof BatchGetCommand
        ? Object.values(command.input.RequestItems ?? {}).flatMap(({ Keys: keys }) => keys ?? [])
        : [];
  return keys.some((key) => String(key?.['pk']).includes('#WINDOWS#'));
}
