import { MessageRecorder, UNAVAILABLE } from '../../../functions/record-messages/message-recorder.ts';
import type { RecordedMessages } from '../../../functions/record-messages/recorded-messages.ts';
import { buildFingerprints } from '../../../functions/shared/counting/build-counter.ts';
import type { Fingerprints } from '../../../functions/shared/counting/fingerprints.ts';
import { type Backoff, backoff } from '../../../functions/shared/domain/backoff.ts';
import { endOfMark } from '../../../functions/shared/domain/history-mark.ts';
import {
  ageProblem,
  MESSAGES_PER_REQUEST,
  type Message,
  recordingLimits,
} from '../../../functions/shared/domain/message.ts';
import { dayOf, startOf, type UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import { ServiceUnavailableError } from '../../../functions/shared/http/api-errors.ts';
import type { Dependencies } from '../../../functions/shared/runtime/dependencies.ts';
import type { Log } from '../../../functions/shared/runtime/observability.ts';
import { ErasedPeers, isErased } from '../../../functions/shared/store/erased-peers.ts';
import { EvidenceReader } from '../../../functions/shared/store/evidence-reader.ts';
import type { ErasedPeer } from '../../../functions/shared/store/items/erased-peer.ts';
import { messageKey } from '../../../functions/shared/store/items/message.ts';
import { MessageStore } from '../../../functions/shared/store/message-store.ts';
import { StoredMessages } from '../../../functions/shared/store/stored-messages.ts';
import { ToolError } from '../tool-error.ts';
import type { Tables } from '../usage-data.ts';
import { type DayOfHistory, type DayRefusal, HistoryDays } from './history-days.ts';
import { countedAmong } from './history-evidence.ts';

/** A message that is imported, of a peer that is known. */
export type ImportedMessage = Omit<Message, 'peerId'>;

/** What became of messages that were recorded together. */
export interface RecordedHistory {
  recorded: number;
  duplicates: number;
  refused: readonly { index: number; code: string; reason: string }[];
}

/** What recording a history works with. */
export interface HistoryDependencies extends Pick<Dependencies, 'clock' | 'waiting' | 'randomBytes'> {
  tables: Pick<Tables, 'messages' | 'usage'>;
  messageRetentionDays: number;
}

const MOST_ATTEMPTS = 10;
const PAUSES: Backoff = { firstMs: 200, longestMs: 20_000 };

/** Why a message is not recorded. */
interface Refusal {
  code: string;
  reason: string;
}

const PEER_ERASED: Refusal = {
  code: 'peer_erased',
  reason: 'the peer was erased by whoever runs the service, after the message was sent',
};

const DAY_REFUSALS: Record<DayRefusal, string> = {
  evidence_gone: 'whose evidence has expired: nobody can tell any more whether the message is in them',
  evidence_closed: 'and takes no more messages, as their evidence is about to expire',
};

/**
 * Records messages of a peer, however old they are, by what only an operator may do: it stores those that are older than
 * messages may be with a mark by which counting takes them.
 */
export class HistoryRecorder {
  readonly messagesPerRequest: number = MESSAGES_PER_REQUEST;
  readonly #dependencies: HistoryDependencies;
  readonly #peerId: string;
  readonly #fingerprints: Fingerprints;
  readonly #recorder: MessageRecorder;
  readonly #days: HistoryDays;
  readonly #evidence: EvidenceReader;
  readonly #erased: ErasedPeers;
  readonly #stored: StoredMessages;

  private constructor(dependencies: HistoryDependencies, peerId: string, fingerprints: Fingerprints) {
    const { usage, messages } = dependencies.tables;
    this.#dependencies = dependencies;
    this.#peerId = peerId;
    this.#fingerprints = fingerprints;
    this.#recorder = this.#makeRecorder();
    this.#days = new HistoryDays(usage, dependencies);
    this.#evidence = new EvidenceReader(usage, dependencies.waiting);
    this.#erased = new ErasedPeers(usage);
    this.#stored = new StoredMessages(messages);
  }

  static async of(dependencies: HistoryDependencies, peerId: string): Promise<HistoryRecorder> {
    const { tables, randomBytes } = dependencies;
    const { client, tableName: usageTableName } = tables.usage;
    const context = { settings: { usageTableName }, client, randomBytes };
    return new HistoryRecorder(dependencies, peerId, await buildFingerprints(context));
  }

  /**
   * Those of some days that take no messages of the history, and why, in words. Days of which all messages are stored as they
   * came take them as ever.
   */
  async refusedAmong(days: Iterable<UtcDay>): Promise<Map<UtcDay, string>> {
    const old = [...days].filter((day) => this.#isOld({ sentAt: startOf(day) }));
    const refused = await this.#days.refusedAmong(this.#peerId, old);
    return new Map([...refused].map(([day, refusal]) => [day, refusalOf(day, refusal).reason]));
  }

  /**
   * Records messages, the oldest first. Given again, those that were recorded are known.
   *
   * @throws ToolError where it is not known what became of all of them
   */
  async record(given: readonly ImportedMessage[]): Promise<RecordedHistory> {
    const messages = given.map((message): Message => ({ ...message, peerId: this.#peerId }));
    const { erased } = await this.#erased.read(this.#peerId);
    const old = messages.filter((message) => this.#isOld(message));
    const days = await this.#days.look(
      this.#peerId,
      old.map(({ sentAt }) => dayOf(sentAt)),
    );
    const isOld = new Set(old);
    const refusals = new Map<Message, Refusal>();
    for (const message of messages) {
      const day = isOld.has(message) ? days.get(dayOf(message.sentAt)) : undefined;
      const refusal = refusalFor(message, erased, day);
      if (refusal !== undefined) refusals.set(message, refusal);
    }
    const counted = await this.#countedAmong(old, days);
    const toStore = messages.filter((message) => !refusals.has(message) && !counted.has(message));
    const stored = await this.#store(toStore, refusals);
    await this.#removeIfErased(toStore);
    return {
      recorded: stored.recorded,
      duplicates: stored.duplicates + counted.size,
      refused: messages.flatMap((message, index) => {
        const refusal = refusals.get(message);
        return refusal === undefined ? [] : [{ index, ...refusal }];
      }),
    };
  }

  /** Those of some old messages that are counted already, although they may not be stored any more. */
  async #countedAmong(
    old: readonly Message[],
    days: ReadonlyMap<UtcDay, DayOfHistory>,
  ): Promise<Set<Message>> {
    const reading = { fingerprints: this.#fingerprints, evidence: this.#evidence };
    const counted = new Set<Message>();
    for (const [day, ofDay] of Map.groupBy(old, ({ sentAt }) => dayOf(sentAt))) {
      const look = days.get(day);
      if (look === undefined || 'refusal' in look || look.counters.length === 0) continue;
      for (const message of await countedAmong(ofDay, look.counters, reading)) counted.add(message);
    }
    return counted;
  }

  /**
   * Stores messages; what DynamoDB did not take is tried again.
   *
   * @param refusals gets those that cannot be recorded, and why
   * @throws ToolError where DynamoDB goes on not to take some
   */
  async #store(
    messages: readonly Message[],
    refusals: Map<Message, Refusal>,
  ): Promise<Pick<RecordedHistory, 'recorded' | 'duplicates'>> {
    const { waiting } = this.#dependencies;
    const sum = { recorded: 0, duplicates: 0 };
    let left = messages;
    for (let attempts = 1; left.length > 0; attempts += 1) {
      const answer = await this.#recordOnce(left);
      const unavailable: Message[] = [];
      for (const { index, code, message: reason } of answer.rejected) {
        const message = left[index];
        if (message === undefined) continue;
        if (code === UNAVAILABLE.code) unavailable.push(message);
        else refusals.set(message, { code, reason });
      }
      sum.recorded += answer.recorded;
      sum.duplicates += answer.duplicates;
      left = unavailable;
      if (left.length === 0) break;
      if (attempts === MOST_ATTEMPTS) {
        throw new ToolError(
          `${left.length} messages could not be stored, ${attempts} times in a row; start it again to go on`,
        );
      }
      await waiting.pause(backoff(PAUSES, attempts) * waiting.random());
    }
    return sum;
  }

  async #recordOnce(messages: readonly Message[]): Promise<RecordedMessages> {
    const sent = messages.map(({ peerId: _, ...message }) => ({
      ...message,
      sentAt: new Date(message.sentAt).toISOString(),
    }));
    try {
      return await this.#recorder.record({ peerId: this.#peerId, requestId: 'import', messages: sent });
    } catch (error) {
      if (!(error instanceof ServiceUnavailableError)) throw error;
      const rejected = messages.map((_, index) => ({ index, ...UNAVAILABLE }));
      return { received: messages.length, recorded: 0, duplicates: 0, rejected };
    }
  }

  /**
   * Removes messages again whose peer was erased while they were stored: whoever erases it says so first, and then removes
   * what is stored; so either that finds them, or this does.
   */
  async #removeIfErased(messages: readonly Message[]): Promise<void> {
    const { erased } = await this.#erased.read(this.#peerId);
    const keys = messages.filter(({ sentAt }) => isErased(erased, sentAt)).map(messageKey);
    if (keys.length > 0) await this.#stored.remove(keys, this.#dependencies.waiting.pause);
  }

  /** Whether a message is older than messages may be. */
  #isOld({ sentAt }: Pick<Message, 'sentAt'>, now = this.#dependencies.clock()): boolean {
    return ageProblem(sentAt, now, recordingLimits(this.#dependencies.messageRetentionDays)) === 'too_old';
  }

  #makeRecorder(): MessageRecorder {
    const { tables, clock, messageRetentionDays } = this.#dependencies;
    const { client, tableName: messagesTableName } = tables.messages;
    const store = new MessageStore(tables.messages, messageRetentionDays);
    const settings = { messagesTableName, usageTableName: tables.usage.tableName, messageRetentionDays };
    const putIfNew = (message: Message) => {
      const now = clock();
      if (!this.#isOld(message, now)) return store.putIfNew(message);
      return store.putIfNew(message, this.#fingerprints.historyMark(message, endOfMark(now)));
    };
    return new MessageRecorder(
      { client, clock, settings, log: SILENT, publishMetrics: () => {} },
      { limits: recordingLimits(Number.POSITIVE_INFINITY), store: { putIfNew } },
    );
  }
}

/** What is not recorded is told by what is returned. */
const SILENT: Log = { info() {}, warn() {}, error() {} };

function refusalFor(
  { sentAt }: Message,
  erased: ErasedPeer | undefined,
  day: DayOfHistory | undefined,
): Refusal | undefined {
  if (sentAt < 0) return { code: 'too_old', reason: 'sentAt must not be before 1970' };
  if (isErased(erased, sentAt)) return PEER_ERASED;
  return day !== undefined && 'refusal' in day ? refusalOf(dayOf(sentAt), day.refusal) : undefined;
}

function refusalOf(day: UtcDay, refusal: DayRefusal): Refusal {
  return { code: 'day_has_figures', reason: `${day} has figures ${DAY_REFUSALS[refusal]}` };
}
