import { CounterContest } from '../../functions/shared/counting/counter-contest.ts';
import {
  type CounterEntry,
  countInto,
  type DailyCounter,
  DEFAULT_WINDOW_RULES,
} from '../../functions/shared/domain/daily-counter.ts';
import { EMPTY_DIGEST } from '../../functions/shared/domain/digest.ts';
import { mapConcurrently } from '../../functions/shared/runtime/concurrency.ts';
import type { Waiting } from '../../functions/shared/runtime/waiting.ts';
import { Random } from '../../test/support/random.ts';
import { type Latencies, SimulatedTable, type TableLimits, type TableTally } from './simulated-table.ts';
import { VirtualTime } from './virtual-time.ts';

/** What is simulated: messages that are counted by lanes of a stream, for so many peers with a channel each. */
export interface Simulation {
  /** How many messages come in a second; nothing where every lane always finds a whole batch. */
  messagesPerSecond: number | undefined;
  peers: number;
  /** How many batches are counted at a time: shards times the parallelization factor. */
  lanes: number;
  /** Most messages in a batch. */
  batch: number;
  seconds: number;
  seed: number;
  latencies: Latencies;
  /** What the table gives in a second. */
  tableLimits: TableLimits;
  /** What a message, and a batch, need of the processor of their function, in milliseconds. */
  cpu: { messageMs: number; batchMs: number };
  messagesPerConversation: number;
}

/** What came of it. Times are in milliseconds. */
export interface SimulationResult extends TableTally {
  batches: number;
  /** Batches that were given back to the stream. */
  returned: number;
  counted: number;
  messagesPerSecond: number;
  /** From when a message came until it was counted. */
  medianLag: number;
  p99Lag: number;
  /** How long batches took. */
  medianBatch: number;
  p99Batch: number;
  /** Messages of batches that were under way in the end. */
  waiting: number;
}

/** How long the event source mapping gathers records at most. */
const BATCHING_WINDOW_MS = 1_000;
/** How many channels the message counter works on at a time, and how many markers of conversations. */
const CHANNELS_AT_A_TIME = 8;
const MARKERS_AT_A_TIME = 16;
const PLACE = { channelId: 'channel', channelNumber: 1, day: '2026-11-22' };
const RULES = { ...DEFAULT_WINDOW_RULES, counterRetentionDays: 460 };

interface Message {
  peer: number;
  cameAt: number;
  number: number;
}

/** Simulates the counting of messages in virtual time. What comes of it follows from what it is given. */
export async function simulate(simulation: Simulation): Promise<SimulationResult> {
  const run = new Run(simulation);
  return run.result();
}

