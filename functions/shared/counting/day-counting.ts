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
import { DisagreeingItemsError, MalformedItemError } from '../domain/errors.ts';
import { monthOf } from '../domain/month.ts';
import { isSealed, type MonthOfSnapshots, type PeerTotals, settled } from '../domain/peer-totals.ts';
import { dayOf, type EpochMillis } from '../domain/utc-day.ts';
import { mapConcurrently } from '../runtime/concurrency.ts';
import type { OneAtATime } from '../runtime/one-at-a-time.ts';
import type { Waiting } from '../runtime/waiting.ts';
import type { ActivePeers } from '../store/active-peers.ts';
import type { ArchivedWindows } from '../store/archived-windows.ts';
import { ConflictError } from '../store/conflict.ts';
import type { DailyCounterStore } from '../store/daily-counter-store.ts';
import { retryOnConflict } from '../store/retry-on-conflict.ts';
import type { TotalsStore } from '../store/totals-store.ts';
import type { UnconfirmedCounters } from '../store/unconfirmed-counters.ts';
import type { ConversationDecisions, ConversationStarts, Joining, Starter } from './conversation-starts.ts';
import { CounterContest } from './counter-contest.ts';
import type { SealedAgreement } from './sealed-agreement.ts';

/** What became of a message. */
export type CountOutcome =
  | { kind: 'counted' }
  | { kind: 'duplicate' }
  /** Its channel was purged, or it was sent before its peer was erased: it counts nowhere, and nothing is kept of it. */
  | { kind: 'purged' | 'erased' }
  /** It cannot be counted, and trying again would not help: not before somebody has mended something. */
  | { kind: 'quarantined'; reason: 'too_many_channels' | 'malformed_item' | 'too_old'; error?: unknown }
  /** It may or may not have been counted: it must be given in again, and then will be recognised. */
  | { kind: 'failed'; error: unknown };

/** The channel of a counter is not the one any more that it was taken for: it was purged, or its peer erased. */
export class StaleChannelError extends Error {
  override name = 'StaleChannelError';

  constructor() {
    super('the channel was purged, or its peer erased, since it was read');
  }
}

/** A message that is to be counted. */
export type CountableMessage = Starter;

/** What counting into days works with. */
export interface DayCountingDependencies {
  counters: DailyCounterStore;
  windows: ArchivedWindows;
  totals: TotalsStore;
  agreement: SealedAgreement;
  starts: ConversationStarts;
  activePeers: ActivePeers;
  unconfirmed: UnconfirmedCounters;
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
  /** Those that start their conversations. */
  starters: readonly CountableMessage[];
  outcomes: CountOutcomes;
}

/**
 * So many counters at most are settled in one transaction, and so many messages at most are counted in one step: where
 * each of the counters archives its window, and what is new fills windows of its own, it has 95 items with the totals
 * and the month.
 */
