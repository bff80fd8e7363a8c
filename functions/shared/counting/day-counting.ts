import {
  type CounterChange,
  type CounterEntry,
  type CounterPlace,
  type CounterRules,
  countInto,
  type DailyCounter,
  isClosed,
  mayBeArchived,
  mayHaveExpired,
  sealing,
} from '../domain/daily-counter.ts';
import { MalformedItemError } from '../domain/errors.ts';
import { monthOf } from '../domain/month.ts';
import { isSealed, type MonthOfSnapshots, type PeerTotals, settled } from '../domain/peer-totals.ts';
import { dayOf, type EpochMillis } from '../domain/utc-day.ts';
import { mapConcurrently } from '../runtime/concurrency.ts';
import type { OneAtATime } from '../runtime/one-at-a-time.ts';
import type { Waiting } from '../runtime/waiting.ts';
import type { ActivePeers } from '../store/active-peers.ts';
import { ConflictError } from '../store/conflict.ts';
import type { DailyCounterStore } from '../store/daily-counter-store.ts';
import { retryOnConflict } from '../store/retry-on-conflict.ts';
import type { TotalsStore } from '../store/totals-store.ts';
import type { ConversationStarts, Joining, Starter } from './conversation-starts.ts';

/** What became of a message. */
export type CountOutcome =
  | { kind: 'counted' }
  | { kind: 'duplicate' }
  /** It cannot be counted, and trying again would not help: not before somebody has mended something. */
  | { kind: 'quarantined'; reason: 'too_many_channels' | 'malformed_item' | 'too_old'; error?: unknown }
  /** It may or may not have been counted: it must be given in again, and then will be recognised. */
  | { kind: 'failed'; error: unknown };

/** A message that is to be counted. */
export type CountableMessage = Starter;

/** What counting into days works with. */
export interface DayCountingDependencies {
  counters: DailyCounterStore;
  totals: TotalsStore;
  starts: ConversationStarts;
  activePeers: ActivePeers;
  waiting: Waiting;
  clock: () => EpochMillis;
  rules: CounterRules;
}

/** Messages that are to be counted into one counter, in counting order, each with another fingerprint. */
export interface ChannelDay {
  place: CounterPlace;
  messages: readonly CountableMessage[];
}

/** What became of messages. */
export type CountOutcomes = Map<CountableMessage, CountOutcome>;

/** What was asked for, as it was read: the counter, and those of the messages that it does not hold. */
interface AsRead extends Joining {
  asked: ChannelDay;
}

/** What is decided on messages that a counter does not hold. */
interface Decided {
  counter: DailyCounter;
  /** What they change of the counter; nothing where none of them is counted. */
  change?: CounterChange;
  outcomes: CountOutcomes;
}

/**
 * So many counters at most are settled in one transaction: where each of them archives its window, it has 98 items
 * with the totals and the month.
 */
export const MOST_COUNTERS_TOGETHER = 48;

const CONCURRENT_CHANNELS = 8;
const CONCURRENT_LOOKS = 16;

/**
 * Counts messages of channels and days into their counters. As long as a day is not sealed that is one conditional
 * write a counter; afterwards the totals and the days' snapshots change in the same transaction.
 */
export class DayCounting {
  readonly #dependencies: DayCountingDependencies;