class Run {
  readonly #simulation: Simulation;
  readonly #time = new VirtualTime();
  readonly #random: Random;
  readonly #table: SimulatedTable;
  readonly #lags: number[] = [];
  readonly #batches: number[] = [];
  #returned = 0;
  #made = 0;
  #waiting = 0;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.#random = new Random(simulation.seed);
    const { latencies, tableLimits } = simulation;
    this.#table = new SimulatedTable(this.#time, this.#random, latencies, tableLimits);
  }

  async result(): Promise<SimulationResult> {
    const { seconds, lanes } = this.#simulation;
    for (let lane = 0; lane < lanes; lane += 1) void this.#lane();
    await this.#time.run(seconds * 1_000);
    const [lags, batches] = [this.#lags, this.#batches].map((times) => times.toSorted((a, b) => a - b));
    return {
      ...this.#table.tally,
      batches: this.#batches.length,
      returned: this.#returned,
      counted: this.#lags.length,
      messagesPerSecond: this.#lags.length / seconds,
      medianLag: at(lags, 0.5),
      p99Lag: at(lags, 0.99),
      medianBatch: at(batches, 0.5),
      p99Batch: at(batches, 0.99),
      waiting: this.#waiting,
    };
  }

  /** One lane: batch after batch, each until it is counted. */
  async #lane(): Promise<void> {
    const { batch } = this.#simulation;
    // Lanes are polled independently of one another.
    await this.#time.pause(this.#random.next() * BATCHING_WINDOW_MS);
    let nextAt = this.#time.now;
    for (;;) {
      await this.#time.pause(nextAt - this.#time.now);
      const first = this.#time.now;
      const messages: Message[] = [];
      while (messages.length < batch && nextAt <= first + BATCHING_WINDOW_MS) {
        messages.push(this.#message(nextAt));
        nextAt = this.#nextAfter(nextAt);
      }
      // A batch goes once it is full, or has been gathered for long enough.
      const last = messages.at(-1)?.cameAt ?? first;
      await this.#time.pause((messages.length < batch ? first + BATCHING_WINDOW_MS : last) - first);
      this.#waiting += messages.length;
      await this.#countUntilDone(messages);
      this.#waiting -= messages.length;
      for (const { cameAt } of messages) this.#lags.push(this.#time.now - cameAt);
    }
  }

  /** When the next message of a lane comes: they come independently of one another. */
  #nextAfter(cameAt: number): number {
    const { lanes, messagesPerSecond } = this.#simulation;
    if (messagesPerSecond === undefined) return this.#time.now;
    return cameAt - (Math.log(1 - this.#random.next()) * 1_000 * lanes) / messagesPerSecond;
  }

  #message(cameAt: number): Message {
    this.#made += 1;
    return { peer: this.#random.integer(1, this.#simulation.peers), cameAt, number: this.#made };
  }

  async #countUntilDone(messages: readonly Message[]): Promise<void> {
    const { cpu } = this.#simulation;
    for (;;) {
      const began = this.#time.now;
      await this.#time.pause(cpu.batchMs + cpu.messageMs * messages.length);
      const isDone = await this.#count(messages).then(
        () => true,
        () => false,
      );
      this.#batches.push(this.#time.now - began);
      if (isDone) return;
      this.#returned += 1;
    }
  }

  async #count(messages: readonly Message[]): Promise<void> {
    const byPeer = [...Map.groupBy(messages, ({ peer }) => peer).values()];
    await mapConcurrently(byPeer, CHANNELS_AT_A_TIME, (ofPeer) => this.#countOfPeer(ofPeer));
  }

  /** What counting does for one counter: the same calls, the same steps, and the same contest. */
  async #countOfPeer(messages: readonly Message[]): Promise<void> {
    const place = { ...PLACE, peerId: `peer-${messages[0]?.peer}` };
    const table = this.#table;
    const entries = messages.map(entryOf);
    const waiting = this.#waitingInTime();
    const contest = new CounterContest({ counters: table, waiting, clock: () => Math.round(this.#time.now) });
    try {
      let known = await table.read(place);
      if (known.archive.windows > 0) await table.elsewhere('read', 1);
      await this.#decide(messages.length);
      let lookedUpTo = known.archive.windows;
      for (;;) {
        try {
          if (known.archive.windows > lookedUpTo) {
            await table.elsewhere('read', known.archive.windows - lookedUpTo);
          }
          lookedUpTo = known.archive.windows;
          await this.#store(known, entries, contest.waitedMs);
          return;
        } catch (error) {
          known = await contest.goOn(error, known);
        }
      }
    } finally {
      contest.end();
    }
  }

  async #store(counter: DailyCounter, entries: readonly CounterEntry[], waitedMs: number): Promise<void> {
    const change = countInto(counter, entries, Math.round(this.#time.now), RULES, waitedMs);
    if (change.archived !== undefined && counter.archive.last.length > 0) {
      await this.#table.elsewhere('read', 2 * counter.archive.last.length);
    }
    await this.#table.apply(change);
  }

  /** The markers of conversations: those of the batch are read together, and new ones are put. */
  async #decide(messages: number): Promise<void> {
    const share = messages / this.#simulation.messagesPerConversation;
    // Half a unit for each: they may be a moment old.
    await this.#table.elsewhere('read', Math.max(1, share) / 2);
    const started = Array.from({ length: Math.floor(share + this.#random.next()) });
    await mapConcurrently(started, MARKERS_AT_A_TIME, () => this.#table.elsewhere('write', 1));
  }

  #waitingInTime(): Waiting {
    return {
      pause: (milliseconds) => this.#time.pause(milliseconds),
      deadline: (milliseconds) => this.#time.pause(milliseconds),
      random: () => this.#random.next(),
    };
  }
}

function entryOf({ number, cameAt }: Message): CounterEntry {
  const adds = { messageCount: 1, conversationCount: 0 };
  return { fingerprint: String(number), digest: EMPTY_DIGEST, sentAt: Math.round(cameAt), adds };
}

function at(inOrder: readonly number[] | undefined, share: number): number {
  if (inOrder === undefined) return 0;
  return inOrder[Math.min(inOrder.length - 1, Math.floor(inOrder.length * share))] ?? 0;
}
