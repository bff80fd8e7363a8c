import type { UserMessage } from '../../../functions/shared/domain/message.ts';
import { Random } from '../../support/random.ts';
import { Scheduler } from '../scheduler.ts';
import { inLanes, randomMessages } from './messages.ts';

/** What may go wrong with a batch on its way from the stream. */
const BATCH_FAULTS = [
  'a batch was delivered again',
  'a batch was delivered to two processes at once',
] as const;
export type BatchFault = (typeof BATCH_FAULTS)[number];

/** What may go wrong with a call of DynamoDB. */
const CALL_FAULTS = [
  'a call was throttled',
  'a transaction met another one',
  'the answer to a call was lost',
  'a call was sent twice',
] as const;
export type CallFault = (typeof CALL_FAULTS)[number];

/** What may happen to a process. */
const DEATHS = ['a process died before a call', 'a process died behind a call'] as const;
export type DeathFault = (typeof DEATHS)[number];

/**
 * What may go wrong between a stream and a counter, all of which AWS says may happen. That a part of a batch fails
 * follows from it.
 */
export const COUNTER_FAULTS = [...BATCH_FAULTS, ...CALL_FAULTS, ...DEATHS] as const;
export type CounterFault = (typeof COUNTER_FAULTS)[number];

/** Where something happens in a schedule. */
export interface Place {
  /** In every round each lane delivers a batch. */
  round: number;
  /** The lane whose batch it is about, or `job` for what runs on a schedule. */
  lane: number | 'job';
  /** Which of two processes that were given the same batch, from 0 on. */
  copy: number;
}

/** Something that goes wrong. */
export interface Mishap extends Place {
  fault: CounterFault;
  /** At which call of the invocation, from 0 on, where it is about one. */
  call?: number;
}

/** How many messages a lane delivers in a round. */
export interface BatchSize {
  round: number;
  lane: number;
  size: number;
}

/**
 * All that is decided in a schedule, so that it can be run once more with less in it. Without mishaps it delivers the
 * messages of each lane in batches of `LARGEST_BATCH` to one process, and all calls take their turns.
 */
export interface CounterPlan {
  /** In the order in which each lane delivers its messages. */
  lanes: readonly (readonly UserMessage[])[];
  mishaps: readonly Mishap[];
  sizes: readonly BatchSize[];
  /** Where a batch came to a new process, although one was idle. */
  coldStarts: readonly Place[];
  /** The rounds in which the job ran. */
  jobs: readonly number[];
  /** Of what the order of calls follows; without it, who asked first goes first. */
  orderSeed?: number;
}

/** At which of its next calls a process dies: before it is sent, or when it is done and nobody has seen that. */
export interface Death {
  callsUntil: number;
  fault: DeathFault;
}

/** Decides what happens in a schedule. */
export interface Decisions {
  readonly lanes: CounterPlan['lanes'];
  /** Decides on the order of calls. */
  readonly scheduler: Scheduler;
  /** For what processes draw. */
  readonly random: Random;
  batchSize(round: number, lane: number): number;
  befallsBatch(fault: BatchFault, place: Place): boolean;
  callFault(place: Place, call: number, isTransaction: boolean): CallFault | undefined;
  death(place: Place): Death | undefined;
  isColdStart(place: Place): boolean;
  hasJob(round: number): boolean;
  /** All that was decided until now. */
  plan(): CounterPlan;
}

export const LARGEST_BATCH = 10;
/** Of the calls of an invocation, the last at which its process may die. */
export const LAST_DEATH = 8;
const ROUNDS_WITH_FAULTS = 8;
const JOB_PROBABILITY = 0.3;
const WARM_PROBABILITY = 0.7;

/** Draws whatever happens. */
export class DrawnDecisions implements Decisions {
  readonly lanes: CounterPlan['lanes'];
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly #seed: number;
  readonly #faults: readonly CounterFault[];
  readonly #callFaultProbability: number;
  readonly #mishapProbability: number;
  readonly #mishaps: Mishap[] = [];
  readonly #sizes: BatchSize[] = [];
  readonly #coldStarts: Place[] = [];
  readonly #jobs: number[] = [];

  constructor(seed: number, faults: readonly CounterFault[]) {
    this.random = new Random(seed);
    this.scheduler = new Scheduler(this.random);
    this.#seed = seed;
    this.#faults = faults;
    this.#callFaultProbability = this.random.pick([0.02, 0.05, 0.15]);
    this.#mishapProbability = this.random.pick([0.1, 0.3]);
    this.lanes = inLanes(randomMessages(this.random), this.random.integer(1, 3));
  }

