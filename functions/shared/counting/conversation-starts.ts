import {
  type CounterRules,
  type DailyCounter,
  type DailyCounterKey,
  type Fingerprint,
  fenced,
  mayBeArchived,
  mayHaveExpired,
  outlivesEvidence,
} from '../domain/daily-counter.ts';
import { MalformedItemError } from '../domain/errors.ts';
import type { EpochMillis, UtcDay } from '../domain/utc-day.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { mapConcurrently } from '../runtime/concurrency.ts';
import { ConflictError } from '../store/conflict.ts';
import type { ConversationStore } from '../store/conversation-store.ts';
import type { DailyCounterStore } from '../store/daily-counter-store.ts';
import type { TransactionItem } from '../store/dynamodb.ts';
import type { ConversationStart } from '../store/items/conversation-marker.ts';
import type { TotalsStore } from '../store/totals-store.ts';

/** A message that would start its conversation, if no other one has. */
export interface Starter {
  fingerprint: Fingerprint;
  conversationHash: string;
  sentAt: EpochMillis;
}

/** What deciding on conversations works with. */
export interface ConversationStartsDependencies {
  conversations: ConversationStore;
  counters: DailyCounterStore;
  totals: TotalsStore;
  clock: () => EpochMillis;
  rules: CounterRules;
}

const CONCURRENT_MARKERS = 16;
/** Most conversations that one transaction takes over: with two counters and a channel it stays below 100 items. */
const TAKEOVERS_PER_TRANSACTION = 50;
const REMEMBERED_CONVERSATIONS = 20_000;

/** A conversation whose marker names a message that is not counted. */
interface Takeover {
  /** The counter that would hold the message, as it was read. */
  holder: DailyCounter;
  from: ConversationStart;
  to: ConversationStart;
}

/** What is decided on the conversations of some messages. */
export interface ConversationDecisions {
  /** The messages that start their conversations. */
  starters: ReadonlySet<Fingerprint>;
  /** Conversations, by their hash, on which nothing can be decided before somebody mends their marker. */
  malformed: ReadonlyMap<string, MalformedItemError>;
}

/** What is decided on one conversation; neither where a message outside of the step has started it. */
interface Decision {
  startedBy?: Fingerprint;
  /** Where the conversation has to be taken over for that. */
  takeover?: Takeover;
}

/** Messages of a channel and day that are counted together. */
interface Step {
  /** The counter that they are counted into, as it was read. */
  counter: DailyCounter;
  messages: ReadonlyMap<Fingerprint, Starter>;
  /** The counters of the days that markers name, as they were read. */
  holders: Map<UtcDay, Promise<DailyCounter>>;
}

/**
 * Decides which messages start their conversations: of each conversation the one that its marker names. A
 * marker is written before its message is counted. So whoever counts another message of the conversation
 * makes sure that the named one is counted, and otherwise takes the conversation over: at no moment is there
 * a conversation with a counted message that does not count itself.
 */
export class ConversationStarts {
  readonly #dependencies: ConversationStartsDependencies;
  /** Conversations that are counted. That never changes. */
  readonly #counted = new BoundedMap<string, true>(REMEMBERED_CONVERSATIONS);

  constructor(dependencies: ConversationStartsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Decides which messages start their conversations if they are counted into a counter at the version that
   * was read, and into no other.
   *
   * @param counter as it was read before anything of this is asked
   * @param candidates messages of its channel and day that it does not hold, in counting order
   * @throws ConflictError where the counter, or a marker, was changed meanwhile
   */
  async among(counter: DailyCounter, candidates: readonly Starter[]): Promise<ConversationDecisions> {
    // The first message of a conversation in counting order is the one that would start it.
    const firsts = new Map<string, Starter>();
    for (const candidate of candidates) {
      const { conversationHash } = candidate;
      if (this.#counted.get(nameOf(counter, conversationHash))) continue;
      if (!firsts.has(conversationHash)) firsts.set(conversationHash, candidate);
    }
    const { peerId, channelId } = counter;
    const found = await this.#dependencies.conversations.find(peerId, channelId, [...firsts.keys()]);
    const step: Step = {
      counter,
      messages: new Map(candidates.map((candidate) => [candidate.fingerprint, candidate])),
      holders: new Map([[counter.day, Promise.resolve(counter)]]),
    };
    const malformed = new Map<string, MalformedItemError>();
    const decisions = await mapConcurrently([...firsts.values()], CONCURRENT_MARKERS, async (first) => {
      const decision = await this.#decide(step, first, found.get(first.conversationHash));
      if (decision instanceof MalformedItemError) malformed.set(first.conversationHash, decision);
      return decision instanceof MalformedItemError ? {} : decision;
    });
    await this.#takeOver(
      counter,
      decisions.flatMap(({ takeover }) => takeover ?? []),
    );
    return { starters: new Set(decisions.flatMap(({ startedBy }) => startedBy ?? [])), malformed };
  }

  /**
   * Finds the message of a step that starts a conversation, and whether the conversation has to be taken over
   * for that.
   *
   * @param found the marker, perhaps as it was a while ago
   * @returns what is wrong with the marker, where it is malformed
   */
  async #decide(
    step: Step,
    first: Starter,
    found: ConversationStart | MalformedItemError | undefined,
  ): Promise<Decision | MalformedItemError> {
    const { conversationHash, fingerprint: startedBy, sentAt } = first;
    const own = {
      conversationHash,
      startedBy,
      day: step.counter.day,
      sentAt,
      claimedAt: this.#dependencies.clock(),
    };
    if (found instanceof MalformedItemError) return found;
    if (found !== undefined && !isNamed(step, found)) {
      const proof = await this.#lookFor(step, found);
      if (proof === 'seen') this.#counted.set(nameOf(step.counter, conversationHash), true);
      if (proof === 'seen' || proof === 'taken for seen') return {};
    }
    const marker = await this.#markerNow(step, own, found);
    if (marker instanceof MalformedItemError) return marker;
    if (isNamed(step, marker)) return { startedBy: marker.startedBy };
    const holder = await this.#lookFor(step, marker);
    if (holder === 'seen' || holder === 'taken for seen') return {};
    return { startedBy, takeover: { holder, from: marker, to: own } };
  }

