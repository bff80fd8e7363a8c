import { type Channel, isPurged } from '../domain/channel.ts';
import { compareTexts } from '../domain/compare-texts.ts';
import type { CounterPlace } from '../domain/daily-counter.ts';
import { fingerprintIn } from '../domain/digest.ts';
import { MalformedItemError } from '../domain/errors.ts';
import { inBatches } from '../domain/in-batches.ts';
import type { UserMessage } from '../domain/message.ts';
import { monthOf } from '../domain/month.ts';
import { dayOf, type EpochMillis } from '../domain/utc-day.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { Turns } from '../runtime/concurrency.ts';
import { OneAtATime } from '../runtime/one-at-a-time.ts';
import type { Waiting } from '../runtime/waiting.ts';
import type { ActivePeers } from '../store/active-peers.ts';
import type { ChannelDetails, ChannelStore, RegistrationRefused } from '../store/channel-store.ts';
import { ConflictError } from '../store/conflict.ts';
import { retryOnConflict } from '../store/retry-on-conflict.ts';
import {
  type ChannelDay,
  type CountableMessage,
  type CountOutcome,
  type CountOutcomes,
  type DayCounting,
  MOST_COUNTERS_TOGETHER,
  MOST_MESSAGES_TOGETHER,
  outcomeOf,
  StaleChannelError,
} from './day-counting.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { RefusedMessages } from './refused-messages.ts';

/** A message on its way through the counter. */
interface Candidate extends CountableMessage {
  message: UserMessage;
}

/** A channel that is registered, with what is known to be there of its details. */
type KnownChannel = ChannelDetails & Pick<Channel, 'number' | 'erasedAt'>;

/** How many channels are registered or counted at a time: so many that their reads fill the calls that they share. */
const AT_A_TIME = 1_000;
const REMEMBERED_CHANNELS = 5_000;
/** So often at most a channel may turn out to be another one than it was taken for. */
const MAX_ROUNDS = 4;

/** What the parts of one call share. */
interface Call {
  outcomes: CountOutcomes;
  /**
   * Of channels, some of whose messages could not be counted: what was sent later waits, and comes again as well, so
   * that it is counted in its order.
   */
  failures: Map<string, CountOutcome>;
  /** Of this call alone, as its slots are: one that never ends keeps no other one waiting. */
  turns: OneAtATime;
  slots: Turns;
}

