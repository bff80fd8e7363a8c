import { MAX_CHANNELS_PER_PEER } from '../shared/domain/channel.ts';
import {
  type AgeLimits,
  ageProblem,
  ageProblemWords,
  COUNTED_ROLE,
  type Message,
  recordingLimits,
} from '../shared/domain/message.ts';
import type { EpochMillis } from '../shared/domain/utc-day.ts';
import { ServiceUnavailableError } from '../shared/http/api-errors.ts';
import { mapConcurrently } from '../shared/runtime/concurrency.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { errorName, errorSummary } from '../shared/runtime/error-text.ts';
import { METRIC } from '../shared/runtime/metric-names.ts';
import type { Settings } from '../shared/runtime/settings.ts';
import { ChannelStore } from '../shared/store/channel-store.ts';
import { nameOfKey } from '../shared/store/items/keys.ts';
import { messageKey } from '../shared/store/items/message.ts';
import { MessageStore } from '../shared/store/message-store.ts';
import { ChannelRoom, type NoPlace } from './channel-room.ts';
import { readFields } from './message-fields.ts';
import { foreignNames, toldNames } from './message-names.ts';
import type { RecordedMessages, Rejection } from './recorded-messages.ts';

/** How many messages are stored at a time: within the connections that the SDK opens. */
const CONCURRENT_PUTS = 32;

/** What is said of a message that DynamoDB did not take. */
export const UNAVAILABLE = {
  code: 'unavailable',
  message: 'the message could not be stored at the moment; it may be sent again as it is',
} as const;

const NO_PLACE: Record<NoPlace, Omit<Rejection, 'index'>> = {
  channel_purged: {
    code: 'channel_purged',
    message: 'channelId is of a channel that was purged, and takes no messages any more',
  },
  too_many_channels: {
    code: 'too_many_channels',
    message: `channelId is not registered, and the peer has ${MAX_CHANNELS_PER_PEER} channels, as many as it may have`,
  },
};

/** What recording works with. */
export interface RecorderDependencies
  extends Pick<Dependencies, 'client' | 'clock' | 'log' | 'publishMetrics'> {
  settings: Pick<Settings, 'messagesTableName' | 'usageTableName' | 'messageRetentionDays'>;
}

/** How old messages may be that are recorded, and how they are stored. */
export interface RecordingRules {
  limits: AgeLimits;
  store: Pick<MessageStore, 'putIfNew'>;
}

/** Messages of one request, as they were sent. */
interface SentMessages {
  peerId: string;
  requestId: string;
  messages: readonly unknown[];
}

/** The messages of a request that repeat one another: the first of them, and the places of all. */
interface Repeated {
  message: Message;
  indexes: number[];
}

/** What became of messages that repeat one another: whether they are stored now; an error where it is not known. */
type PutOutcome = { indexes: number[] } & ({ stored: boolean } | { error: unknown });

/** Records messages, each of which starts its way to the counters by that. */
export class MessageRecorder {
  readonly #store: Pick<MessageStore, 'putIfNew'>;
  readonly #room: ChannelRoom;
  readonly #limits: AgeLimits;
  readonly #clock: Dependencies['clock'];
  readonly #log: Dependencies['log'];
  readonly #publishMetrics: Dependencies['publishMetrics'];

  /** @param rules where other messages are recorded than those of senders */
  constructor(dependencies: RecorderDependencies, rules: Partial<RecordingRules> = {}) {
    const { client, clock, log, publishMetrics, settings } = dependencies;
    const { messagesTableName: tableName, messageRetentionDays } = settings;
    this.#store = rules.store ?? new MessageStore({ client, tableName }, messageRetentionDays);
    this.#room = new ChannelRoom(new ChannelStore({ client, tableName: settings.usageTableName }), clock);
    this.#limits = rules.limits ?? recordingLimits(messageRetentionDays);
    this.#clock = clock;
    this.#log = log;
    this.#publishMetrics = publishMetrics;
  }

