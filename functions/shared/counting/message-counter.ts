import {
  type CounterEntry,
  type CounterRules,
  countInto,
  type DailyCounter,
  type DailyCounterKey,
  type Fingerprint,
  mayBeArchived,
} from '../domain/daily-counter.ts';
import { MalformedItemError } from '../domain/errors.ts';
import type { UserMessage } from '../domain/message.ts';
import { dayOf, type EpochMillis, type UtcDay } from '../domain/utc-day.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { mapConcurrently } from '../runtime/concurrency.ts';
import type { Waiting } from '../runtime/waiting.ts';
import type { ChannelDetails, ChannelStore } from '../store/channel-store.ts';
import type { CounterDecision, CounterUpdater } from '../store/counter-updater.ts';
import type { DailyCounterStore } from '../store/daily-counter-store.ts';
import { retryOnConflict } from '../store/retry-on-conflict.ts';
import type { ConversationStarts } from './conversation-starts.ts';
import type { Fingerprints } from './fingerprints.ts';

/** What became of a message. */
export type CountOutcome =
  | { kind: 'counted' }
  | { kind: 'duplicate' }
  /** It cannot be counted, and trying again would not help: not before somebody has mended something. */
  | { kind: 'quarantined'; reason: 'too_many_channels' | 'malformed_item'; error?: unknown }
  /** It may or may not have been counted: it must be given in again, and then will be recognised. */
  | { kind: 'failed'; error: unknown };

/** A message on its way through the counter. */
interface Candidate {
  message: UserMessage;
  fingerprint: Fingerprint;
  conversationHash: string;
  day: UtcDay;
  sentAt: EpochMillis;
}

const CONCURRENT_CHANNELS = 8;
/** So many messages at most join a counter in one step, so that an archived window stays far below an item's limit. */
const MAX_MESSAGES_PER_STEP = 10_000;
const REMEMBERED_CHANNELS = 5_000;

/** What the counter works with. */
export interface MessageCounterDependencies {
  counters: DailyCounterStore;
  starts: ConversationStarts;
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
  /** Channels that are registered, with what is known to be there of them. */
  readonly #registered = new BoundedMap<string, ChannelDetails>(REMEMBERED_CHANNELS);

  constructor(dependencies: MessageCounterDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Counts messages, in the order in which they were sent.
   *
   * @returns what became of each message, in the order in which they are given
   */
  async count(messages: readonly UserMessage[]): Promise<CountOutcome[]> {
    const candidates = new Map<string, Candidate>();
    const order = messages.map((message) => {
      const candidate = this.#candidateOf(message);
      // One whose item was put again with another day or channel is looked for in another counter.
      const place = `${candidate.fingerprint} ${candidate.day} ${channelKey(message)}`;
      const known = candidates.get(place);
      if (known === undefined) candidates.set(place, candidate);
      return { candidate: known ?? candidate, isFirst: known === undefined };
    });
    const inOrder = [...candidates.values()].sort((a, b) => a.sentAt - b.sentAt);
    const byChannel = Map.groupBy(inOrder, ({ message }) => channelKey(message));
    const ofChannels = await mapConcurrently([...byChannel.values()], CONCURRENT_CHANNELS, (group) =>
      this.#countChannel(group),
    );
    const outcomes = new Map(ofChannels.flatMap((ofChannel) => [...ofChannel]));
    return order.map(({ candidate, isFirst }) => {
      const outcome = outcomes.get(candidate);
      if (outcome === undefined) throw new Error('a message was left without an outcome');
      // A repetition within the batch shares the fate of the first, except that it counts nothing.
      return !isFirst && outcome.kind === 'counted' ? { kind: 'duplicate' } : outcome;
    });
  }

  #candidateOf(message: UserMessage): Candidate {
    const { fingerprints } = this.#dependencies;
    const { peerId, conversationId, sentAt } = message;
    return {
      message,
      fingerprint: fingerprints.ofMessage(message),
      conversationHash: fingerprints.ofConversation(peerId, conversationId),
      day: dayOf(sentAt),
      sentAt,
    };
  }

