import {
  InternalServerError,
  ProvisionedThroughputExceededException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import {
  BatchExecuteStatementCommand,
  BatchGetCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { intercepted } from '../support/database/intercepted-client.ts';
import { executedOneByOne } from '../support/database/statements.ts';
import { cancelledTransaction } from '../support/database/transactions.ts';
import type { Random } from '../support/random.ts';
import type { QueryFaults } from './query-faults.ts';
import type { Scheduler } from './scheduler.ts';
import type { TornTransactions } from './torn-transactions.ts';

/** A call of DynamoDB whose answer never arrived: it may have been applied, or not. */
export class LostAnswerError extends Error {
  override name = 'TimeoutError';
  /** What the SDK adds to the error once it has tried often enough. */
  readonly $metadata = { attempts: 3 };
}

/** What may go wrong around the calls of one client. */
export interface FaultPlan {
  /** How likely a call fails in one of the ways below. */
  faultProbability: number;
  /** How likely the answer of a call never comes, whether the call was applied or not. */
  silenceProbability?: number;
  /** At which of the next calls the process dies: that call, and all that wait for it, never return. */
  crash?: { callsUntil: number; when: 'before' | 'after'; die: () => void };
}

/**
 * A client whose calls take turns with those of others, and fail at times.
 *
 * @param oddities what DynamoDB may do without anything being wrong
 * @param see what is shown of the calls
 */
export function faultyClient(
  client: DynamoDBDocumentClient,
  scheduler: Scheduler,
  random: Random,
  plan: FaultPlan,
  { transactions, queries }: Oddities,
  see: Onlooker = {},
): DynamoDBDocumentClient {
  async function send(command: Parameters<DynamoDBDocumentClient['send']>[0]): Promise<unknown> {
    // Its statements are made one by one, in DynamoDB as well: each meets faults of its own.
    if (command instanceof BatchExecuteStatementCommand) return executedOneByOne(command, faulty);
    queries.prepare(command);
    const crash = plan.crash !== undefined && plan.crash.callsUntil-- === 0 ? plan.crash : undefined;
    if (crash?.when === 'before') return crashNow(crash.die);
    const fault = faultOf(plan, random);
    const label = `${command.constructor.name}${fault === undefined ? '' : ` (${fault})`}`;
    if (fault === 'refused') {
      return scheduler.step(label, () => {
        throw refusal(command, random);
      });
    }
    if (fault === 'silent' && random.chance(0.5)) {
      await scheduler.step(label, () => {});
      return silence();
    }
    const answer = await scheduler.step(label, async () => {
      const first = await attempt(client, command, transactions);
      if ('value' in first) see.succeeded?.(command, first.value);
      else see.refused?.(command, first.error);
      // The client's own retry of a call that was applied: the second answer is the one that is seen.
      const last = fault === 'repeated' ? await attempt(client, command, transactions) : first;
      if ((fault === 'lost' || fault === 'repeated') && 'value' in first) see.lost?.(command);
      if (fault === 'lost') throw new LostAnswerError('the answer did not arrive');
      return last;
    });
    await answer.whole;
    if (fault === 'silent') {
      if ('value' in answer) see.lost?.(command);
      return silence();
    }
    if (crash?.when === 'after') {
      if ('value' in answer) see.lost?.(command);
      return crashNow(crash.die);
    }
    if ('error' in answer) throw answer.error;
    return fault === 'partial'
      ? withUnprocessed(command, answer.value)
      : queries.asGiven(command, answer.value);
  }
  function silence(): Promise<never> {
    see.silent?.();
    return new Promise(() => {});
  }
  const faulty = intercepted(client, send);
  return faulty;
}

/** How transactions are seen while they are made, and what queries meet. */
export interface Oddities {
  transactions: TornTransactions;
  queries: QueryFaults;
}

/** What is shown of the calls of a client. */
export interface Onlooker {
  /** Is shown every command that succeeded, with its answer, whether or not that arrives. */
  succeeded?: (command: object, answer: unknown) => void;
  /** Is shown every command that the database refused, and how. */
  refused?: (command: object, error: unknown) => void;
  /** Is shown every command that succeeded, and whose answer came to nobody, or to a process that died. */
  lost?: (command: object) => void;
  /** Is told of every call whose answer never comes. */
  silent?: () => void;
}

const FAULTS = ['refused', 'lost', 'repeated', 'partial'] as const;

function faultOf(plan: FaultPlan, random: Random): (typeof FAULTS)[number] | 'silent' | undefined {
  if (random.chance(plan.silenceProbability ?? 0)) return 'silent';
  return random.chance(plan.faultProbability) ? random.pick(FAULTS) : undefined;
}

type Answer = ({ value: unknown } | { error: unknown }) & { whole?: Promise<void> };

async function attempt(
  client: DynamoDBDocumentClient,
  command: Parameters<DynamoDBDocumentClient['send']>[0],
  transactions: TornTransactions,
): Promise<Answer> {
  try {
    const { answer, ...rest } = await transactions.send(client, command);
    return { value: answer, ...rest };
  } catch (error) {
    return { error };
  }
}

function crashNow(die: () => void): Promise<never> {
  die();
  return new Promise(() => {});
}

function refusal(command: object, random: Random): Error {
  const unavailable = new InternalServerError({ message: 'the service is unavailable', $metadata: {} });
  const throttled = new ProvisionedThroughputExceededException({ message: 'slow down', $metadata: {} });
  if (command instanceof TransactWriteCommand) {
    const items = command.input.TransactItems ?? [];
    const code = random.pick(['TransactionConflict', 'ThrottlingError']);
    const hit = random.integer(0, Math.max(0, items.length - 1));
    const cancelled = cancelledTransaction(items.map((_, index) => (index === hit ? code : 'None')));
    return random.pick([cancelled, throttled, unavailable]);
  }
  if (command instanceof PutCommand || command instanceof UpdateCommand || command instanceof DeleteCommand) {
    const conflict = new TransactionConflictException({ message: 'conflict', $metadata: {} });
    return random.pick([conflict, throttled, unavailable]);
  }
  return random.pick([throttled, unavailable]);
}

/** The answer of a batch read, as if DynamoDB had left out the last key. */
function withUnprocessed(command: object, value: unknown): unknown {
  if (!(command instanceof BatchGetCommand)) return value;
  const [table] = Object.entries(command.input.RequestItems ?? {});
  if (table === undefined) return value;
  const [tableName, request] = table;
  const keys = request.Keys ?? [];
  const last = keys.at(-1);
  if (keys.length < 2 || last === undefined) return value;
  const answer: { Responses?: Record<string, Record<string, unknown>[]> } = Object(value);
  const items = answer.Responses?.[tableName] ?? [];
  return {
    ...answer,
    Responses: {
      [tableName]: items.filter((item) => item['pk'] !== last['pk'] || item['sk'] !== last['sk']),
    },
    UnprocessedKeys: { [tableName]: { Keys: [last] } },
  };
}
