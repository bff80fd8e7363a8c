import {
  type CounterChange,
  type CounterEntry,
  type CounterPlace,
  type CounterRules,
  countInto,
  type DailyCounter,
  type Fingerprint,
  isClosed,
  mayBeArchived,
  mayHaveExpired,
  sealing,
} from '../domain/daily-counter.ts';
import { MalformedItemError } from '../domain/errors.ts';
import { monthOf } from '../domain/month.ts';
import { isSealed, type MonthOfSnapshots, type PeerTotals, settled } from '../domain/peer-totals.ts';
import { dayOf, type EpochMillis } from '../domain/utc-day.ts';
import type { OneAtATime } from '../runtime/one-at-a-time.ts';
import type { Waiting } from '../runtime/waiting.ts';
import type { ActivePeers } from '../store/active-peers.ts';
import { ConflictError } from '../store/conflict.ts';
import type { DailyCounterStore } from '../store/daily-counter-store.ts';
import { retryOnConflict } from '../store/retry-on-conflict.ts';
import type { TotalsStore } from '../store/totals-store.ts';
import type { ConversationStarts, Starter } from './conversation-starts.ts';

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

/** A counter and what else decides on what becomes of messages in it, as they were read one after the other. */
interface DayAsRead {
  counter: DailyCounter;
  /** The peer's totals and the day's month, where the day was sealed, at least in part. */
  sealed?: { totals: PeerTotals; month: MonthOfSnapshots };
}

/**
 * Counts messages of one channel and day into the day's counter. As long as the day is not sealed that is one
 * conditional write; afterwards the totals and the day's snapshot change in the same transaction.
 */
export class DayCounting {
  readonly #dependencies: DayCountingDependencies;

