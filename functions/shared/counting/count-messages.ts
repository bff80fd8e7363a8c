import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { DEFAULT_WINDOW_RULES, type WindowRules } from '../domain/daily-counter.ts';
import type { UserMessage } from '../domain/message.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { errorSummary } from '../runtime/error-text.ts';
import { METRIC, type MetricName } from '../runtime/metric-names.ts';
import type { Settings } from '../runtime/settings.ts';
import { hasHistoryMark, identityOfImage, peerOfImage } from '../store/items/message.ts';
import type { QuarantineNote } from '../store/items/quarantine-note.ts';
import { PassedHeartbeatsStore } from '../store/passed-heartbeats-store.ts';
import { QuarantineNotes } from '../store/quarantine-notes.ts';
import { QuarantineStore } from '../store/quarantine-store.ts';
import { buildCounter, buildFingerprints, type CountingContext } from './build-counter.ts';
import type { CountOutcome } from './day-counting.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { MessageCounter } from './message-counter.ts';
import { PassingHeartbeats } from './passing-heartbeats.ts';
import { type HeartbeatRecord, parseStreamRecord, type QuarantineReason } from './stream-record.ts';

/** A function that a table's stream feeds. */
export type StreamHandler = (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>;

/** What counting records works with. */
export type RecordCountingDependencies = CountingContext & Pick<Dependencies, 'log' | 'publishMetrics'>;

/** What counting a stream's records works with. */
export type StreamCountingDependencies = RecordCountingDependencies & {
  settings: Pick<Settings, 'heartbeats'>;
};

/** What is said of messages that are quarantined for what is stored of their peer. */
const EXPLANATIONS = {
  too_many_channels: 'the peer has as many channels as it may have',
  malformed_item: 'an item that it would be counted with is malformed; replay its day once it is mended',
  too_old: 'the proof of its day is no longer kept, or not for long enough to count it exactly once',
} as const;

/** What becomes of one record of a batch. */
type RecordOutcome =
  | { kind: 'counted' | 'duplicate' | 'not_counted' | 'purged' | 'erased' }
  | HeartbeatRecord
  | { kind: 'quarantined'; reason: QuarantineReason; explanation: string; error?: unknown }
  /** The stream has to deliver it again. */
  | { kind: 'returned'; error?: unknown };

/**
 * Counts the messages of a batch of stream records, and notes the heartbeats that have passed with them.
 *
 * A record that cannot be understood is quarantined, and the rest of its batch is counted. Where DynamoDB
 * fails, the answer names the first record that has to be delivered again: the stream then repeats it and
 * all that follow, and those that were counted already are recognised.
 *
 * @param windowRules only tests have reason to set them
 */
export function countMessages(
  dependencies: StreamCountingDependencies,
  windowRules = DEFAULT_WINDOW_RULES,
): StreamHandler {
  const { client, settings } = dependencies;
  const counter = new RecordCounter(dependencies, windowRules);
  const passing = new PassingHeartbeats(
    new PassedHeartbeatsStore({ client, tableName: settings.usageTableName }),
    dependencies,
  );
  return async ({ Records: records }) => {
    const outcomes = await counter.count(records);
    // Those behind a record that has to come again come again with it.
    const done = outcomes.slice(0, firstReturnedOf(outcomes));
    await passing.note(done.filter((outcome) => outcome.kind === 'heartbeat'));
    return answerTo(records, outcomes);
  };
}

/** Counts records that were given up. @returns those that could not be counted now either */
export type GivenUpHandler = (records: readonly DynamoDBRecord[]) => Promise<DynamoDBRecord[]>;

/**
 * Counts the messages of a batch of records that were given up, as `countMessages` does. Heartbeats among them tell
 * nothing any more: what lay before them in their lane may be in a batch that is not fed back yet.
 */
export function countGivenUpMessages(dependencies: RecordCountingDependencies): GivenUpHandler {
  const counter = new RecordCounter(dependencies, DEFAULT_WINDOW_RULES);
  return async (records) => {
    const outcomes = await counter.count(records);
    return records.filter((_, index) => outcomes[index]?.kind === 'returned');
  };
}

/** Tells the stream from which record on it has to deliver a batch again. */
function answerTo(
  records: readonly DynamoDBRecord[],
  outcomes: readonly RecordOutcome[],
): DynamoDBBatchResponse {
  const firstReturned = firstReturnedOf(outcomes);
  if (firstReturned === outcomes.length) return { batchItemFailures: [] };
  const itemIdentifier = records[firstReturned]?.dynamodb?.SequenceNumber;
  // Without the number the answer could not say where to go on; an error repeats the whole batch.
  if (itemIdentifier === undefined) throw new Error('a stream record has no sequence number');
  return { batchItemFailures: [{ itemIdentifier }] };
}

/** The place of the first record that has to be delivered again; behind the last one where none has. */
function firstReturnedOf(outcomes: readonly RecordOutcome[]): number {
  const first = outcomes.findIndex(({ kind }) => kind === 'returned');
  return first < 0 ? outcomes.length : first;
}

/** Counts batches of records, with one message counter for all of them. */
class RecordCounter {
  readonly #dependencies: RecordCountingDependencies;
  readonly #windowRules: WindowRules;
  readonly #quarantine: QuarantineStore;
  readonly #notes: QuarantineNotes;
  #messageCounter: MessageCounter | undefined;
  #fingerprints: Fingerprints | undefined;

  constructor(dependencies: RecordCountingDependencies, windowRules: WindowRules) {
    const { client, settings } = dependencies;
    this.#dependencies = dependencies;
    this.#windowRules = windowRules;
    const table = { client, tableName: settings.usageTableName };
    this.#quarantine = new QuarantineStore(table, dependencies.waiting);
    this.#notes = new QuarantineNotes(table);
  }

  /** Counts the messages of a batch, and tells what became of it. @returns what became of each record */
  async count(records: readonly DynamoDBRecord[]): Promise<RecordOutcome[]> {
    const { log, publishMetrics } = this.#dependencies;
    const outcomes = await this.#settle(records, await this.#decide(records));
    const ofMessages = outcomes.filter(({ kind }) => kind !== 'heartbeat');
    // Where nobody sends messages, heartbeats alone are neither worth a line nor the price of so many metrics.
    if (ofMessages.length === 0) return outcomes;
    const numbers = numbersOf(ofMessages);
    publishMetrics(numbers);
    log.info('counted a batch', numbers);
    for (const problem of distinctProblems(outcomes, 'quarantined')) {
      log.error('a stored item has to be mended', { problem });
    }
    for (const problem of distinctProblems(outcomes, 'returned')) {
      log.error('stream records have to be delivered again', { problem });
    }
    return outcomes;
  }

  /** Decides on every record; nothing is stored yet of those that are to be quarantined. */
  async #decide(records: readonly DynamoDBRecord[]): Promise<RecordOutcome[]> {
    const { messageRetentionDays } = this.#dependencies.settings;
    let marks: Fingerprints | undefined;
    try {
      // Others need the secret only once they are counted.
      if (records.some(({ dynamodb }) => hasHistoryMark(dynamodb?.NewImage)))
        marks = await this.#fingerprintsOfProcess();
    } catch (error) {
      return records.map(() => ({ kind: 'returned', error }));
    }
    const parsed = records.map((record) => parseStreamRecord(record, messageRetentionDays, marks));
    const messages = parsed.flatMap((result) => (result.kind === 'message' ? [result.message] : []));
    const counted = messages.length > 0 ? (await this.#countMessages(messages)).values() : [].values();
    return parsed.map((result): RecordOutcome => {
      if (result.kind === 'unusable') return { ...result, kind: 'quarantined' };
      if (result.kind === 'not_counted' || result.kind === 'heartbeat') return result;
      return counted.next().value ?? { kind: 'returned' };
    });
  }

  async #countMessages(messages: readonly UserMessage[]): Promise<RecordOutcome[]> {
    try {
      const counter = await this.#messageCounterOfProcess();
      return (await counter.count(messages)).map(batchOutcome);
    } catch (error) {
      return messages.map(() => ({ kind: 'returned', error }));
    }
  }

  /**
   * The message counter of this process. Every invocation that finds none makes one for itself: an invocation
   * that never gets the answer that it needs for that keeps no other one waiting.
   */
  async #messageCounterOfProcess(): Promise<MessageCounter> {
    if (this.#messageCounter !== undefined) return this.#messageCounter;
    const made = await buildCounter(this.#dependencies, this.#windowRules);
    this.#messageCounter ??= made;
    return this.#messageCounter;
  }

  /**
   * Stores the records that are to be quarantined, up to the first one that has to be delivered again: those
   * behind it come again with it.
   */
  async #settle(
    records: readonly DynamoDBRecord[],
    outcomes: readonly RecordOutcome[],
  ): Promise<RecordOutcome[]> {
    const settled: RecordOutcome[] = [];
    let isReturning = false;
    for (const [index, outcome] of outcomes.entries()) {
      const record = records[index];
      if (outcome.kind !== 'quarantined' || record === undefined) settled.push(outcome);
      else if (isReturning) settled.push({ kind: 'returned' });
      else settled.push(await this.#quarantineRecord(record, outcome));
      isReturning ||= settled.at(-1)?.kind === 'returned';
    }
    return settled;
  }

  async #quarantineRecord(
    record: DynamoDBRecord,
    outcome: Extract<RecordOutcome, { kind: 'quarantined' }>,
  ): Promise<RecordOutcome> {
    const { clock, log } = this.#dependencies;
    const { reason, explanation } = outcome;
    const now = clock();
    const createdAtSeconds = record.dynamodb?.ApproximateCreationDateTime;
    const { eventID: eventId = record.dynamodb?.SequenceNumber ?? 'unknown' } = record;
    // The key tells the conversation's id, which is to be readable no longer than its messages are kept.
    const itemKey = reason === 'too_old' ? undefined : record.dynamodb?.Keys;
    const peerId = peerOfImage(record.dynamodb?.NewImage ?? {});
    try {
      await this.#quarantine.add(
        {
          eventId,
          quarantinedAt: now,
          reason,
          explanation,
          ...(peerId !== undefined && { peerId }),
          ...(itemKey !== undefined && { itemKey }),
        },
        typeof createdAtSeconds === 'number' ? createdAtSeconds * 1000 : now,
      );
      await this.#note(record, { quarantinedAt: now, reason, explanation });
      log.warn('quarantined a stream record', { eventId, reason, explanation });
      return outcome;
    } catch (error) {
      return { kind: 'returned', error };
    }
  }

  /** Lets a look-up of the message that a record is about find why it was quarantined. */
  async #note(record: DynamoDBRecord, note: QuarantineNote): Promise<void> {
    const identity = identityOfImage(record.dynamodb?.Keys);
    if (identity === undefined) return;
    const fingerprints = await this.#fingerprintsOfProcess();
    const { peerId, conversationId } = identity;
    const conversationHash = fingerprints.ofConversation(peerId, conversationId);
    await this.#notes.add({ peerId, conversationHash, fingerprint: fingerprints.ofMessage(identity) }, note);
  }

  async #fingerprintsOfProcess(): Promise<Fingerprints> {
    this.#fingerprints ??= await buildFingerprints(this.#dependencies);
    return this.#fingerprints;
  }
}

