import {
  type CounterRules,
  type DailyCounter,
  fenced,
  mayBeArchived,
  mayHaveExpired,
  outlivesEvidence,
} from '../domain/daily-counter.ts';
import type { Fingerprint } from '../domain/dedupe-window.ts';
import type { Digest } from '../domain/digest.ts';
import { MalformedItemError } from '../domain/errors.ts';
import { inBatches } from '../domain/in-batches.ts';
import { dayOf, type EpochMillis, type UtcDay } from '../domain/utc-day.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { mapConcurrently } from '../runtime/concurrency.ts';
import type { ArchivedWindows } from '../store/archived-windows.ts';
import { ConflictError } from '../store/conflict.ts';
import type { ConversationStore } from '../store/conversation-store.ts';
import type { DailyCounterStore } from '../store/daily-counter-store.ts';
import type { TransactionItem } from '../store/dynamodb.ts';
import type { ConversationStart } from '../store/items/conversation-marker.ts';
import type { UnconfirmedCounters } from '../store/unconfirmed-counters.ts';
import type { SealedAgreement } from './sealed-agreement.ts';

/** A message that would start its conversation, if no other one has. */
export interface Starter {
  digest: Digest;
  fingerprint: Fingerprint;
  conversationHash: string;
  sentAt: EpochMillis;
}

/** A counter as it was read, and messages of its channel and day that it does not hold, in counting order. */
export interface Joining {
  counter: DailyCounter;
  isNew: readonly Starter[];
}

/** What deciding on conversations works with. */
export interface ConversationStartsDependencies {
  conversations: ConversationStore;
  counters: DailyCounterStore;
  windows: ArchivedWindows;
  agreement: Pick<SealedAgreement, 'hasGone'>;
  unconfirmed: UnconfirmedCounters;
  clock: () => EpochMillis;
  rules: CounterRules;
}

const CONCURRENT_MARKERS = 16;
/** Most conversations that one transaction takes over: with two counters and a channel it stays below 100 items. */
const TAKEOVERS_PER_TRANSACTION = 50;
const REMEMBERED_CONVERSATIONS = 20_000;

/** A conversation whose marker names a message that is not counted. */
interface Takeover {
  from: ConversationStart;
  /** The counter that would hold that message, as it was read. */
  holder: DailyCounter;
  to: ConversationStart;
  /** The counter that the message which takes its place is counted into, as it was read. */
  own: DailyCounter;
}

/** What is decided on the conversations of some messages. */
export interface ConversationDecisions {
  /** The messages that start their conversations. */
  starters: ReadonlySet<Starter>;
  /** Conversations, by their hash, on which nothing can be decided before somebody mends their marker. */
  malformed: ReadonlyMap<string, MalformedItemError>;
}

/** What is decided on one conversation; neither where a message outside of the step has started it. */
interface Decision {
  startedBy?: Starter;
  /** Where the conversation has to be taken over for that. */
  takeover?: Takeover;
}

/** Messages of a channel that are counted together, or not at all. */
interface Step {
  peerId: string;
  channelId: string;
  channelNumber: number;
  /** The counters that they are counted into, as they were read. */
  own: ReadonlyMap<UtcDay, DailyCounter>;
  /** By their name, which `nameInStep` makes. */
  messages: ReadonlyMap<string, Starter>;
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
   * Decides which messages of a channel start their conversations if all of them are counted together, into the
   * counters at the versions that were read, and into no other.
   *
   * @param joining of one channel, in the order of days, each of another one; the counters were read before
   *   anything of this is asked
   * @throws ConflictError where a counter, or a marker, was changed meanwhile
   */
  async among(joining: readonly Joining[]): Promise<ConversationDecisions> {
    const [one] = joining;
    if (one === undefined) return { starters: new Set(), malformed: new Map() };
    const step = stepOf(one.counter, joining);
    // The first message of a conversation in counting order is the one that would start it.
    const firsts = new Map<string, Starter>();
    for (const message of step.messages.values()) {
      const { conversationHash } = message;
      if (this.#counted.get(nameOf(step, conversationHash))) continue;
      if (!firsts.has(conversationHash)) firsts.set(conversationHash, message);
    }
    const { peerId, channelId } = step;
    const found = await this.#dependencies.conversations.find(peerId, channelId, [...firsts.keys()]);
    const malformed = new Map<string, MalformedItemError>();
    const decisions = await mapConcurrently([...firsts.values()], CONCURRENT_MARKERS, async (first) => {
      const decision = await this.#decide(step, first, found.get(first.conversationHash));
      if (decision instanceof MalformedItemError) malformed.set(first.conversationHash, decision);
      return decision instanceof MalformedItemError ? {} : decision;
    });
    await this.#takeOver(
      step,
      decisions.flatMap(({ takeover }) => takeover ?? []),
    );
    return { starters: new Set(decisions.flatMap(({ startedBy }) => startedBy ?? [])), malformed };
  }

