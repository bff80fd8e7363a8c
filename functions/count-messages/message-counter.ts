import {
  type CounterEntry,
  type CounterRules,
  countInto,
  type DailyCounter,
  type DailyCounterKey,
  type Fingerprint,
  mayBeArchived,
} from '../shared/domain/daily-counter.ts';
import type { UserMessage } from '../shared/domain/message.ts';
import { dayOf, type EpochMillis, type UtcDay } from '../shared/domain/utc-day.ts';
import { BoundedMap } from '../shared/runtime/bounded-map.ts';
import { mapConcurrently } from '../shared/runtime/concurrency.ts';
import type { Waiting } from '../shared/runtime/waiting.ts';
import type { ChannelDetails, ChannelStore } from '../shared/store/channel-store.ts';
import type { ConversationStore } from '../shared/store/conversation-store.ts';
import type { CounterDecision, CounterUpdater } from '../shared/store/counter-updater.ts';
import type { DailyCounterStore } from '../shared/store/daily-counter-store.ts';
import { retryOnConflict } from '../shared/store/retry-on-conflict.ts';
import type { Fingerprints } from './fingerprints.ts';

/** What became of a message. */
export type CountOutcome =
  | { kind: 'counted' }
  | { kind: 'duplicate' }
  /** It cannot be counted, and trying again would not help. */
  | { kind: 'quarantined'; reason: 'too_many_channels' }
  /** It may or may not have been counted: it must be given in again, and then will be recognised. */
  | { kind: 'failed'; error: unknown };

/** A message on its way through the counter. */
interface Candidate {
  message: UserMessage;
  fingerprint: Fingerprint;
  conversationHash: string;
  day: UtcDay;
}

const CONCURRENT_CHANNELS = 8;
const CONCURRENT_MARKERS = 16;
/** So many messages at most join a counter in one step, so that a archived window stays far below an item's limit. */
const MAX_MESSAGES_PER_STEP = 10_000;
const REMEMBERED_CONVERSATIONS = 20_000;
const REMEMBERED_CHANNELS = 5_000;

/** What the counter works with. */
export interface MessageCounterDependencies {
  counters: DailyCounterStore;
  conversations: ConversationStore;
  channels: ChannelStore;
  updater: CounterUpdater;
  fingerprints: Fingerprints;
  waiting: Waiting;
  clock: () => EpochMillis;
  rules: CounterRules;
}

/**
 * Counts messages exactly once, however often, in whatever order and by however many counters at a time
 * they are given in.
 *
 * The counters hold the proof of what they counted: a counter and the fingerprints of its messages change
 * in one conditional write. `docs/decisions/001-counting-exactly-once.md` tells why each part is needed.
 */
export class MessageCounter {
  readonly #dependencies: MessageCounterDependencies;
  /** The message that started each conversation: what is known of one never changes. */
  readonly #starters = new BoundedMap<string, Fingerprint>(REMEMBERED_CONVERSATIONS);
  /** Channels that are registered, with what is known to be there of them. */
  readonly #registered = new BoundedMap<string, ChannelDetails>(REMEMBERED_CHANNELS);