export const MOST_COUNTERS_TOGETHER = 40;
export const MOST_MESSAGES_TOGETHER = 5_000;

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
   * @throws StaleChannelError where a channel has to be looked up again; what was counted until then has an outcome
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
    const read = await this.#confirm(await this.#read(channelDays));
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
   * Makes sure that counters are of the channels that they are taken for, where nobody has since they were stored first.
   *
   * @throws StaleChannelError where one is not
   * @throws ConflictError where a counter was in the way that had to be taken back; DisagreeingItemsError where one names
   *   its channel by another number than the channel has
   */
  async #confirm(read: readonly AsRead[]): Promise<AsRead[]> {
    const { unconfirmed } = this.#dependencies;
    const suspects = read.filter(
      ({ asked, counter }) =>
        counter.version > 0 &&
        (counter.unconfirmed === true || counter.channelNumber !== asked.place.channelNumber),
    );
    if (suspects.length === 0) return [...read];
    const confirmed = new Set(await unconfirmed.confirmed(suspects.map(({ counter }) => counter)));
    const strays = suspects.filter(
      ({ asked, counter }) => !confirmed.has(counter) || counter.channelNumber !== asked.place.channelNumber,
    );
    if (strays.length > 0) {
      await this.#requireSame(strays.map(({ asked }) => asked.place));
      // One that somebody had made sure of, or that is sealed, is not taken back, and would be in the way for ever.
      const lasting = strays.find(
        ({ counter }) => counter.unconfirmed !== true || counter.sealedIn !== undefined,
      )?.counter;
      if (lasting !== undefined) throw new DisagreeingItemsError('number_differs', lasting.day);
      throw new ConflictError('a counter of a channel that is no more was in the way');
    }
    return read.map((one) => {
      const { unconfirmed: _, ...counter } = one.counter;
      return { ...one, counter };
    });
  }

  /** @throws StaleChannelError where a channel is not the one any more that it was taken for */
  async #requireSame(places: readonly CounterPlace[]): Promise<void> {
    const ofChannels = [...Map.groupBy(places, ({ channelId }) => channelId).values()];
    await mapConcurrently(ofChannels, CONCURRENT_CHANNELS, async ([place]) => {
      if (place === undefined) return;
      const channel = await this.#dependencies.unconfirmed.channel(place);
      if (channel?.number !== place.channelNumber) throw new StaleChannelError();
    });
  }

  /**
   * Reads the totals of a peer where one of its days may have been sealed.
   *
   * @param read the counters, which were read before
   * @throws ConflictError where a counter that is not to be changed was sealed with totals that are not seen yet;
   *   DisagreeingItemsError where there are none such
   */
  async #readTotals(read: readonly Joining[]): Promise<PeerTotals | undefined> {
    // By the clock as it is now: a day that is not over is sealed by nobody.
    const some = read.find(({ counter }) => counter.sealedIn !== undefined || this.#isOver(counter));
    if (some === undefined) return undefined;
    const totals = await this.#dependencies.totals.read(some.counter.peerId);
    for (const { counter, isNew } of read) {
      if (isNew.length > 0 || counter.sealedIn === undefined || totals.revision >= counter.sealedIn) continue;
      await this.#dependencies.agreement.check([counter], totals);
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
    behind: readonly AsRead[],
    turns: OneAtATime,
    outcomes: CountOutcomes,
  ): Promise<void> {
    const { totals: store, clock } = this.#dependencies;
    const joining = behind.filter(({ counter, isNew }) => isNew.length > 0 || isMissing(counter));
    const [first] = joining;
    if (first === undefined) return;
    // After the totals: whoever purges a channel or erases its peer changes them, behind saying so of the channel.
    const opened = joining.filter(({ counter }) => counter.version === 0);
    await this.#requireSame(opened.map(({ asked }) => asked.place));
    const { peerId, day } = first.counter;
    const month = await store.readMonth(peerId, monthOf(day));
    const read = joining.map(({ counter }) => counter);
    await this.#dependencies.agreement.check(read, totals, month);
    await this.#requireGone(joining, month);
    const accepted = joining.filter((one) => !this.#isRefused(one, outcomes, month));
    const ofChannels = [...Map.groupBy(accepted, ({ counter }) => counter.channelId).values()];
    const decided = await mapConcurrently(ofChannels, CONCURRENT_CHANNELS, (one) => this.#decide(one));
    const settling = decided
      .flat()
      .filter(({ counter, change }) => change !== undefined || isMissing(counter));
    await this.#raise(settling, turns);
    if (settling.length > 0) {
      const sealings = settling.map(({ counter, change }) => sealing(counter, change && confirmed(change)));
      await store.settle(peerId, settled(sealings, totals, month, totals.completeThrough, clock()));
    }
    for (const one of decided.flat()) this.#record(one, outcomes);
  }

  /**
   * Counts into a day that is not sealed.
   *
   * @returns whether the counter was changed, and its day is over
   */
  async #countOpen(joining: AsRead, turns: OneAtATime, outcomes: CountOutcomes): Promise<boolean> {
    if (joining.isNew.length === 0 || this.#isRefused(joining, outcomes)) return false;
    const decisions = await this.#dependencies.starts.among([joining]);
    const contest = new CounterContest(this.#dependencies);
    let [known, latest] = [joining, joining.counter];
    try {
      for (;;) {
        try {
          known = await this.#upTo(latest, known);
          return await this.#store(this.#decidedBy(decisions, known, contest.waitedMs), turns, outcomes);
        } catch (error) {
          // What was decided on conversations holds as long as nothing but counting changes the counter: whoever takes
          // one over changes it in another way.
          latest = await contest.goOn(error, known.counter);
          // A day that has ended meanwhile may be sealed: that is looked for anew.
          if (this.#isOver(latest)) throw error;
        }
      }
    } finally {
      contest.end();
    }
  }

  /** The same with the counter as it was seen later, and without those of the messages that others have counted since. */
  async #upTo(counter: DailyCounter, known: AsRead): Promise<AsRead> {
    if (counter.version === known.counter.version) return known;
    const isNew = await this.#notInCounter(counter, known.isNew, known.counter);
    return { ...known, counter, isNew };
  }

  /** @returns whether the counter was changed, and its day is over */
  async #store(decided: Decided, turns: OneAtATime, outcomes: CountOutcomes): Promise<boolean> {
    const { counter, change } = decided;
    if (change !== undefined) {
      await this.#raise([decided], turns);
      await this.#dependencies.counters.apply(change, [], counter);
      if (counter.version === 0) await this.#confirmOpened(change.counter);
    }
    this.#record(decided, outcomes);
    return change !== undefined && this.#isOver(counter);
  }

  /**
   * Makes sure that a counter which was stored first by this step is of a channel that is there; else it is taken back.
   *
   * @throws StaleChannelError
   */
  async #confirmOpened(stored: DailyCounter): Promise<void> {
    try {
      await this.#requireSame([stored]);
    } catch (error) {
      if (error instanceof StaleChannelError) await this.#dependencies.unconfirmed.takeBack(stored);
      throw error;
    }
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

  /**
   * Makes sure that counters which may have gone, as snapshots tell, are not there: others may just have stored them first.
   *
   * @throws ConflictError where one is
   */
  async #requireGone(joining: readonly Joining[], month: MonthOfSnapshots): Promise<void> {
    const { agreement, clock } = this.#dependencies;
    for (const { counter } of joining) {
      const mayBeGone = isOnlyInSnapshot(counter, month) && mayHaveExpired(counter.day, clock());
      if (mayBeGone && !(await agreement.hasGone(counter)))
        throw new ConflictError('a day was taken out of its snapshot after that was read');
    }
  }

  #isTooOld(counter: DailyCounter, month: MonthOfSnapshots | undefined): boolean {
    const now = this.#dependencies.clock();
    const { version, day } = counter;
    if (version > 0) return isClosed(counter, now);
    if (!isOnlyInSnapshot(counter, month)) return false;
    if (mayHaveExpired(day, now)) return true;
    throw new ConflictError('the counter of a snapshot came after it was looked for');
  }

  /** Decides what becomes of messages of one channel that are counted together, or not at all. */
  async #decide(ofChannel: readonly Joining[]): Promise<Decided[]> {
    const joining = ofChannel.filter(({ isNew }) => isNew.length > 0);
    const decisions = await this.#dependencies.starts.among(joining);
    return ofChannel.map((one) => this.#decidedBy(decisions, one));
  }

  /**
   * What becomes of messages by what was decided on their conversations.
   *
   * @param waitedMs for how long they have waited for others who count into the counter
   */
  #decidedBy(
    { starters, malformed }: ConversationDecisions,
    { counter, isNew }: Joining,
    waitedMs = 0,
  ): Decided {
    const { clock, rules } = this.#dependencies;
    const outcomes: CountOutcomes = new Map();
    const entries: CounterEntry[] = [];
    const starting: CountableMessage[] = [];
    for (const message of isNew) {
      const { conversationHash, fingerprint, digest, sentAt } = message;
      const error = malformed.get(conversationHash);
      outcomes.set(message, error === undefined ? { kind: 'counted' } : outcomeOf(error));
      if (error !== undefined) continue;
      const conversationCount = starters.has(message) ? 1 : 0;
      if (conversationCount > 0) starting.push(message);
      entries.push({ fingerprint, digest, sentAt, adds: { messageCount: 1, conversationCount } });
    }
    const change = entries.length > 0 ? countInto(counter, entries, clock(), rules, waitedMs) : undefined;
    return { counter, starters: starting, outcomes, ...(change !== undefined && { change }) };
  }

  /** Takes down what became of messages, once that is stored. */
  #record({ counter, starters, outcomes: decided }: Decided, outcomes: CountOutcomes): void {
    for (const [message, outcome] of decided) outcomes.set(message, outcome);
    this.#dependencies.starts.remember(counter, starters);
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

  /** @param known the counter as it was when it held none of the messages, where that is known */
  async #notInCounter(
    counter: DailyCounter,
    messages: readonly CountableMessage[],
    known?: DailyCounter,
  ): Promise<CountableMessage[]> {
    const inWindow = new Set(counter.window?.fingerprints);
    const notInWindow = messages.filter(({ fingerprint }) => !inWindow.has(fingerprint));
    const sought = notInWindow
      .filter(({ sentAt }) => mayBeArchived(counter, sentAt))
      .map(({ fingerprint, sentAt }) => ({ fingerprint, from: sentAt, through: sentAt }));
    if (sought.length === 0) return notInWindow;
    const { windows, rules } = this.#dependencies;
    const { found, crowded } =
      known === undefined
        ? await windows.look(counter, sought, rules.windowsTogether)
        : await windows.lookBehind(counter, known.archive.windows, sought, rules.windowsTogether);
    for (const share of crowded) await windows.split(counter, share);
    return notInWindow.filter(({ fingerprint }) => !found.has(fingerprint));
  }
}

/** Whether the snapshot of a day tells of a counter that is not there. */
function isOnlyInSnapshot(
  { version, day, channelNumber }: DailyCounter,
  month: MonthOfSnapshots | undefined,
): boolean {
  return version === 0 && month?.days.get(day)?.channels.has(channelNumber) === true;
}

/** Whether a counter of a sealed day was missed when the day was sealed. */
function isMissing({ version, sealedIn }: DailyCounter): boolean {
  return version > 0 && sealedIn === undefined;
}

/** A step of a counter whose channel was seen to be there behind the totals that the step changes. */
function confirmed(change: CounterChange): CounterChange {
  const { unconfirmed: _, ...counter } = change.counter;
  return { ...change, counter };
}

/** What an error means for the messages that it kept from being counted. */
export function outcomeOf(error: unknown): CountOutcome {
  // As often as it is read, it stays malformed; other channels and days must not wait for its repair.
  return error instanceof MalformedItemError
    ? { kind: 'quarantined', reason: 'malformed_item', error }
    : { kind: 'failed', error };
}