  /** Takes conversations for counted, once it is stored that messages of a channel have started them. */
  remember(channel: Pick<DailyCounter, 'peerId' | 'channelNumber'>, starters: readonly Starter[]): void {
    for (const { conversationHash } of starters) this.#counted.set(nameOf(channel, conversationHash), true);
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
    const day = dayOf(sentAt);
    const claim = { conversationHash, startedBy, day, sentAt, claimedAt: this.#dependencies.clock() };
    if (found instanceof MalformedItemError) return found;
    if (found !== undefined && namedIn(step, found) === undefined) {
      const proof = await this.#lookFor(step, found);
      if (proof === 'seen') this.#counted.set(nameOf(step, conversationHash), true);
      if (proof === 'seen' || proof === 'taken for seen') return {};
    }
    const marker = await this.#markerNow(step, claim, found);
    if (marker instanceof MalformedItemError) return marker;
    const named = namedIn(step, marker);
    if (named !== undefined) return { startedBy: named };
    const holder = await this.#lookFor(step, marker);
    if (holder === 'seen' || holder === 'taken for seen') return {};
    const own = await this.#holderOf(step, day);
    return { startedBy: first, takeover: { from: marker, holder, to: claim, own } };
  }

  /**
   * The marker of a conversation, which names a message of the step where there was none. What was found may
   * have been taken over since, which changes the version of the counter that would hold it: only what a
   * marker says after the counter was read is worth something.
   */
  async #markerNow(
    { peerId, channelId }: Step,
    claim: ConversationStart,
    found: ConversationStart | undefined,
  ): Promise<ConversationStart | MalformedItemError> {
    const { conversations } = this.#dependencies;
    try {
      if (found === undefined) return await conversations.start(peerId, channelId, claim);
      return (await conversations.read(peerId, channelId, claim.conversationHash)) ?? found;
    } catch (error) {
      if (error instanceof MalformedItemError) return error;
      throw error;
    }
  }

