import {
  ProvisionedThroughputExceededException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import {
  type CounterChange,
  type CounterPlace,
  type DailyCounter,
  newDailyCounter,
} from '../../functions/shared/domain/daily-counter.ts';
import { CounterChangedError } from '../../functions/shared/store/conflict.ts';
import type { Random } from '../../test/support/random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** How long calls take, in milliseconds: at least half of this, and half as much again at most. */
export interface Latencies {
  readMs: number;
  writeMs: number;
  transactionMs: number;
}

/** Units that are given in a second. */
export type TableLimits = Record<Kind, number>;

/**
 * As DynamoDB's guide names them: what one partition gives at most, and with it one item; and what a table gives that is
 * paid by the request and was made newly. That DynamoDB moves a busy item to a partition of its own is left out, and so
 * is what it gives beyond a limit for a while.
 */
const PARTITION_LIMITS: TableLimits = { write: 1_000, read: 3_000 };
export const NEW_TABLE_LIMITS: TableLimits = { write: 4_000, read: 12_000 };

/** As the clients of the functions try, and wait between. */
const SDK_ATTEMPTS = 3;
const SDK_FIRST_PAUSE_MS = 100;

/** What a counter has beside its fingerprints, in bytes, and each of these. */
const COUNTER_BYTES = 320;
const FINGERPRINT_BYTES = 8;

type Kind = 'read' | 'write';

/** What has happened to the calls of a table. */
export interface TableTally {
  calls: number;
  counterWrites: number;
  refused: number;
  conflicts: number;
  throttled: number;
  writeUnits: number;
  readUnits: number;
}

/** Units of which a second gives so many. */
class UnitsASecond {
  readonly #most: number;
  #left: number;
  #seenAt = 0;

  constructor(most: number) {
    this.#most = most;
    this.#left = most;
  }

  /** Whether there are any left now; what a call takes beyond them lacks later. */
  take(units: number, now: number): boolean {
    this.#left = Math.min(this.#most, this.#left + ((now - this.#seenAt) * this.#most) / 1_000);
    this.#seenAt = now;
    if (this.#left <= 0) return false;
    this.#left -= units;
    return true;
  }
}

/** What of a table matters where many write to the same counters: versions, transactions, units and time. */
export class SimulatedTable {
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #latencies: Latencies;
  readonly #counters = new Map<string, DailyCounter>();
  /** Counters that a transaction is changing. */
  readonly #inTransaction = new Set<string>();
  readonly #partitions = new Map<string, UnitsASecond>();
  readonly #ofTable: Record<Kind, UnitsASecond>;
  readonly tally: TableTally = {
    ...{ calls: 0, counterWrites: 0, refused: 0, conflicts: 0, throttled: 0 },
    ...{ writeUnits: 0, readUnits: 0 },
  };

  constructor(time: VirtualTime, random: Random, latencies: Latencies, limits: TableLimits) {
    this.#time = time;
    this.#random = random;
    this.#latencies = latencies;
    this.#ofTable = { read: new UnitsASecond(limits.read), write: new UnitsASecond(limits.write) };
  }

  /** Reads a counter. */
  async read(place: CounterPlace): Promise<DailyCounter> {
    const name = nameOf(place);
    await this.#call(name, 'read', this.#latencies.readMs, () => readUnits(this.#counters.get(name)));
    return this.#counters.get(name) ?? newDailyCounter(place);
  }

  /** Any call of another partition that nobody else uses. */
  async elsewhere(kind: Kind, units: number): Promise<void> {
    const { readMs, writeMs } = this.#latencies;
    await this.#call(undefined, kind, kind === 'read' ? readMs : writeMs, () => units);
  }

  /** Stores a step of a counter, with the windows that it archives. @throws as the store of counters does */
  async apply(change: CounterChange): Promise<void> {
    const name = nameOf(change.counter);
    const { archived = [], counter } = change;
    const isTransaction = archived.length > 0;
    const factor = isTransaction ? 2 : 1;
    const { writeMs, transactionMs } = this.#latencies;
    const latency = isTransaction ? transactionMs : writeMs;
    // What a write needs is that of the larger of both items; a refused one pays for the one that is there.
    const units = () => factor * Math.max(writeUnits(this.#counters.get(name)), writeUnits(counter));
    this.tally.counterWrites += 1;
    if (isTransaction) {
      const ofWindows = archived.reduce((sum, window) => sum + 2 * writeUnits({ window }), 0);
      this.#charge(`windows of ${name}`, 'write', ofWindows);
    }
    await this.#call(name, 'write', latency, units, async (half) => {
      if (this.#inTransaction.has(name)) {
        this.tally.conflicts += 1;
        throw new TransactionConflictException({ message: 'conflict', $metadata: {} });
      }
      const stored = this.#counters.get(name);
      if ((stored?.version ?? 0) !== counter.version - 1) {
        this.tally.refused += 1;
        // Its channel is known to be there; whoever made the counter has made sure of that.
        throw stored === undefined ? new Error('there is none') : new CounterChangedError(stored, {});
      }
      if (isTransaction) {
        this.#inTransaction.add(name);
        await this.#time.pause(half / 2);
        this.#inTransaction.delete(name);
      }
      const { unconfirmed: _, ...confirmed } = counter;
      this.#counters.set(name, confirmed);
    });
  }

  /** Sends a call until it is not throttled: what it does happens on half of its way. */
  async #call(
    name: string | undefined,
    kind: Kind,
    latencyMs: number,
    units: () => number,
    act: (halfMs: number) => Promise<void> = async () => {},
  ): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      this.tally.calls += 1;
      const half = (latencyMs * (0.5 + this.#random.next())) / 2;
      await this.#time.pause(half);
      const isGiven = this.#charge(name, kind, units());
      let failure: { error: unknown } | undefined;
      if (isGiven) {
        await act(half).catch((error: unknown) => {
          failure = { error };
        });
      }
      await this.#time.pause(half);
      if (failure !== undefined) throw failure.error;
      if (isGiven) return;
      this.tally.throttled += 1;
      if (attempt === SDK_ATTEMPTS) {
        throw new ProvisionedThroughputExceededException({ message: 'throttled', $metadata: {} });
      }
      await this.#time.pause(this.#random.next() * SDK_FIRST_PAUSE_MS * 2 ** (attempt - 1));
    }
  }

  #charge(name: string | undefined, kind: Kind, units: number): boolean {
    const { now } = this.#time;
    this.tally[kind === 'read' ? 'readUnits' : 'writeUnits'] += units;
    const isGivenByTable = this.#ofTable[kind].take(units, now);
    if (name === undefined) return isGivenByTable;
    const key = `${kind} ${name}`;
    const partition = this.#partitions.get(key) ?? new UnitsASecond(PARTITION_LIMITS[kind]);
    this.#partitions.set(key, partition);
    return partition.take(units, now) && isGivenByTable;
  }
}

function nameOf({ peerId, channelId, day }: CounterPlace): string {
  return `${peerId} ${channelId} ${day}`;
}

function bytesOf(counter: Pick<DailyCounter, 'window'> | undefined): number {
  return COUNTER_BYTES + FINGERPRINT_BYTES * (counter?.window?.fingerprints.length ?? 0);
}

function writeUnits(counter: Pick<DailyCounter, 'window'> | undefined): number {
  return Math.ceil(bytesOf(counter) / 1_024);
}

function readUnits(counter: DailyCounter | undefined): number {
  return Math.ceil(bytesOf(counter) / 4_096);
}