  constructor(dependencies: DayCountingDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Counts messages of one channel and day; or of several of one peer and month, which are over.
   *
   * @param channelDays all different, at most `MOST_COUNTERS_TOGETHER`, those of a channel in the order of days
   * @param turns those of everything that is counted at the same time
   * @param outcomes is given what became of messages, once that is stored; nothing of those that were counted before
   */
  async count(channelDays: readonly ChannelDay[], turns: OneAtATime, outcomes: CountOutcomes): Promise<void> {
    const { waiting } = this.#dependencies;
    let left = channelDays;
    while (left.length > 0) {
      const all = left;
      // Where one of several was changed by others, all of them begin anew: they share the totals.
      left = await retryOnConflict(waiting, () => this.#countOnce(all, turns, outcomes));
    }
  }

  /** @returns those that have to be looked at once more before it is sure that the totals get them */
  async #countOnce(
    channelDays: readonly ChannelDay[],
    turns: OneAtATime,
    outcomes: CountOutcomes,
  ): Promise<ChannelDay[]> {
    const read = await this.#read(channelDays);
    const totals = await this.#readTotals(read);
    const [behind, open]: [AsRead[], AsRead[]] = [[], []];
    for (const joining of read) {
      const { sealedIn, day } = joining.counter;
      const isBehind = totals !== undefined && (sealedIn !== undefined || isSealed(totals, day));
      (isBehind ? behind : open).push(joining);
    }
    if (totals !== undefined) await this.#settle(totals, behind, turns, outcomes);
    const unsure = new Set<ChannelDay>();
    const ofChannels = [...Map.groupBy(open, ({ counter }) => counter.channelId).values()];
    await mapConcurrently(ofChannels, CONCURRENT_CHANNELS, async (ofChannel) => {
      for (const joining of ofChannel) {
        if (await this.#countOpen(joining, turns, outcomes)) unsure.add(joining.asked);
      }
    });
    // Where the day ended before its counter was stored, sealing may have passed the counter by.
    return channelDays.filter((channelDay) => unsure.has(channelDay));
  }

  /** Reads the counters, and leaves out of their messages what they hold. */
  async #read(channelDays: readonly ChannelDay[]): Promise<AsRead[]> {
    const counters = await this.#dependencies.counters.readAll(channelDays.map(({ place }) => place));
    const read = channelDays.flatMap((asked, index) => {
      const counter = counters[index];
      return counter === undefined ? [] : [{ asked, counter }];
    });
    return mapConcurrently(read, CONCURRENT_LOOKS, async ({ asked, counter }) => {
      return { asked, counter, isNew: await this.#notInCounter(counter, asked.messages) };
    });
  }

  /**
   * Reads the totals of a peer where one of its days may have been sealed.
   *
   * @param read the counters, which were read before
   * @throws ConflictError where a counter that is not to be changed was sealed with totals that are not seen yet
   */
  async #readTotals(read: readonly Joining[]): Promise<PeerTotals | undefined> {
    // By the clock as it is now: a day that is not over is sealed by nobody.
    const some = read.find(({ counter }) => counter.sealedIn !== undefined || this.#isOver(counter));
    if (some === undefined) return undefined;
    const totals = await this.#dependencies.totals.read(some.counter.peerId);
    for (const { counter, isNew } of read) {
      if (isNew.length > 0 || counter.sealedIn === undefined || totals.revision >= counter.sealedIn) continue;
      throw new ConflictError('the totals are not seen yet that hold the counter');
    }
    return totals;
  }

  /**
   * Counts into days that are sealed, and brings counters in that sealing has missed, all in one transaction.
   *
   * @param totals as they were read after the counters
   */
  async #settle(
    totals: PeerTotals,
    behind: readonly Joining[],
    turns: OneAtATime,
    outcomes: CountOutcomes,
  ): Promise<void> {
    const { totals: store, clock } = this.#dependencies;
    const joining = behind.filter(({ counter, isNew }) => isNew.length > 0 || isMissing(counter));
    const [first] = joining;
    if (first === undefined) return;
    const { peerId, day } = first.counter;
    const month = await store.readMonth(peerId, monthOf(day));
    const accepted = joining.filter((one) => !this.#isRefused(one, outcomes, month));
    const ofChannels = [...Map.groupBy(accepted, ({ counter }) => counter.channelId).values()];
    const decided = await mapConcurrently(ofChannels, CONCURRENT_CHANNELS, (one) => this.#decide(one));
    const settling = decided
      .flat()
      .filter(({ counter, change }) => change !== undefined || isMissing(counter));
    await this.#raise(settling, turns);
    if (settling.length > 0) {
      const sealings = settling.map(({ counter, change }) => sealing(counter, change));
      await store.settle(peerId, settled(sealings, totals, month, totals.completeThrough, clock()));
    }
    for (const one of decided.flat()) record(one, outcomes);
  }

  /**
   * Counts into a day that is not sealed.
   *
   * @returns whether the counter was changed, and its day is over
   */
  async #countOpen(joining: Joining, turns: OneAtATime, outcomes: CountOutcomes): Promise<boolean> {
    if (joining.isNew.length === 0 || this.#isRefused(joining, outcomes)) return false;
    const [decided] = await this.#decide([joining]);
    if (decided === undefined) return false;
    await this.#raise([decided], turns);
    if (decided.change !== undefined) await this.#dependencies.counters.apply(decided.change);
    record(decided, outcomes);
    return decided.change !== undefined && this.#isOver(joining.counter);
  }

  /**
   * Whether messages that a counter does not hold are too old for it: the proof of others may have gone, or is
   * about to go. What was counted on a day stays, whatever retention is set to later.
   *
   * @param month that of the day, where it was sealed
   * @throws ConflictError where the counter came between two reads
   */
  #isRefused({ counter, isNew }: Joining, outcomes: CountOutcomes, month?: MonthOfSnapshots): boolean {
    if (isNew.length === 0 || !this.#isTooOld(counter, month)) return false;
    for (const message of isNew) outcomes.set(message, { kind: 'quarantined', reason: 'too_old' });
    return true;
  }

  #isTooOld(counter: DailyCounter, month: MonthOfSnapshots | undefined): boolean {
    const now = this.#dependencies.clock();
    const { version, day, channelNumber } = counter;
    if (version > 0) return isClosed(counter, now);
    if (month?.days.get(day)?.channels.has(channelNumber) !== true) return false;
    if (mayHaveExpired(day, now)) return true;
    throw new ConflictError('the counter of a snapshot came after it was looked for');
  }

  /** Decides what becomes of messages of one channel that are counted together, or not at all. */
  async #decide(ofChannel: readonly Joining[]): Promise<Decided[]> {
    const { starts, clock, rules } = this.#dependencies;
    const joining = ofChannel.filter(({ isNew }) => isNew.length > 0);
    const { starters, malformed } = await starts.among(joining);
    return ofChannel.map(({ counter, isNew }) => {
      const outcomes: CountOutcomes = new Map();
      const entries: CounterEntry[] = [];
      for (const message of isNew) {
        const { conversationHash, fingerprint, sentAt } = message;
        const error = malformed.get(conversationHash);
        outcomes.set(message, error === undefined ? { kind: 'counted' } : outcomeOf(error));
        if (error !== undefined) continue;
        const conversationCount = starters.has(message) ? 1 : 0;
        entries.push({ fingerprint, sentAt, adds: { messageCount: 1, conversationCount } });
      }
      const change = entries.length > 0 ? countInto(counter, entries, clock(), rules) : undefined;
      return { counter, outcomes, ...(change !== undefined && { change }) };
    });
  }

  /** Lists the peer with the last day on which a counter of it gets its first message. */
  async #raise(decided: readonly Decided[], turns: OneAtATime): Promise<void> {
    const opened = decided.flatMap(({ change }) => (change?.isFirst ? change.counter : []));
    const last = opened.reduce<DailyCounter | undefined>(
      (one, other) => (one === undefined || other.day > one.day ? other : one),
      undefined,
    );
    if (last !== undefined) await this.#dependencies.activePeers.raise(last.peerId, last.day, turns);
  }

