import { mock } from 'node:test';
import { ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { UserMessage } from '../../functions/shared/domain/message.ts';
import { addDays, dayOf, HOUR_MS, startOf } from '../../functions/shared/domain/utc-day.ts';
import type { TestDatabase } from '../support/database/database.ts';
import { cancelledTransaction } from '../support/database/transactions.ts';
import { Random } from '../support/random.ts';
import {
  type AnyCounter,
  type CounterKind,
  type CounterProcess,
  type Figure,
  type Figures,
  placeOf,
} from './any-counter.ts';
import { Scheduler } from './scheduler.ts';

/**
 * What may go wrong between a stream and a counter, all of which AWS says may happen. That a part of a batch fails
 * follows from it.
 */
export const COUNTER_FAULTS = [
  'a batch was delivered again',
  'a batch was delivered to two processes at once',
  'a call was throttled',
  'a transaction met another one',
  'the answer to a call was lost',
  'a call was sent twice',
  'a process died before a call',
  'a process died behind a call',
] as const;
export type CounterFault = (typeof COUNTER_FAULTS)[number];

/** A figure that is not what it should be. */
export interface WrongFigure {
  place: string;
  counted: Figure;
  expected: Figure;
}

/** What came of a schedule. */
export interface CounterOutcome {
  /** How many figures there should be. */
  figures: number;
  wrong: WrongFigure[];
  /** The faults that were met. */
  met: ReadonlySet<CounterFault>;
}

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
/** A round is longer than an invocation may take: whoever begins in one has ended, or was ended, before the next. */
const ROUND_MS = 120_000;
const ROUNDS_WITH_FAULTS = 8;
/** What is not counted by then never will be. */
const MOST_ROUNDS = 60;
const LARGEST_BATCH = 10;
const JOB_PROBABILITY = 0.3;
/** Of the calls of an invocation, the last at which its process may die. */
const LAST_DEATH = 8;

/**
 * Delivers a random history to a counter, under a random schedule of failures that follows from the seed, and
 * compares what it says with a plain set of the messages. In the end everything was delivered, without further
 * failures, until nothing had to come again. `Date` shows the time of the schedule meanwhile, to everything in this
 * process: schedules run one after another.
 *
 * @param faults what may happen
 */
export async function runCounterSchedule(
  database: TestDatabase,
  kind: CounterKind,
  seed: number,
  faults: readonly CounterFault[] = COUNTER_FAULTS,
): Promise<CounterOutcome> {
  const start = await kind.setUp(database);
  mock.timers.enable({ apis: ['Date'], now: NOW });
  try {
    return await new CounterSchedule(database, start, new Random(seed), faults).run();
  } finally {
    mock.timers.reset();
  }
}

type Start = (process: CounterProcess) => Promise<AnyCounter>;

/** A process with its counter, once that has started. */
interface Running {
  process: FaultyProcess;
  counter?: AnyCounter;
}

class CounterSchedule {
  readonly #database: TestDatabase;
  readonly #start: Start;
  readonly #random: Random;
  readonly #scheduler: Scheduler;
  readonly #faults: readonly CounterFault[];
  readonly #callFaultProbability: number;
  readonly #mishapProbability: number;
  readonly #met = new Set<CounterFault>();
  readonly #idle: Running[] = [];
  #areFaultsOver = false;

  constructor(database: TestDatabase, start: Start, random: Random, faults: readonly CounterFault[]) {
    this.#database = database;
    this.#start = start;
    this.#random = random;
    this.#scheduler = new Scheduler(random);
    this.#faults = faults;
    this.#callFaultProbability = random.pick([0.02, 0.05, 0.15]);
    this.#mishapProbability = random.pick([0.1, 0.3]);
  }

  async run(): Promise<CounterOutcome> {
    const history = randomMessages(this.#random);
    let lanes = inLanes(history, this.#random.integer(1, 3));
    for (let round = 0; lanes.length > 0 && round < MOST_ROUNDS; round += 1) {
      mock.timers.setTime(NOW + round * ROUND_MS);
      this.#areFaultsOver = round >= ROUNDS_WITH_FAULTS;
      const left: UserMessage[][] = [];
      const deliveries = lanes.map(async (lane) => {
        left.push(await this.#deliverFrom(lane));
      });
      const jobs = this.#random.chance(JOB_PROBABILITY) ? [this.#runJob()] : [];
      await this.#scheduler.run(Promise.all([...deliveries, ...jobs]));
      lanes = left.filter(({ length }) => length > 0);
    }
    const expected = figuresOf(history);
    const reader = this.#process();
    reader.isUnharmed = true;
    let counted: Figures = new Map();
    const read = async () => {
      counted = await (await this.#start(reader)).read();
    };
    await this.#scheduler.run(read());
    return { figures: expected.size, wrong: differences(counted, expected), met: this.#met };
  }

  /** Delivers the next batch of a lane, and gives what is left of the lane. */
  async #deliverFrom(lane: readonly UserMessage[]): Promise<UserMessage[]> {
    const batch = lane.slice(0, this.#random.integer(1, LARGEST_BATCH));
    const isTwofold = this.#happens('a batch was delivered to two processes at once');
    const [answer = batch] = await Promise.all(
      Array.from({ length: isTwofold ? 2 : 1 }, () => this.#invoke(batch)),
    );
    if (this.#happens('a batch was delivered again')) return [...lane];
    // A stream goes on with the first message that failed, and brings all behind it again.
    const failed = new Set(answer);
    const first = batch.findIndex((message) => failed.has(message));
    return lane.slice(first < 0 ? batch.length : first);
  }

  #happens(fault: CounterFault): boolean {
    if (
      this.#areFaultsOver ||
      !this.#faults.includes(fault) ||
      !this.#random.chance(this.#mishapProbability)
    ) {
      return false;
    }
    this.#met.add(fault);
    return true;
  }

  async #runJob(): Promise<void> {
    await this.#use({ process: this.#process() }, async (counter) => counter.runJob?.());
  }

  /** Lets a process count a batch; where it dies, all of it has to come again. */
  async #invoke(batch: readonly UserMessage[]): Promise<readonly UserMessage[]> {
    const used = this.#random.chance(0.7) ? this.#idle.pop() : undefined;
    const running: Running = used ?? { process: this.#process() };
    const answer = await this.#use(running, (counter) => counter.deliver(batch));
    if (!running.process.isDead) this.#idle.push(running);
    return answer ?? batch;
  }

  /** Lets a counter do something, and its process die meanwhile; nothing comes of it where it fails. */
  async #use<Answer>(
    running: Running,
    act: (counter: AnyCounter) => Promise<Answer>,
  ): Promise<Answer | undefined> {
    const { process } = running;
    const callsUntil = this.#random.integer(0, LAST_DEATH);
    if (this.#happens('a process died before a call')) process.dieAt({ callsUntil, when: 'before' });
    else if (this.#happens('a process died behind a call')) process.dieAt({ callsUntil, when: 'behind' });
    const attempt = async () => {
      running.counter ??= await this.#start(process);
      return act(running.counter);
    };
    const answer = await Promise.race([attempt().catch(() => undefined), process.died]);
    process.liveOn();
    return answer ?? undefined;
  }

  #process(): FaultyProcess {
    return new FaultyProcess(this.#database, this.#scheduler, this.#random, (isTransaction) =>
      this.#callFault(isTransaction),
    );
  }

  #callFault(isTransaction: boolean): CallFault | undefined {
    if (this.#areFaultsOver || !this.#random.chance(this.#callFaultProbability)) return undefined;
    const possible = CALL_FAULTS.filter(
      (fault) => this.#faults.includes(fault) && (isTransaction || fault !== 'a transaction met another one'),
    );
    if (possible.length === 0) return undefined;
    const fault = this.#random.pick(possible);
    this.#met.add(fault);
    return fault;
  }
}

const CALL_FAULTS = [
  'a call was throttled',
  'a transaction met another one',
  'the answer to a call was lost',
  'a call was sent twice',
] as const satisfies readonly CounterFault[];
type CallFault = (typeof CALL_FAULTS)[number];

/** At which of its next calls a process dies: before it is sent, or when it is done and nobody has seen that. */
interface Death {
  callsUntil: number;
  when: 'before' | 'behind';
}

/** A process whose calls take turns with those of others, and fail at times. */
class FaultyProcess implements CounterProcess {
  readonly client: CounterProcess['client'];
  readonly documents: CounterProcess['documents'];
  readonly waiting: CounterProcess['waiting'];
  readonly randomBytes: CounterProcess['randomBytes'];
  readonly clock = Date.now;
  readonly died: Promise<undefined>;
  isDead = false;
  /** Whether nothing ever goes wrong in it. */
  isUnharmed = false;
  readonly #scheduler: Scheduler;
  readonly #callFault: (isTransaction: boolean) => CallFault | undefined;
  #death: Death | undefined;
  #die: () => void = () => {};

  constructor(
    database: TestDatabase,
    scheduler: Scheduler,
    random: Random,
    callFault: (isTransaction: boolean) => CallFault | undefined,
  ) {
    this.#scheduler = scheduler;
    this.#callFault = callFault;
    const call: Call = (command, send) => this.#call(command, send);
    this.client = withCalls(database.base, call);
    this.documents = withCalls(DynamoDBDocumentClient.from(database.base), call);
    this.waiting = {
      pause: () => scheduler.step('a pause ends', () => {}),
      deadline: () => NEVER,
      random: () => random.next(),
    };
    this.randomBytes = (length) => new Uint8Array(length).map(() => random.integer(0, 255));
    this.died = new Promise((resolve) => {
      this.#die = () => {
        this.isDead = true;
        resolve(undefined);
      };
    });
  }

  /** Lets it die at one of its next calls. */
  dieAt(death: Death): void {
    this.#death = death;
  }

  /** It does not die where it has not yet. */
  liveOn(): void {
    this.#death = undefined;
  }

  async #call(command: object, send: () => Promise<unknown>): Promise<unknown> {
    if (this.isDead) return NEVER;
    const isTransaction = command.constructor.name.startsWith('TransactWrite');
    const fault = this.isUnharmed ? undefined : this.#callFault(isTransaction);
    let death: Death['when'] | undefined;
    const outcome = await this.#scheduler.step(command.constructor.name, async () => {
      if (this.#death !== undefined && this.#death.callsUntil-- === 0) death = this.#death.when;
      if (death === 'before') this.#die();
      if (this.isDead) return NOT_SENT;
      if (fault === 'a call was throttled') throw throttled();
      if (fault === 'a transaction met another one') throw cancelledTransaction(['TransactionConflict']);
      // The answer to the first is lost, and the SDK sends the call once more.
      if (fault === 'a call was sent twice') await send().catch(() => {});
      const answer = await send();
      if (fault === 'the answer to a call was lost') throw new LostAnswerError('the answer did not arrive');
      return { answer };
    });
    if (death === 'behind') this.#die();
    return this.isDead || outcome === NOT_SENT ? NEVER : outcome.answer;
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

/** Messages of a few conversations of today and yesterday, each of which is on one channel and of one day. */
function randomMessages(random: Random): UserMessage[] {
  const today = dayOf(NOW);
  const conversations = Array.from({ length: random.integer(1, 5) }, (_, number) => ({
    peerId: random.pick(['peer_1', 'peer_2']),
    channelId: random.pick(['integration_slack', 'integration_email']),
    conversationId: `conversation-${number}`,
    day: random.pick([addDays(today, -1), today]),
  }));
  return Array.from({ length: random.integer(4, 30) }, (_, number) => {
    const { day, ...conversation } = random.pick(conversations);
    return { ...conversation, messageId: `message-${number}`, sentAt: startOf(day) + HOUR_MS + number };
  });
}

/** The messages of a conversation are in one lane, as those of a partition are in one shard. */
function inLanes(messages: readonly UserMessage[], amount: number): UserMessage[][] {
  const conversations = [...new Set(messages.map(({ conversationId }) => conversationId))];
  return [
    ...Map.groupBy(messages, ({ conversationId }) => conversations.indexOf(conversationId) % amount).values(),
  ];
}

function figuresOf(messages: readonly UserMessage[]): Map<string, Required<Figure>> {
  return new Map(
    [...Map.groupBy(messages, placeOf)].map(([place, here]) => {
      const conversations = new Set(here.map(({ conversationId }) => conversationId)).size;
      return [place, { messages: here.length, conversations }];
    }),
  );
}

function differences(counted: Figures, expected: ReadonlyMap<string, Required<Figure>>): WrongFigure[] {
  const none = { messages: 0, conversations: 0 };
  return [...new Set([...counted.keys(), ...expected.keys()])].flatMap((place) => {
    const [found, right] = [counted.get(place) ?? { messages: 0 }, expected.get(place) ?? none];
    const { messages, conversations = right.conversations } = found;
    const isRight = messages === right.messages && conversations === right.conversations;
    return isRight ? [] : [{ place, counted: found, expected: right }];
  });
}