  batchSize(round: number, lane: number): number {
    const size = this.random.integer(1, LARGEST_BATCH);
    this.#sizes.push({ round, lane, size });
    return size;
  }

  befallsBatch(fault: BatchFault, place: Place): boolean {
    return this.#happens(fault, place);
  }

  callFault(place: Place, call: number, isTransaction: boolean): CallFault | undefined {
    if (isOver(place) || !this.random.chance(this.#callFaultProbability)) return undefined;
    const possible = CALL_FAULTS.filter(
      (fault) => this.#faults.includes(fault) && (isTransaction || fault !== 'a transaction met another one'),
    );
    if (possible.length === 0) return undefined;
    const fault = this.random.pick(possible);
    this.#mishaps.push({ ...place, fault, call });
    return fault;
  }

  death(place: Place): Death | undefined {
    const callsUntil = this.random.integer(0, LAST_DEATH);
    const fault = DEATHS.find((death) => this.#happens(death, { ...place, call: callsUntil }));
    return fault && { callsUntil, fault };
  }

  isColdStart(place: Place): boolean {
    const isCold = !this.random.chance(WARM_PROBABILITY);
    if (isCold) this.#coldStarts.push(place);
    return isCold;
  }

  hasJob(round: number): boolean {
    const has = this.random.chance(JOB_PROBABILITY);
    if (has) this.#jobs.push(round);
    return has;
  }

  plan(): CounterPlan {
    return {
      lanes: this.lanes,
      mishaps: this.#mishaps,
      sizes: this.#sizes,
      coldStarts: this.#coldStarts,
      jobs: this.#jobs,
      orderSeed: this.#seed,
    };
  }

  #happens(fault: CounterFault, place: Omit<Mishap, 'fault'>): boolean {
    if (isOver(place) || !this.#faults.includes(fault) || !this.random.chance(this.#mishapProbability)) {
      return false;
    }
    this.#mishaps.push({ ...place, fault });
    return true;
  }
}

/** Whether nothing goes wrong any more. */
function isOver({ round }: Pick<Place, 'round'>): boolean {
  return round >= ROUNDS_WITH_FAULTS;
}

/** Follows a plan. */
export class PlannedDecisions implements Decisions {
  readonly lanes: CounterPlan['lanes'];
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly #plan: CounterPlan;
  readonly #met = new Set<Mishap>();

  constructor(plan: CounterPlan) {
    this.#plan = plan;
    this.lanes = plan.lanes;
    this.random = plan.orderSeed === undefined ? new FirstOfAll(0) : new Random(plan.orderSeed);
    this.scheduler = new Scheduler(this.random);
  }

  batchSize(round: number, lane: number): number {
    const found = this.#plan.sizes.find((one) => one.round === round && one.lane === lane);
    return found?.size ?? LARGEST_BATCH;
  }

  befallsBatch(fault: BatchFault, place: Place): boolean {
    return this.#find(place, (mishap) => mishap.fault === fault) !== undefined;
  }

  callFault(place: Place, call: number, isTransaction: boolean): CallFault | undefined {
    return CALL_FAULTS.find(
      (fault) =>
        (isTransaction || fault !== 'a transaction met another one') &&
        this.#find(place, (mishap) => mishap.fault === fault && mishap.call === call) !== undefined,
    );
  }

  death(place: Place): Death | undefined {
    for (const fault of DEATHS) {
      const mishap = this.#find(place, (one) => one.fault === fault);
      if (mishap?.call !== undefined) return { callsUntil: mishap.call, fault };
    }
    return undefined;
  }

  isColdStart(place: Place): boolean {
    return this.#plan.coldStarts.some((one) => isAt(one, place));
  }

  hasJob(round: number): boolean {
    return this.#plan.jobs.includes(round);
  }

  plan(): CounterPlan {
    return { ...this.#plan, mishaps: this.#plan.mishaps.filter((mishap) => this.#met.has(mishap)) };
  }

  #find(place: Place, isSought: (mishap: Mishap) => boolean): Mishap | undefined {
    const found = this.#plan.mishaps.find((mishap) => isAt(mishap, place) && isSought(mishap));
    if (found !== undefined) this.#met.add(found);
    return found;
  }
}

function isAt(one: Place, other: Place): boolean {
  return one.round === other.round && one.lane === other.lane && one.copy === other.copy;
}

/** Chooses the first of all, and never what happens only at times. */
class FirstOfAll extends Random {
  override chance(): boolean {
    return false;
  }

  override integer(from: number): number {
    return from;
  }
}