  constructor(dependencies: DayCountingDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Counts messages of one channel and day.
   *
   * @param candidates in counting order, each with another fingerprint
   * @param turns those of everything that is counted at the same time
   * @returns what became of those that were not counted before
   */
  count(
    place: CounterPlace,
    candidates: readonly CountableMessage[],
    turns: OneAtATime,
  ): Promise<Map<Fingerprint, CountOutcome>> {
    const count = () => this.#countUntilSeen(place, candidates, turns);
    // Days that are over share their peer's totals: they would only get in one another's way.
    return this.#isOver(place) ? turns.run(`settle ${place.peerId}`, count) : count();
  }

  async #countUntilSeen(
    place: CounterPlace,
    candidates: readonly CountableMessage[],
    turns: OneAtATime,
  ): Promise<Map<Fingerprint, CountOutcome>> {
    const { waiting } = this.#dependencies;
    const outcomes = new Map<Fingerprint, CountOutcome>();
    // Where the day ended while it was counted into, sealing may have passed the counter by: it is looked at again.
    while (!(await retryOnConflict(waiting, () => this.#countOnce(place, candidates, turns, outcomes))));
    return outcomes;
  }

  /**
   * @param outcomes is given what became of messages, once that is stored
   * @returns whether all that is in the counter now is sure to reach the totals
   */
  async #countOnce(
    place: CounterPlace,
    candidates: readonly CountableMessage[],
    turns: OneAtATime,
    outcomes: Map<Fingerprint, CountOutcome>,
  ): Promise<boolean> {
    const { counters, activePeers } = this.#dependencies;
    const counter = await counters.read(place);
    const isNew = await this.#notInCounter(counter, candidates);
    const read = await this.#readSealed(counter, isNew.length === 0);
    if (isNew.length > 0 && this.#isRefused(read)) {
      for (const { fingerprint } of isNew)
        outcomes.set(fingerprint, { kind: 'quarantined', reason: 'too_old' });
      return true;
    }
    const { change, decided } = await this.#decide(counter, isNew);
    const isMissing = counter.version > 0 && counter.sealedIn === undefined;
    if (change?.isFirst) await activePeers.raise(place.peerId, place.day, turns);
    if (read.sealed !== undefined && (change !== undefined || isMissing)) {
      await this.#settle(read.sealed, counter, change);
    } else if (change !== undefined) {
      await counters.apply(change);
    }
    for (const [fingerprint, outcome] of decided) outcomes.set(fingerprint, outcome);
    return read.sealed !== undefined || change === undefined || !this.#isOver(place);
  }

  /**
   * Reads the totals of a counter's peer where the day may have been sealed.
   *
   * @param isOnlySeen whether nothing is to be counted into it
   * @throws ConflictError where the counter was sealed with totals that are not seen yet
   */
  async #readSealed(counter: DailyCounter, isOnlySeen: boolean): Promise<DayAsRead> {
    const { sealedIn, peerId, day } = counter;
    // By the clock as it is now: a day that is not over is sealed by nobody.
    if (sealedIn === undefined && !this.#isOver(counter)) return { counter };
    const totals = await this.#dependencies.totals.read(peerId);
    if (isOnlySeen && sealedIn !== undefined && totals.revision < sealedIn) {
      throw new ConflictError('the totals are not seen yet that hold the counter');
    }
    if (sealedIn === undefined && !isSealed(totals, day)) return { counter };
    const month = await this.#dependencies.totals.readMonth(peerId, monthOf(day));
    return { counter, sealed: { totals, month } };
  }

  /**
   * Whether messages that a counter does not hold are too old for it: the proof of others may have gone, or is
   * about to go. What was counted on a day stays, whatever retention is set to later.
   *
   * @throws ConflictError where the counter came between two reads
   */
  #isRefused({ counter, sealed }: DayAsRead): boolean {
    const now = this.#dependencies.clock();
    const { version, day, channelNumber } = counter;
    if (version > 0) return isClosed(counter, now);
    if (sealed?.month.days.get(day)?.channels.has(channelNumber) !== true) return false;
    if (mayHaveExpired(day, now)) return true;
    throw new ConflictError('the counter of a snapshot came after it was looked for');
  }

  /** Decides what becomes of messages that a counter does not hold. */
  async #decide(
    counter: DailyCounter,
    isNew: readonly CountableMessage[],
  ): Promise<{ change?: CounterChange; decided: Map<Fingerprint, CountOutcome> }> {
    const { starts, clock, rules } = this.#dependencies;
    const decided = new Map<Fingerprint, CountOutcome>();
    if (isNew.length === 0) return { decided };
    const { starters, malformed } = await starts.among(counter, isNew);
    const entries: CounterEntry[] = [];
    for (const { conversationHash, fingerprint, sentAt } of isNew) {
      const error = malformed.get(conversationHash);
      decided.set(fingerprint, error === undefined ? { kind: 'counted' } : outcomeOf(error));
      if (error !== undefined) continue;
      const conversationCount = starters.has(fingerprint) ? 1 : 0;
      entries.push({ fingerprint, sentAt, adds: { messageCount: 1, conversationCount } });
    }
    return { ...(entries.length > 0 && { change: countInto(counter, entries, clock(), rules) }), decided };
  }

  /** Counts into a day that is sealed; or brings a counter in that sealing has missed. */
  async #settle(
    { totals, month }: NonNullable<DayAsRead['sealed']>,
    counter: DailyCounter,
    change: CounterChange | undefined,
  ): Promise<void> {
    const { clock } = this.#dependencies;
    const settling = settled([sealing(counter, change)], totals, month, totals.completeThrough, clock());
    await this.#dependencies.totals.settle(counter.peerId, settling);
  }

  #isOver({ day }: CounterPlace): boolean {
    return day < dayOf(this.#dependencies.clock());
  }

  async #notInCounter(
    counter: DailyCounter,
    candidates: readonly CountableMessage[],
  ): Promise<CountableMessage[]> {
    const inWindow = new Set(counter.window?.fingerprints);
    const notInWindow = candidates.filter(({ fingerprint }) => !inWindow.has(fingerprint));
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

/** What an error means for the messages that it kept from being counted. */
export function outcomeOf(error: unknown): CountOutcome {
  // As often as it is read, it stays malformed; other channels and days must not wait for its repair.
  return error instanceof MalformedItemError
    ? { kind: 'quarantined', reason: 'malformed_item', error }
    : { kind: 'failed', error };
}