  /**
   * Records the messages of a request, and says what became of them.
   *
   * @throws ServiceUnavailableError where there are good ones, and none could be stored
   */
  async record(sent: SentMessages): Promise<RecordedMessages> {
    const { accepted: good, rejected: wrong, ignored } = this.#sort(sent);
    const { accepted, rejected: withoutPlace } = await this.#findPlaces(sent, good);
    const rejected = [...wrong, ...withoutPlace];
    const outcomes: PutOutcome[] = [];
    for (const wave of wavesOf(accepted)) {
      outcomes.push(...(await mapConcurrently(wave, CONCURRENT_PUTS, (repeated) => this.#put(repeated))));
    }
    const failed = outcomes.filter((outcome) => 'error' in outcome);
    const unavailable = failed.flatMap(({ indexes }) => indexes.map((index) => ({ index, ...UNAVAILABLE })));
    const stored = outcomes.filter((outcome) => 'stored' in outcome);
    const recorded = stored.filter((outcome) => outcome.stored).length;
    const result = {
      received: sent.messages.length,
      recorded,
      duplicates: stored.flatMap(({ indexes }) => indexes).length - recorded,
      rejected: [...rejected, ...unavailable].sort((a, b) => a.index - b.index),
      ...(ignored.size > 0 && { ignoredFields: toldNames(ignored) }),
    };
    this.#publishMetrics({
      [METRIC.messagesReceived]: result.received,
      [METRIC.messagesRecorded]: result.recorded,
      [METRIC.messagesRepeated]: result.duplicates,
      [METRIC.messagesRejected]: result.rejected.length,
    });
    const errors = failed.map(({ error }) => error);
    if (errors.length > 0) {
      if (errors.length === outcomes.length) throw new ServiceUnavailableError(errors[0]);
      const { requestId } = sent;
      this.#log.error('messages could not be stored', {
        requestId,
        count: errors.length,
        errors: [...new Set(errors.map(errorName))],
      });
    }
    return result;
  }

  /** Tells good messages from those that are not; good ones that repeat one another are one. */
  #sort({ peerId, messages }: SentMessages): {
    accepted: Repeated[];
    rejected: Rejection[];
    ignored: Set<string>;
  } {
    const now = this.#clock();
    const rejected: Rejection[] = [];
    const ignored = new Set<string>();
    // Only the first message of an identity is put: of two puts at a time either could be the one that wins.
    const accepted = new Map<string, Repeated>();
    for (const [index, sent] of messages.entries()) {
      const names = foreignNames(sent);
      for (const name of names.ignored) ignored.add(name);
      const result = parseMessage(sent, peerId, now, this.#limits, names.problem);
      if ('problem' in result) {
        rejected.push({ index, ...result.problem });
        continue;
      }
      const identity = identityOf(result.message);
      const repeated = accepted.get(identity);
      if (repeated === undefined) accepted.set(identity, { message: result.message, indexes: [index] });
      else repeated.indexes.push(index);
    }
    return { accepted: [...accepted.values()], rejected, ignored };
  }

  /**
   * Rejects messages for channels that were purged, or that the peer cannot have any more. Where that cannot be found
   * out they are recorded: counting knows, and refuses or quarantines them.
   */
  async #findPlaces(
    { peerId, requestId }: SentMessages,
    accepted: readonly Repeated[],
  ): Promise<{ accepted: Repeated[]; rejected: Rejection[] }> {
    const counted = accepted.filter(({ message }) => message.role === COUNTED_ROLE);
    let withoutPlace: ReadonlyMap<string, NoPlace> = new Map();
    try {
      const channelIds = counted.map(({ message }) => message.channelId);
      withoutPlace = await this.#room.withoutPlace(peerId, channelIds);
    } catch (error) {
      const fields = { requestId, error: errorSummary(error) };
      this.#log.warn('the channels of a peer could not be looked up', fields);
    }
    const refusalOf = ({ message }: Repeated) =>
      message.role === COUNTED_ROLE ? withoutPlace.get(message.channelId) : undefined;
    return {
      accepted: accepted.filter((repeated) => refusalOf(repeated) === undefined),
      rejected: accepted.flatMap((repeated) => {
        const refusal = refusalOf(repeated);
        if (refusal === undefined) return [];
        return repeated.indexes.map((index) => ({ index, ...NO_PLACE[refusal] }));
      }),
    };
  }

  async #put({ message, indexes }: Repeated): Promise<PutOutcome> {
    try {
      return { indexes, stored: await this.#store.putIfNew(message) };
    } catch (error) {
      return { indexes, error };
    }
  }
}

/**
 * The messages that are stored first, and those that are stored when these are: of every conversation on a
 * channel the earliest that counts comes first, so that the stream has it before the others, and it is the one
 * that starts the conversation.
 */
function wavesOf(messages: readonly Repeated[]): Repeated[][] {
  const earliest = new Map<string, Repeated>();
  for (const repeated of messages) {
    const { conversationId, channelId, role, sentAt } = repeated.message;
    if (role !== COUNTED_ROLE) continue;
    const conversation = JSON.stringify([conversationId, channelId]);
    const known = earliest.get(conversation);
    if (known === undefined || sentAt < known.message.sentAt) earliest.set(conversation, repeated);
  }
  const first = new Set(earliest.values());
  return [[...first], messages.filter((repeated) => !first.has(repeated))];
}

/**
 * Reads a message as it was sent, or says what is wrong with it: with names of fields, never with values.
 *
 * @param wrongName what is wrong with the name of one of its fields, where one is wrong
 */
function parseMessage(
  sent: unknown,
  peerId: string,
  now: EpochMillis,
  limits: AgeLimits,
  wrongName: string | undefined,
): { message: Message } | { problem: Omit<Rejection, 'index'> } {
  const result = readFields(sent, wrongName);
  if ('problem' in result) return { problem: { code: 'invalid_message', message: result.problem } };
  const message: Message = { peerId, ...result.fields, sentAt: result.fields.sentAt ?? now };
  const code = ageProblem(message.sentAt, now, limits);
  return code === undefined ? { message } : { problem: { code, message: ageProblemWords(code, limits) } };
}

function identityOf(message: Message): string {
  return nameOfKey(messageKey(message));
}