  /**
   * The marker of a conversation, which names a message of the step where there was none. What was found may
   * have been taken over since, which changes the version of the counter that would hold it: only what a
   * marker says after the counter was read is worth something.
   */
  async #markerNow(
    { counter: { peerId, channelId } }: Step,
    own: ConversationStart,
    found: ConversationStart | undefined,
  ): Promise<ConversationStart | MalformedItemError> {
    const { conversations } = this.#dependencies;
    try {
      if (found === undefined) return await conversations.start(peerId, channelId, own);
      return (await conversations.read(peerId, channelId, own.conversationHash)) ?? found;
    } catch (error) {
      if (error instanceof MalformedItemError) return error;
      throw error;
    }
  }

  /** Looks for the proof that the message which a marker names is counted; gives the counter that lacks it. */
  async #lookFor(step: Step, marker: ConversationStart): Promise<DailyCounter | 'seen' | 'taken for seen'> {
    const { counters, totals, clock } = this.#dependencies;
    // Its proof may have gone already: nothing may count twice.
    if (outlivesEvidence(marker.claimedAt, clock())) return 'taken for seen';
    try {
      const holder = await this.#holderOf(step, marker.day);
      // The same of a counter that has gone: only its day's snapshot tells that it was there.
      const mayBeGone = holder.version === 0 && mayHaveExpired(holder.day, clock());
      if (mayBeGone && (await totals.isInSnapshot(holder))) return 'taken for seen';
      if (holder.window?.fingerprints.includes(marker.startedBy)) return 'seen';
      if (!mayBeArchived(holder, marker.sentAt)) return holder;
      const archived = await counters.archivedFingerprints(holder, marker.sentAt, marker.sentAt);
      return archived.has(marker.startedBy) ? 'seen' : holder;
    } catch (error) {
      // Of another day's counter nobody can tell what it holds, and this day's must not wait for its repair.
      if (error instanceof MalformedItemError && marker.day !== step.counter.day) return 'taken for seen';
      throw error;
    }
  }

  /**
   * The counter of a day, read once for all conversations of a step: what is decided at one version is only
   * right at that version.
   */
  #holderOf({ counter, holders }: Step, day: UtcDay): Promise<DailyCounter> {
    const { peerId, channelId, channelNumber } = counter;
    const holder =
      holders.get(day) ?? this.#dependencies.counters.read({ peerId, channelId, channelNumber, day });
    holders.set(day, holder);
    return holder;
  }

  /**
   * Makes other messages the ones that start conversations, in place of those that are not counted. Two counters
   * get a new version in the same transaction: the one that would hold the message that was named, since whoever
   * is about to count it has to look again; and the one of the step, since somebody else may be about to count the
   * other message as one that starts nothing.
   *
   * @throws ConflictError where there was something to take over: the step begins anew
   */
  async #takeOver(counter: DailyCounter, takeovers: readonly Takeover[]): Promise<void> {
    if (takeovers.length === 0) return;
    const { conversations, counters, clock, rules } = this.#dependencies;
    const { peerId, channelId, day: ownDay } = counter;
    let own = counter.version === 0 ? await this.#fence(counter) : counter;
    for (const [day, ofDay] of Map.groupBy(takeovers, ({ from }) => from.day)) {
      let holder = ofDay[0]?.holder ?? own;
      for (let start = 0; start < ofDay.length; start += TAKEOVERS_PER_TRANSACTION) {
        const changes = ofDay
          .slice(start, start + TAKEOVERS_PER_TRANSACTION)
          .map(({ from, to }) => conversations.takeover(peerId, channelId, from, to));
        if (day === ownDay) {
          own = await this.#fence(own, changes);
        } else {
          const next = fenced(own, clock(), rules);
          holder = await this.#fence(holder, [...counters.writesOf(next), ...changes]);
          own = next.counter;
        }
      }
    }
    throw new ConflictError('conversations were taken over, and the counters were changed by that');
  }

  /** Gives a counter a new version, together with other writes or not at all. */
  async #fence(counter: DailyCounter, companions: readonly TransactionItem[] = []): Promise<DailyCounter> {
    const { counters, clock, rules } = this.#dependencies;
    const change = fenced(counter, clock(), rules);
    await counters.apply(change, companions);
    return change.counter;
  }
}

/**
 * Whether a marker names a message of a step. One that was sent again at another time of the day is another
 * message for this: whether it was counted at the time that the marker gives has to be looked for.
 */
function isNamed({ counter, messages }: Step, marker: ConversationStart): boolean {
  return marker.day === counter.day && messages.get(marker.startedBy)?.sentAt === marker.sentAt;
}

function nameOf({ peerId, channelId }: DailyCounterKey, conversationHash: string): string {
  return `${peerId}\n${channelId}\n${conversationHash}`;
}