  /** Looks for the proof that the message which a marker names is counted; gives the counter that lacks it. */
  async #lookFor(step: Step, marker: ConversationStart): Promise<DailyCounter | 'seen' | 'taken for seen'> {
    const { windows, agreement, clock, rules } = this.#dependencies;
    // Its proof may have gone already: nothing may count twice.
    if (outlivesEvidence(marker.claimedAt, clock())) return 'taken for seen';
    try {
      const holder = await this.#holderOf(step, marker.day);
      await this.#requireNoStray(step, holder);
      // The same of a counter that has gone: only its day's snapshot tells that it was there.
      const mayBeGone = holder.version === 0 && mayHaveExpired(holder.day, clock());
      if (mayBeGone && (await agreement.hasGone(holder))) return 'taken for seen';
      if (holder.window?.fingerprints.includes(marker.startedBy)) return 'seen';
      if (!mayBeArchived(holder, marker.sentAt)) return holder;
      const { startedBy: fingerprint, sentAt } = marker;
      const sought = [{ fingerprint, from: sentAt, through: sentAt }];
      const { found } = await windows.look(holder, sought, rules.windowsTogether);
      return found.has(fingerprint) ? 'seen' : holder;
    } catch (error) {
      // Of another day's counter nobody can tell what it holds, and the step's must not wait for its repair.
      if (error instanceof MalformedItemError && !step.own.has(marker.day)) return 'taken for seen';
      throw error;
    }
  }

  /**
   * Makes sure that what a counter holds is counted for good, where it is of another channel of the id: a process may have
   * made it that had not noticed that the channel was purged, or its peer erased.
   *
   * @throws ConflictError where it was taken back
   */
  async #requireNoStray({ channelNumber }: Step, holder: DailyCounter): Promise<void> {
    if (holder.version === 0 || holder.channelNumber === channelNumber) return;
    const [lasting] = await this.#dependencies.unconfirmed.confirmed([holder]);
    if (lasting === undefined)
      throw new ConflictError('a counter of a channel that is no more was taken back');
  }

  /**
   * The counter of a day, read once for all conversations of a step: what is decided at one version is only
   * right at that version.
   */
  #holderOf({ peerId, channelId, channelNumber, holders }: Step, day: UtcDay): Promise<DailyCounter> {
    const holder =
      holders.get(day) ?? this.#dependencies.counters.read({ peerId, channelId, channelNumber, day });
    holders.set(day, holder);
    return holder;
  }

  /**
   * Makes other messages the ones that start conversations, in place of those that are not counted. Two counters
   * get a new version in the same transaction: the one that would hold the message that was named, since whoever
   * is about to count it has to look again; and the one of the message that takes its place, since somebody else
   * may be about to count that as one that starts nothing.
   *
   * @throws ConflictError where there was something to take over: the step begins anew
   */
  async #takeOver({ peerId, channelId }: Step, takeovers: readonly Takeover[]): Promise<void> {
    if (takeovers.length === 0) return;
    const { conversations, counters, clock, rules } = this.#dependencies;
    const fencedOnes = new Map<UtcDay, DailyCounter>();
    const asItIs = (counter: DailyCounter) => fencedOnes.get(counter.day) ?? counter;
    for (const group of groupsOf(takeovers)) {
      const [{ own: ownRead, holder: holderRead }] = group;
      const changes = group.map(({ from, to }) => conversations.takeover(peerId, channelId, from, to));
      let own = asItIs(ownRead);
      if (own.version === 0) own = await this.#fence(own);
      if (holderRead.day === own.day) {
        own = await this.#fence(own, changes);
      } else {
        const next = fenced(own, clock(), rules);
        const companions = [...counters.writesOf(next), ...changes];
        fencedOnes.set(holderRead.day, await this.#fence(asItIs(holderRead), companions));
        own = next.counter;
      }
      fencedOnes.set(own.day, own);
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

function stepOf({ peerId, channelId, channelNumber }: DailyCounter, joining: readonly Joining[]): Step {
  const own = new Map(joining.map(({ counter }) => [counter.day, counter]));
  const messages = new Map(
    joining.flatMap(({ counter: { day }, isNew }) =>
      isNew.map((message) => [nameInStep(day, message.fingerprint), message] as const),
    ),
  );
  const holders = new Map([...own].map(([day, counter]) => [day, Promise.resolve(counter)]));
  return { peerId, channelId, channelNumber, own, messages, holders };
}

/**
 * The message of a step that a marker names. One that was sent again at another time of the day is another
 * message for this: whether it was counted at the time that the marker gives has to be looked for.
 */
function namedIn({ messages }: Step, { day, startedBy, sentAt }: ConversationStart): Starter | undefined {
  const message = messages.get(nameInStep(day, startedBy));
  return message?.sentAt === sentAt ? message : undefined;
}

/** A message may have been sent again on another day: then there are two of its fingerprint. */
function nameInStep(day: UtcDay, fingerprint: Fingerprint): string {
  return `${day} ${fingerprint}`;
}

/** Takeovers that change the same two counters, and as many as one transaction takes. */
function groupsOf(takeovers: readonly Takeover[]): [Takeover, ...Takeover[]][] {
  const groups: [Takeover, ...Takeover[]][] = [];
  for (const ofDays of Map.groupBy(takeovers, ({ own, holder }) => `${own.day} ${holder.day}`).values()) {
    for (const [first, ...others] of inBatches(ofDays, TAKEOVERS_PER_TRANSACTION)) {
      if (first !== undefined) groups.push([first, ...others]);
    }
  }
  return groups;
}

/** The number, not the id, names the channel: it is given once, also where the peer is erased. */
function nameOf(
  { peerId, channelNumber }: Pick<Step, 'peerId' | 'channelNumber'>,
  conversationHash: string,
): string {
  return `${peerId}\n${channelNumber}\n${conversationHash}`;
}