/** What the counter works with. */
export interface MessageCounterDependencies {
  days: DayCounting;
  channels: ChannelStore;
  refused: RefusedMessages;
  activePeers: Pick<ActivePeers, 'forget'>;
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
    const outcomes: CountOutcomes = new Map();
    const call: Call = {
      outcomes,
      failures: new Map(),
      turns: new OneAtATime(),
      slots: new Turns(AT_A_TIME),
    };
    let left = inOrder;
    for (let rounds = 1; left.length > 0 && rounds <= MAX_ROUNDS; rounds += 1) {
      left = await this.#countAsKnown(left, call);
    }
    if (left.length > 0) setAll(outcomes, left, { kind: 'failed', error: new StaleChannelError() });
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
    const digest = fingerprints.digestOf(message);
    return {
      message,
      digest,
      fingerprint: fingerprintIn(digest),
      conversationHash: fingerprints.ofConversation(peerId, conversationId),
      sentAt,
    };
  }

  /**
   * Registers all channels first, so that what is then read and written of them goes together.
   *
   * @returns those whose channels turned out to be no more what they were taken for: they are to be looked up again
   */
  async #countAsKnown(candidates: readonly Candidate[], call: Call): Promise<Candidate[]> {
    const ofChannels = [...Map.groupBy(candidates, ({ message }) => channelKey(message)).values()];
    const registered = await Promise.all(
      ofChannels.map((ofChannel) => call.slots.take(() => this.#register(ofChannel, call))),
    );
    const ofPeers = [...Map.groupBy(registered.flat(), ({ place }) => place.peerId).values()];
    await Promise.all(ofPeers.map((ofPeer) => this.#countPeer(ofPeer, call)));
    const stale = candidates.filter((candidate) => !call.outcomes.has(candidate));
    for (const { message } of stale) this.#registered.delete(channelKey(message));
    return stale;
  }

  /**
   * Counts messages of one peer. Days that are over share the peer's totals: they are counted one after the other,
   * and together as far as one transaction takes them. Running days come behind them, the channels beside one
   * another.
   */
  async #countPeer(ofPeer: readonly ChannelDay[], call: Call): Promise<void> {
    const today = dayOf(this.#dependencies.clock());
    const inOrder = ofPeer.toSorted((a, b) => compareTexts(a.place.day, b.place.day));
    const [over, running] = [
      inOrder.filter(({ place }) => place.day < today),
      inOrder.filter(({ place }) => place.day >= today),
    ];
    for (const group of groupsOf(over)) {
      await call.slots.take(() => this.#countTogether(group, call));
    }
    const byChannel = Map.groupBy(running, ({ place }) => place.channelId);
    await Promise.all(
      [...byChannel.values()].map(async (ofChannel) => {
        for (const one of ofChannel) {
          await call.slots.take(() => this.#countTogether([one], call));
        }
      }),
    );
  }

  /**
   * Registers a channel. That comes first of all, because a conversation must not be marked as started by a message
   * that is quarantined.
   *
   * @returns what is to be counted of it, in the order of days; nothing where it cannot be registered
   */
  async #register(candidates: readonly Candidate[], { outcomes, turns }: Call): Promise<ChannelDay[]> {
    const [first] = candidates;
    if (first === undefined) return [];
    const { peerId, channelId } = first.message;
    try {
      const sentUpTo = candidates.reduce((last, { sentAt }) => Math.max(last, sentAt), 0);
      const registered = await retryOnConflict(this.#dependencies.waiting, () =>
        this.#ensureRegistered(peerId, channelId, { ...detailsOf(candidates), sentUpTo }, turns),
      );
      if (typeof registered !== 'string') {
        const { number: channelNumber, erasedAt } = registered;
        const isBefore = ({ sentAt }: Candidate) => erasedAt !== undefined && sentAt <= erasedAt;
        await this.#refuse(candidates.filter(isBefore), 'erased', outcomes);
        return channelDaysOf(
          { peerId, channelId, channelNumber },
          candidates.filter((candidate) => !isBefore(candidate)),
        );
      }
      if (registered === 'peer_is_full') {
        setAll(outcomes, candidates, { kind: 'quarantined', reason: 'too_many_channels' });
      } else {
        await this.#refuse(candidates, registered === 'channel_purged' ? 'purged' : 'erased', outcomes);
        if (registered === 'peer_erased')
          await this.#dependencies.channels.unlist(peerId).catch(ignoreConflict);
      }
    } catch (error) {
      setAll(outcomes, candidates, outcomeOf(error));
    }
    return [];
  }

  /** Refuses messages of one channel, of which nothing is left behind. */
  async #refuse(
    candidates: readonly Candidate[],
    kind: 'purged' | 'erased',
    outcomes: CountOutcomes,
  ): Promise<void> {
    const [first] = candidates;
    if (first === undefined) return;
    await this.#dependencies.refused.takeBack(first.message, candidates);
    setAll(outcomes, candidates, { kind });
  }

  /**
   * Counts messages together whose counters one transaction takes.
   */
  async #countTogether(group: readonly ChannelDay[], call: Call): Promise<void> {
    const { outcomes, failures, turns } = call;
    for (const { place, messages } of group) {
      const failure = failures.get(channelKey(place));
      if (failure !== undefined) setAll(outcomes, messages, failure);
    }
    const going = group.filter(({ place }) => !failures.has(channelKey(place)));
    try {
      await this.#dependencies.days.count(going, turns, outcomes);
      for (const message of going.flatMap(({ messages }) => messages)) {
        if (!outcomes.has(message)) outcomes.set(message, { kind: 'duplicate' });
      }
    } catch (error) {
      // Those without an outcome are looked up again.
      if (error instanceof StaleChannelError) return;
      if (error instanceof MalformedItemError && going.length > 1) {
        // The others must not wait for the repair of one.
        for (const one of going) await this.#countTogether([one], call);
        return;
      }
      const outcome = outcomeOf(error);
      for (const { place, messages } of going) {
        setAll(outcomes, messages, outcome);
        if (outcome.kind === 'failed') failures.set(channelKey(place), outcome);
      }
    }
  }

  /** Registers a channel, where it is not registered yet, and gives it the details that it has not. */
  async #ensureRegistered(
    peerId: string,
    channelId: string,
    { sentUpTo, ...details }: ChannelDetails & { sentUpTo: EpochMillis },
    turns: OneAtATime,
  ): Promise<KnownChannel | RegistrationRefused> {
    const { channels, clock } = this.#dependencies;
    const name = channelKey({ peerId, channelId });
    let known: KnownChannel | undefined = this.#registered.get(name);
    if (known === undefined) {
      const read = await channels.read(peerId, channelId);
      if (read !== undefined && isPurged(read)) return 'channel_purged';
      known = read;
    }
    if (known === undefined) {
      // New channels of a peer are numbered, and at the same time would only get in one another's way.
      const result = await turns.run(`register ${peerId}`, () =>
        channels.register(peerId, channelId, clock(), details, sentUpTo),
      );
      if (typeof result === 'string') return result;
      known = result.channel;
    }
    if (known.erasedAt !== undefined && !this.#registered.get(name)) {
      this.#dependencies.activePeers.forget(peerId);
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

/** Messages of one channel by their days, in order, and not too many at a time. */
function channelDaysOf(channel: Omit<CounterPlace, 'day'>, candidates: readonly Candidate[]): ChannelDay[] {
  return [...Map.groupBy(candidates, ({ sentAt }) => dayOf(sentAt))].flatMap(([day, ofDay]) =>
    inBatches(ofDay, MOST_MESSAGES_TOGETHER).map((messages) => ({ place: { ...channel, day }, messages })),
  );
}

/** Days of one peer, in their order, by what one transaction takes: counters of one month, and not too many. */
function groupsOf(channelDays: readonly ChannelDay[]): ChannelDay[][] {
  const groups: ChannelDay[][] = [];
  let [month, messages] = ['', 0];
  for (const channelDay of channelDays) {
    const group = groups.at(-1);
    const ofMonth = monthOf(channelDay.place.day);
    messages += channelDay.messages.length;
    const fits = month === ofMonth && messages <= MOST_MESSAGES_TOGETHER;
    if (group !== undefined && fits && group.length < MOST_COUNTERS_TOGETHER) {
      group.push(channelDay);
    } else {
      groups.push([channelDay]);
      month = ofMonth;
      messages = channelDay.messages.length;
    }
  }
  return groups;
}

/** The peer has a channel again: then it is listed rightly. */
function ignoreConflict(error: unknown): void {
  if (!(error instanceof ConflictError)) throw error;
}

function setAll(outcomes: CountOutcomes, messages: readonly CountableMessage[], outcome: CountOutcome): void {
  for (const message of messages) outcomes.set(message, outcome);
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