/** What becomes of a record whose message was given to the message counter. */
function batchOutcome(outcome: CountOutcome): RecordOutcome {
  switch (outcome.kind) {
    case 'failed':
      return { kind: 'returned', error: outcome.error };
    case 'quarantined':
      return { ...outcome, explanation: EXPLANATIONS[outcome.reason] };
    default:
      return outcome;
  }
}

function numbersOf(outcomes: readonly RecordOutcome[]): Partial<Record<MetricName, number>> {
  const number = (wanted: RecordOutcome['kind']) => outcomes.filter(({ kind }) => kind === wanted).length;
  return {
    [METRIC.recordsReceived]: outcomes.length,
    [METRIC.messagesCounted]: number('counted'),
    [METRIC.messagesDuplicate]: number('duplicate'),
    [METRIC.messagesNotCounted]: number('not_counted') + number('purged') + number('erased'),
    [METRIC.recordsQuarantined]: number('quarantined'),
    [METRIC.recordsReturned]: number('returned'),
  };
}

/** The errors behind the outcomes of a kind, each once. */
function distinctProblems(outcomes: readonly RecordOutcome[], kind: 'quarantined' | 'returned'): Set<string> {
  const errors = outcomes.flatMap((outcome) =>
    outcome.kind === kind && outcome.error !== undefined ? [outcome.error] : [],
  );
  return new Set(errors.map(errorSummary));
}