  #isOver({ day }: CounterPlace): boolean {
    return day < dayOf(this.#dependencies.clock());
  }

  async #notInCounter(
    counter: DailyCounter,
    messages: readonly CountableMessage[],
  ): Promise<CountableMessage[]> {
    const inWindow = new Set(counter.window?.fingerprints);
    const notInWindow = messages.filter(({ fingerprint }) => !inWindow.has(fingerprint));
    const maybeArchived = notInWindow
      .map(({ sentAt }) => sentAt)
      .filter((sentAt) => mayBeArchived(counter, sentAt));
    if (maybeArchived.length === 0) return notInWindow;
    const archived = await this.#dependencies.counters.archivedFingerprints(
      counter,
      maybeArchived.reduce((a, b) => Math.min(a, b)),
      maybeArchived.reduce((a, b) => Math.max(a, b)),
    );
    return notInWindow.filter(({ fingerprint }) => !archived.has(fingerprint));
  }
}

/** Whether a counter of a sealed day was missed when the day was sealed. */
function isMissing({ version, sealedIn }: DailyCounter): boolean {
  return version > 0 && sealedIn === undefined;
}

function record({ outcomes: decided }: Decided, outcomes: CountOutcomes): void {
  for (const [message, outcome] of decided) outcomes.set(message, outcome);
}

/** What an error means for the messages that it kept from being counted. */
export function outcomeOf(error: unknown): CountOutcome {
  // As often as it is read, it stays malformed; other channels and days must not wait for its repair.
  return error instanceof MalformedItemError
    ? { kind: 'quarantined', reason: 'malformed_item', error }
    : { kind: 'failed', error };
}
