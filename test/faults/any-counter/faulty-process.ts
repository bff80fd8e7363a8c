import { ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { TestDatabase } from '../../support/database/database.ts';
import { cancelledTransaction } from '../../support/database/transactions.ts';
import type { CounterProcess } from './any-counter.ts';
import type { Death, Decisions, Place } from './plan.ts';

/** What processes of a schedule have in common. */
export interface ScheduleContext {
  database: TestDatabase;
  decisions: Decisions;
  /** Is told every step, as people read it. */
  see(line: string): void;
}

/** A process whose calls take turns with those of others, and fail at times. */
export class FaultyProcess implements CounterProcess {
  readonly name: string;
  readonly client: CounterProcess['client'];
  readonly documents: CounterProcess['documents'];
  readonly waiting: CounterProcess['waiting'];
  readonly randomBytes: CounterProcess['randomBytes'];
  readonly clock = Date.now;
  readonly died: Promise<undefined>;
  isDead = false;
  readonly #context: ScheduleContext;
  /** What it does now; nothing ever goes wrong where that is nothing. */
  #place: Place | undefined;
  #calls = 0;
  #death: Death | undefined;
  #die: () => void = () => {};

  constructor(name: string, context: ScheduleContext) {
    const { database, decisions } = context;
    this.name = name;
    this.#context = context;
    const call: Call = (command, send) => this.#call(command, send);
    this.client = withCalls(database.base, call);
    this.documents = withCalls(DynamoDBDocumentClient.from(database.base), call);
    this.waiting = {
      pause: () => decisions.scheduler.step('a pause ends', () => {}),
      deadline: () => NEVER,
      random: () => decisions.random.next(),
    };
    this.randomBytes = (length) => new Uint8Array(length).map(() => decisions.random.integer(0, 255));
    this.died = new Promise((resolve) => {
      this.#die = () => {
        this.isDead = true;
        resolve(undefined);
      };
    });
  }

  /** Begins an invocation. */
  begin(place: Place): void {
    this.#place = place;
    this.#calls = 0;
    this.#death = this.#context.decisions.death(place);
  }

  /** Ends it. Where it has not died by then, it does not. */
  end(): void {
    this.#death = undefined;
  }

  async #call(command: object, send: () => Promise<unknown>): Promise<unknown> {
    if (this.isDead) return NEVER;
    const { decisions } = this.#context;
    const name = command.constructor.name.replace(/Command$/, '');
    const fault =
      this.#place && decisions.callFault(this.#place, this.#calls++, name.startsWith('TransactWrite'));
    let death: Death['fault'] | undefined;
    const outcome = await decisions.scheduler.step(command.constructor.name, async () => {
      if (this.#death !== undefined && this.#death.callsUntil-- === 0) death = this.#death.fault;
      if (death === 'a process died before a call') {
        this.#see(`dies before its ${name}`);
        this.#die();
      }
      if (this.isDead) return NOT_SENT;
      if (fault === 'a call was throttled') return this.#fail(`${name} is throttled`, throttled());
      if (fault === 'a transaction met another one')
        return this.#fail(`${name} meets another transaction`, cancelledTransaction(['TransactionConflict']));
      // The answer to the first is lost, and the SDK sends the call once more.
      if (fault === 'a call was sent twice')
        await this.#send(`${name}, which is sent twice`, send).catch(() => {});
      const answer = await this.#send(name, send);
      if (fault === 'the answer to a call was lost')
        return this.#fail(`the answer to ${name} is lost`, new LostAnswerError('the answer did not arrive'));
      return { answer };
    });
    if (death === 'a process died behind a call') {
      this.#see(`dies behind its ${name}`);
      this.#die();
    }
    return this.isDead || outcome === NOT_SENT ? NEVER : outcome.answer;
  }

  async #send(name: string, send: () => Promise<unknown>): Promise<unknown> {
    try {
      const answer = await send();
      this.#see(`${name}: done`);
      return answer;
    } catch (error) {
      this.#see(`${name}: ${error instanceof Error ? error.name : error}`);
      throw error;
    }
  }

  #fail(line: string, error: Error): never {
    this.#see(line);
    throw error;
  }

  #see(line: string): void {
    this.#context.see(`${this.name}: ${line}`);
  }
}

type Call = (command: object, send: () => Promise<unknown>) => Promise<unknown>;

const NEVER = new Promise<never>(() => {});
const NOT_SENT = Symbol('not sent');

/** A call whose answer never arrived, although it was applied. */
class LostAnswerError extends Error {
  override name = 'TimeoutError';
}

function throttled(): Error {
  return new ProvisionedThroughputExceededException({ message: 'slow down', $metadata: {} });
}

/** A client whose calls go through a function. */
function withCalls<Client extends object>(client: Client, call: Call): Client {
  return new Proxy(client, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (property !== 'send' || typeof value !== 'function') return value;
      return (command: object) => call(command, async () => Reflect.apply(value, target, [command]));
    },
  });
}
