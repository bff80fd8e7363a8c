import { mock } from 'node:test';
import type { UserMessage } from '../../../functions/shared/domain/message.ts';
import type { TestDatabase } from '../../support/database/database.ts';
import type { AnyCounter, CounterKind, CounterProcess, Figures } from './any-counter.ts';
import { FaultyProcess, type ScheduleContext } from './faulty-process.ts';
import { describeWrong, differences, figuresOf, NOW, type WrongFigure } from './messages.ts';
import {
  COUNTER_FAULTS,
  type CounterFault,
  type CounterPlan,
  type Decisions,
  DrawnDecisions,
  type Place,
  PlannedDecisions,
} from './plan.ts';

/** What came of a schedule. */
export interface CounterOutcome {
  /** How many figures there should be. */
  figures: number;
  wrong: WrongFigure[];
  /** The faults that were met. */
  met: ReadonlySet<CounterFault>;
  /** All that was decided, with the mishaps that were met. */
  plan: CounterPlan;
}

/** Is told every step of a schedule, as people read it. */
export type See = (line: string) => void;

/** A round is longer than an invocation may take: whoever begins in one has ended, or was ended, before the next. */
const ROUND_MS = 120_000;
/** What is not counted by then never will be. */
const MOST_ROUNDS = 60;

/**
 * Delivers a random history to a counter, under a random schedule of failures that follows from the seed, and
 * compares what it says with a plain set of the messages. In the end everything was delivered, without further
 * failures, until nothing had to come again. `Date` shows the time of the schedule meanwhile, to everything in this
 * process: schedules run one after another.
 *
 * @param faults what may happen
 */
export function runCounterSchedule(
  database: TestDatabase,
  kind: CounterKind,
  seed: number,
  faults: readonly CounterFault[] = COUNTER_FAULTS,
): Promise<CounterOutcome> {
  return run(database, kind, new DrawnDecisions(seed, faults), () => {});
}

/** Does the same under a schedule of which everything is decided. */
export function runCounterPlan(
  database: TestDatabase,
  kind: CounterKind,
  plan: CounterPlan,
  see: See = () => {},
): Promise<CounterOutcome> {
  return run(database, kind, new PlannedDecisions(plan), see);
}

async function run(
  database: TestDatabase,
  kind: CounterKind,
  decisions: Decisions,
  see: See,
): Promise<CounterOutcome> {
  const start = await kind.setUp(database);
  mock.timers.enable({ apis: ['Date'], now: NOW });
  try {
    return await new CounterSchedule({ database, decisions, see }, start).run();
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

/** What a lane has still to deliver. */
interface Lane {
  number: number;
  left: readonly UserMessage[];
}

class CounterSchedule {
  readonly #context: ScheduleContext;
  readonly #decisions: Decisions;
  readonly #start: Start;
  readonly #idle: Running[] = [];
  readonly #delivered = new Set<UserMessage>();
  #processes = 0;

  constructor(context: ScheduleContext, start: Start) {
    this.#context = context;
    this.#decisions = context.decisions;
    this.#start = start;
  }

  async run(): Promise<CounterOutcome> {
    const { see } = this.#context;
    const { scheduler } = this.#decisions;
    const history = this.#decisions.lanes.flat();
    let lanes: Lane[] = this.#decisions.lanes
      .map((left, number) => ({ number, left }))
      .filter(({ left }) => left.length > 0);
    for (let round = 0; lanes.length > 0 && round < MOST_ROUNDS; round += 1) {
      mock.timers.setTime(NOW + round * ROUND_MS);
      const next: Lane[] = [];
      const deliveries = lanes.map(async (lane) => {
        next.push({ ...lane, left: await this.#deliverFrom(lane, round) });
      });
      const jobs = this.#decisions.hasJob(round) ? [this.#runJob(round)] : [];
      await scheduler.run(Promise.all([...deliveries, ...jobs]));
      lanes = next.filter(({ left }) => left.length > 0);
    }
    const expected = figuresOf(history);
    const reader = new FaultyProcess('reader', { ...this.#context, see: () => {} });
    let counted: Figures = new Map();
    const read = async () => {
      counted = await (await this.#start(reader)).read();
    };
    await scheduler.run(read());
    const wrong = differences(counted, expected);
    for (const figure of wrong) see(`in the end: ${describeWrong(figure)}`);
    const plan = this.#decisions.plan();
    return { figures: expected.size, wrong, met: new Set(plan.mishaps.map(({ fault }) => fault)), plan };
  }

  /** Delivers the next batch of a lane, and gives what is left of the lane. */
  async #deliverFrom({ number, left }: Lane, round: number): Promise<readonly UserMessage[]> {
    const batch = left.slice(0, this.#decisions.batchSize(round, number));
    const place = { round, lane: number, copy: 0 };
    const isTwofold = this.#decisions.befallsBatch('a batch was delivered to two processes at once', place);
    const [answer = batch] = await Promise.all(
      Array.from({ length: isTwofold ? 2 : 1 }, (_, copy) => this.#invoke(batch, { ...place, copy })),
    );
    if (this.#decisions.befallsBatch('a batch was delivered again', place)) {
      this.#context.see('stream: has not heard what became of the batch');
      return left;
    }
    // A stream goes on with the first message that failed, and brings all behind it again.
    const failed = new Set(answer);
    const first = batch.findIndex((message) => failed.has(message));
    return left.slice(first < 0 ? batch.length : first);
  }

  async #runJob(round: number): Promise<void> {
    const process = this.#process();
    this.#context.see(`schedule: runs the job in ${process.name}`);
    const place: Place = { round, lane: 'job', copy: 0 };
    await this.#use({ process }, place, async (counter) => counter.runJob?.());
  }

  /** Lets a process count a batch; where it dies, all of it has to come again. */
  async #invoke(batch: readonly UserMessage[], place: Place): Promise<readonly UserMessage[]> {
    const used = this.#decisions.isColdStart(place) ? undefined : this.#idle.pop();
    const running: Running = used ?? { process: this.#process() };
    this.#seeDelivery(batch, running.process);
    const answer = await this.#use(running, place, (counter) => counter.deliver(batch));
    if (!running.process.isDead) this.#idle.push(running);
    return answer ?? batch;
  }

  #seeDelivery(batch: readonly UserMessage[], { name }: FaultyProcess): void {
    const ids = batch.map((message) => `${message.messageId}${this.#delivered.has(message) ? ' again' : ''}`);
    for (const message of batch) this.#delivered.add(message);
    this.#context.see(`stream: delivers ${ids.join(', ')} to ${name}`);
  }

  /** Lets a counter do something, and its process die meanwhile; nothing comes of it where it fails. */
  async #use<Answer>(
    running: Running,
    place: Place,
    act: (counter: AnyCounter) => Promise<Answer>,
  ): Promise<Answer | undefined> {
    const { process } = running;
    process.begin(place);
    const attempt = async () => {
      running.counter ??= await this.#start(process);
      return act(running.counter);
    };
    const answer = await Promise.race([attempt().catch(() => undefined), process.died]);
    process.end();
    return answer ?? undefined;
  }

  #process(): FaultyProcess {
    this.#processes += 1;
    return new FaultyProcess(`process ${this.#processes}`, this.#context);
  }
}