  constructor(dependencies: MessageCounterDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Counts messages.
   *
   * @returns what became of each message, in the order of the messages
   */
  async count(messages: readonly UserMessage[]): Promise<CountOutcome[]> {
    const { fingerprints } = this.#dependencies;
    const outcomes = new Map<Fingerprint, CountOutcome>();
    const candidates = new Map<Fingerprint, Candidate>();
    const order = messages.map((message) => {
      const fingerprint = fingerprints.ofMessage(message);
      const isFirst = !candidates.has(fingerprint);
      if (isFirst) {
        const conversationHash = fingerprints.ofConversation(message.peerId, message.conversationId);
        candidates.set(fingerprint, { message, fingerprint, conversationHash, day: dayOf(message.sentAt) });
      }
      return { fingerprint, isFirst };
    });
    const byChannel = Map.groupBy(candidates.values(), ({ message }) => channelKey(message));
    await mapConcurrently([...byChannel.values()], CONCURRENT_CHANNELS, async (group) => {
      for (const [fingerprint, outcome] of await this.#countChannel(group))
        outcomes.set(fingerprint, outcome);
    });
    return order.map(({ fingerprint, isFirst }) => {
      const outcome = outcomes.get(fingerprint);
      if (outcome === undefined) throw new Error('a message was left without an outcome');
      // A repetition within the batch shares the fate of the first, except that it counts nothing.
      return !isFirst && outcome.kind === 'counted' ? { kind: 'duplicate' } : outcome;
    });
  }

  async #countChannel(candidates: readonly Candidate[]): Promise<Map<Fingerprint, CountOutcome>> {
    const outcomes = new Map<Fingerprint, CountOutcome>();
    const settle = (group: readonly Candidate[], outcome: CountOutcome) => {
      for (const { fingerprint } of group) outcomes.set(fingerprint, outcome);
    };
    try {
      // First of all, because a conversation must not be marked as started by a message that is quarantined.
      const { waiting } = this.#dependencies;
      if (!(await retryOnConflict(waiting, () => this.#ensureRegistered(candidates)))) {
        settle(candidates, { kind: 'quarantined', reason: 'too_many_channels' });
        return outcomes;
      }
    } catch (error) {
      settle(candidates, { kind: 'failed', error });
      return outcomes;
    }
    for (const group of Map.groupBy(candidates, ({ day }) => day).values()) {
      for (let start = 0; start < group.length; start += MAX_MESSAGES_PER_STEP) {
        const step = group.slice(start, start + MAX_MESSAGES_PER_STEP);
        try {
          const counted = await this.#countDay(step);
          for (const { fingerprint } of step) {
            outcomes.set(fingerprint, { kind: counted.has(fingerprint) ? 'counted' : 'duplicate' });
          }
        } catch (error) {
          settle(step, { kind: 'failed', error });
        }
      }
    }
    return outcomes;
  }

  /** Registers the channel of some messages; `false` where the peer has too many already. */
  async #ensureRegistered(candidates: readonly Candidate[]): Promise<boolean> {
    const { channels, clock } = this.#dependencies;
    const [first] = candidates;
    if (first === undefined) return true;
    const { peerId, channelId } = first.message;
    const details = detailsOf(candidates);
    const name = channelKey(first.message);
    let known = this.#registered.get(name);
    if (known === undefined) {
      const channel = await channels.read(peerId, channelId);
      known = channel;
      if (channel === undefined) {
        const result = await channels.register(peerId, channelId, clock(), details);
        if (result === 'peer_is_full') return false;
        if (result === 'registered') known = details;
      }
    }
    const missing: ChannelDetails = {};
    if (known?.messageName === undefined && details.messageName !== undefined) {
      missing.messageName = details.messageName;
    }
    if (known?.messageGalleryKey === undefined && details.messageGalleryKey !== undefined) {
      missing.messageGalleryKey = details.messageGalleryKey;
    }
    await channels.addDetails(peerId, channelId, missing);
    this.#registered.set(name, { ...known, ...missing });
    return true;
  }

  /** Counts messages of one channel and day; gives those that were not counted before. */
  async #countDay(candidates: readonly Candidate[]): Promise<Set<Fingerprint>> {
    const { updater, clock, rules } = this.#dependencies;
    const [first] = candidates;
    if (first === undefined) return new Set();
    const { peerId, channelId } = first.message;
    const key: DailyCounterKey = { peerId, channelId, day: first.day };
    return updater.updateOptimistically(key, async (counter): Promise<CounterDecision<Set<Fingerprint>>> => {
      const counted = await this.#notInCounter(counter, candidates);
      const result = new Set(counted.map(({ fingerprint }) => fingerprint));
      if (counted.length === 0) return { result };
      const starters = await this.#conversationStarters(key, counted);
      const entries = counted.map(
        ({ fingerprint, conversationHash, message }): CounterEntry => ({
          fingerprint,
          sentAt: message.sentAt,
          adds: {
            messageCount: 1,
            conversationCount: starters.get(conversationHash) === fingerprint ? 1 : 0,
          },
        }),
      );
      return { change: countInto(counter, entries, clock(), rules), result };
    });
  }

  async #notInCounter(counter: DailyCounter, candidates: readonly Candidate[]): Promise<Candidate[]> {
    const inWindow = new Set(counter.window?.fingerprints);
    const notInWindow = candidates.filter(({ fingerprint }) => !inWindow.has(fingerprint));
    const maybeArchived = notInWindow
      .map(({ message }) => message.sentAt)
      .filter((sentAt) => mayBeArchived(counter, sentAt));
    if (maybeArchived.length === 0) return notInWindow;
    const archived = await this.#dependencies.counters.archivedFingerprints(
      counter,
      maybeArchived.reduce((a, b) => Math.min(a, b)),
      maybeArchived.reduce((a, b) => Math.max(a, b)),
    );
    return notInWindow.filter(({ fingerprint }) => !archived.has(fingerprint));
  }

  /** The message that started each of the conversations of some messages, which may be one of them. */
  async #conversationStarters(
    { peerId, channelId }: DailyCounterKey,
    candidates: readonly Candidate[],
  ): Promise<Map<string, Fingerprint>> {
    const { conversations } = this.#dependencies;
    const starters = new Map<string, Fingerprint>();
    const rememberedAs = (hash: string) => `${channelKey({ peerId, channelId })}\n${hash}`;
    const remember = (hash: string, startedBy: Fingerprint) => {
      starters.set(hash, startedBy);
      this.#starters.set(rememberedAs(hash), startedBy);
    };
    // The first message of a conversation in counting order is the one that would start it.
    const firsts = new Map<string, Candidate>();
    for (const candidate of candidates) {
      const { conversationHash } = candidate;
      const known = this.#starters.get(rememberedAs(conversationHash));
      if (known !== undefined) starters.set(conversationHash, known);
      else if (!firsts.has(conversationHash)) firsts.set(conversationHash, candidate);
    }
    const found = await conversations.findStarters(peerId, channelId, [...firsts.keys()]);
    for (const [hash, startedBy] of found) remember(hash, startedBy);
    const unstarted = [...firsts.values()].filter(({ conversationHash }) => !found.has(conversationHash));
    await mapConcurrently(unstarted, CONCURRENT_MARKERS, async ({ conversationHash, fingerprint, day }) => {
      const start = { conversationHash, startedBy: fingerprint, day };
      remember(conversationHash, await conversations.start(peerId, channelId, start));
    });
    return starters;
  }
}

/** Names a channel of a peer within this process. */
function channelKey({ peerId, channelId }: { peerId: string; channelId: string }): string {
  return `${peerId}\n${channelId}`;
}

/** The first name and the first gallery key that some messages of a channel carry. */
function detailsOf(candidates: readonly Candidate[]): ChannelDetails {
  const details: ChannelDetails = {};
  for (const { message } of candidates) {
    if (message.channelName !== undefined) details.messageName ??= message.channelName;
    if (message.galleryKey !== undefined) details.messageGalleryKey ??= message.galleryKey;
  }
  return details;
}
