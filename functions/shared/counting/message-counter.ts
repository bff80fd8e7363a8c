import type { Channel } from '../domain/channel.ts';
import type { UserMessage } from '../domain/message.ts';
import { dayOf, type EpochMillis, type UtcDay } from '../domain/utc-day.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { mapConcurrently } from '../runtime/concurrency.ts';
import { OneAtATime } from '../runtime/one-at-a-time.ts';
import type { Waiting } from '../runtime/waiting.ts';
import type { ChannelDetails, ChannelStore } from '../store/channel-store.ts';
import { retryOnConflict } from '../store/retry-on-conflict.ts';
import { type CountableMessage, type CountOutcome, type DayCounting, outcomeOf } from './day-counting.ts';
import type { Fingerprints } from './fingerprints.ts';

/** A message on its way through the counter. */
interface Candidate extends CountableMessage {
  message: UserMessage;
}

/** A channel that is registered, with what is known to be there of its details. */
type KnownChannel = ChannelDetails & Pick<Channel, 'number'>;

const CONCURRENT_CHANNELS = 8;
/** So many messages at most join a counter in one step, so that an archived window stays far below an item's limit. */
const MAX_MESSAGES_PER_STEP = 10_000;
const REMEMBERED_CHANNELS = 5_000;

/** What the counter works with. */
export interface MessageCounterDependencies {
  days: DayCounting;
  channels: ChannelStore;
  fingerprints: Fingerprints;
  waiting: Waiting;
  clock: () => EpochMillis;
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
  readonly #registered = new BoundedMap<string, KnownChannel>(REMEMBERED_CHANNELS);

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
      const place = `${candidate.fingerprint} ${dayOf(candidate.sentAt)} ${channelKey(message)}`;
      const known = candidates.get(place);
      if (known === undefined) candidates.set(place, candidate);
      return { candidate: known ?? candidate, isFirst: known === undefined };
    });
    const inOrder = [...candidates.values()].sort((a, b) => a.sentAt - b.sentAt);
    const byChannel = Map.groupBy(inOrder, ({ message }) => channelKey(message));
    // Of this call alone: one that never ends keeps no other one waiting.
    const turns = new OneAtATime();
    const ofChannels = await mapConcurrently([...byChannel.values()], CONCURRENT_CHANNELS, (group) =>
      this.#countChannel(group, turns),
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
      sentAt,
    };
  }

  /** Counts messages of one channel, the days one after the other. */
  async #countChannel(
    candidates: readonly Candidate[],
    turns: OneAtATime,
  ): Promise<Map<Candidate, CountOutcome>> {
    const outcomes = new Map<Candidate, CountOutcome>();
    const settle = (group: readonly Candidate[], outcome: CountOutcome) => {
      for (const candidate of group) outcomes.set(candidate, outcome);
    };
    const [first] = candidates;
    if (first === undefined) return outcomes;
    const { days, waiting } = this.#dependencies;
    const { peerId, channelId } = first.message;
    let channelNumber: number;
    try {
      // First of all, because a conversation must not be marked as started by a message that is quarantined.
      const registered = await retryOnConflict(waiting, () =>
        this.#ensureRegistered(peerId, channelId, detailsOf(candidates), turns),
      );
      if (registered === 'peer_is_full') {
        settle(candidates, { kind: 'quarantined', reason: 'too_many_channels' });
        return outcomes;
      }
      channelNumber = registered.number;
    } catch (error) {
      settle(candidates, outcomeOf(error));
      return outcomes;
    }
    for (const { day, step } of stepsOf(candidates)) {
      try {
        const ofStep = await days.count({ peerId, channelId, channelNumber, day }, step, turns);
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

  /** Registers a channel, where it is not registered yet, and gives it the details that it has not. */
  async #ensureRegistered(
    peerId: string,
    channelId: string,
    details: ChannelDetails,
    turns: OneAtATime,
  ): Promise<KnownChannel | 'peer_is_full'> {
    const { channels, clock } = this.#dependencies;
    const name = channelKey({ peerId, channelId });
    let known: KnownChannel | undefined =
      this.#registered.get(name) ?? (await channels.read(peerId, channelId));
    if (known === undefined) {
      // New channels of a peer are numbered, and at the same time would only get in one another's way.
      const result = await turns.run(`register ${peerId}`, () =>
        channels.register(peerId, channelId, clock(), details),
      );
      if (result === 'peer_is_full') return result;
      known = result.channel;
    }
    const missing: ChannelDetails = {};
    if (known.messageName === undefined && details.messageName !== undefined) {
      missing.messageName = details.messageName;
    }
    if (known.messageGalleryKey === undefined && details.messageGalleryKey !== undefined) {
      missing.messageGalleryKey = details.messageGalleryKey;
    }
    await channels.addDetails(peerId, channelId, missing);
    known = { ...known, ...missing };
    this.#registered.set(name, known);
    return known;
  }
}

/** Messages of one day each, in order, and not too many at a time. */
function stepsOf(candidates: readonly Candidate[]): { day: UtcDay; step: Candidate[] }[] {
  return [...Map.groupBy(candidates, ({ sentAt }) => dayOf(sentAt))].flatMap(([day, ofDay]) =>
    Array.from({ length: Math.ceil(ofDay.length / MAX_MESSAGES_PER_STEP) }, (_, step) => ({
      day,
      step: ofDay.slice(step * MAX_MESSAGES_PER_STEP, (step + 1) * MAX_MESSAGES_PER_STEP),
    })),
  );
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