  /** Counts messages of one channel, the days one after the other. */
  async #countChannel(candidates: readonly Candidate[]): Promise<Map<Candidate, CountOutcome>> {
    const outcomes = new Map<Candidate, CountOutcome>();
    const settle = (group: readonly Candidate[], outcome: CountOutcome) => {
      for (const candidate of group) outcomes.set(candidate, outcome);
    };
    try {
      // First of all, because a conversation must not be marked as started by a message that is quarantined.
      const { waiting } = this.#dependencies;
      if (!(await retryOnConflict(waiting, () => this.#ensureRegistered(candidates)))) {
        settle(candidates, { kind: 'quarantined', reason: 'too_many_channels' });
        return outcomes;
      }
    } catch (error) {
      settle(candidates, outcomeOf(error));
      return outcomes;
    }
    for (const step of stepsOf(candidates)) {
      try {
        const ofStep = await this.#countDay(step);
        for (const candidate of step) {
          outcomes.set(candidate, ofStep.get(candidate.fingerprint) ?? { kind: 'duplicate' });
        }
      } catch (error) {
        const outcome = outcomeOf(error);
        settle(step, outcome);
        if (outcome.kind !== 'failed') continue;
        // What was sent later comes again as well, so that it is counted in its order.
        settle(
          candidates.filter((candidate) => !outcomes.has(candidate)),
          outcome,
        );
        break;
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

  /**
   * Counts messages of one channel and day.
   *
   * @returns what became of those that were not counted before
   */
  async #countDay(candidates: readonly Candidate[]): Promise<Map<Fingerprint, CountOutcome>> {
    const { updater } = this.#dependencies;
    const [first] = candidates;
    if (first === undefined) return new Map();
    const { peerId, channelId } = first.message;
    const key: DailyCounterKey = { peerId, channelId, day: first.day };
    return updater.updateOptimistically(key, (counter) => this.#decideOnDay(counter, candidates));
  }

  async #decideOnDay(
    counter: DailyCounter,
    candidates: readonly Candidate[],
  ): Promise<CounterDecision<Map<Fingerprint, CountOutcome>>> {
    const { starts, clock, rules } = this.#dependencies;
    const isNew = await this.#notInCounter(counter, candidates);
    const { starters, malformed } = await starts.among(counter, isNew);
    const outcomes = new Map<Fingerprint, CountOutcome>();
    const entries: CounterEntry[] = [];
    for (const { conversationHash, fingerprint, sentAt } of isNew) {
      const error = malformed.get(conversationHash);
      outcomes.set(fingerprint, error === undefined ? { kind: 'counted' } : outcomeOf(error));
      if (error !== undefined) continue;
      const conversationCount = starters.has(fingerprint) ? 1 : 0;
      entries.push({ fingerprint, sentAt, adds: { messageCount: 1, conversationCount } });
    }
    return {
      ...(entries.length > 0 && { change: countInto(counter, entries, clock(), rules) }),
      result: outcomes,
    };
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
}

/** Messages of one day each, in order, and not too many at a time. */
function stepsOf(candidates: readonly Candidate[]): Candidate[][] {
  return [...Map.groupBy(candidates, ({ day }) => day).values()].flatMap((ofDay) =>
    Array.from({ length: Math.ceil(ofDay.length / MAX_MESSAGES_PER_STEP) }, (_, step) =>
      ofDay.slice(step * MAX_MESSAGES_PER_STEP, (step + 1) * MAX_MESSAGES_PER_STEP),
    ),
  );
}

/** What an error means for the messages that it kept from being counted. */
function outcomeOf(error: unknown): CountOutcome {
  // As often as it is read, it stays malformed; other channels and days must not wait for its repair.
  return error instanceof MalformedItemError
    ? { kind: 'quarantined', reason: 'malformed_item', error }
    : { kind: 'failed', error };
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
