import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { DEFAULT_WINDOW_CAPACITY } from '../domain/daily-counter.ts';
import type { UserMessage } from '../domain/message.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { METRIC } from '../runtime/metric-names.ts';
import { QuarantineStore } from '../store/quarantine-store.ts';
import { buildCounter, type CountingContext } from './build-counter.ts';
import type { MessageCounter } from './message-counter.ts';
import { parseStreamRecord, type QuarantineReason } from './stream-record.ts';

/** A function that a table's stream feeds. */
export type StreamHandler = (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>;

/** What counting a stream's records works with. */
export type StreamCountingDependencies = CountingContext & Pick<Dependencies, 'log' | 'publishMetrics'>;

/** What is said of messages that are quarantined for what is stored of their peer. */
const EXPLANATIONS = {
  too_many_channels: 'the peer has as many channels as it may have',
  malformed_item: 'an item that it would be counted with is malformed; replay its day once it is mended',
} as const;

/** What becomes of one record of a batch. */
type Outcome =
  | { kind: 'counted' | 'duplicate' | 'not_counted' }
  | { kind: 'quarantined'; reason: QuarantineReason; explanation: string }
  /** The stream has to deliver it again. */
  | { kind: 'returned'; error?: unknown };

/**
 * Counts the messages of a batch of stream records.
 *
 * A record that cannot be understood is quarantined, and the rest of its batch is counted. Where DynamoDB
 * fails, the answer names the first record that has to be delivered again: the stream then repeats it and
 * all that follow, and those that were counted already are recognised.
 *
 * @param windowCapacity how many fingerprints a counter's item holds; only tests have reason to set it
 */
export function countMessages(
  dependencies: StreamCountingDependencies,
  windowCapacity = DEFAULT_WINDOW_CAPACITY,
): StreamHandler {
  const quarantineStore = new QuarantineStore({
    client: dependencies.client,
    tableName: dependencies.settings.usageTableName,
  });
  let counter: Promise<MessageCounter> | undefined;

  /** The counter of this process; where it could not be made, the next call tries again. */
  function counterOfProcess(): Promise<MessageCounter> {
    counter ??= buildCounter(dependencies, windowCapacity).catch((error: unknown) => {
      counter = undefined;
      throw error;
    });
    return counter;
  }

  async function count(messages: readonly UserMessage[]): Promise<Outcome[]> {
    try {
      const outcomes = await (await counterOfProcess()).count(messages);
      return outcomes.map((outcome) => {
        switch (outcome.kind) {
          case 'failed':
            return { kind: 'returned', error: outcome.error };
          case 'quarantined':
            return { ...outcome, explanation: EXPLANATIONS[outcome.reason] };
          default:
            return outcome;
        }
      });
    } catch (error) {
      return messages.map(() => ({ kind: 'returned', error }));
    }
  }

  /** Decides on every record; nothing is stored yet of those that are to be quarantined. */
  async function decide(records: readonly DynamoDBRecord[]): Promise<Outcome[]> {
    const { messageRetentionDays } = dependencies.settings;
    const parsed = records.map((record) => parseStreamRecord(record, messageRetentionDays));
    const messages = parsed.flatMap((result) => (result.kind === 'message' ? [result.message] : []));
    const counted = messages.length > 0 ? (await count(messages)).values() : [].values();
    return parsed.map((result): Outcome => {
      if (result.kind === 'unusable') return { ...result, kind: 'quarantined' };
      if (result.kind === 'not_counted') return result;
      return counted.next().value ?? { kind: 'returned' };
    });
  }

  /**
   * Stores the records that are to be quarantined, up to the first one that has to be delivered again: those
   * behind it come again with it.
   */
  async function settle(
    records: readonly DynamoDBRecord[],
    outcomes: readonly Outcome[],
  ): Promise<Outcome[]> {
    const settled: Outcome[] = [];
    let isReturning = false;
    for (const [index, outcome] of outcomes.entries()) {
      const record = records[index];
      if (outcome.kind !== 'quarantined' || record === undefined) settled.push(outcome);
      else if (isReturning) settled.push({ kind: 'returned' });
      else settled.push(await quarantine(record, outcome));
      isReturning ||= settled.at(-1)?.kind === 'returned';
    }
    return settled;
  }

  async function quarantine(
    record: DynamoDBRecord,
    outcome: Extract<Outcome, { kind: 'quarantined' }>,
  ): Promise<Outcome> {
    const { reason, explanation } = outcome;
    const now = dependencies.clock();
    const createdAtSeconds = record.dynamodb?.ApproximateCreationDateTime;
    const { eventID: eventId = record.dynamodb?.SequenceNumber ?? 'unknown' } = record;
    // The key tells the conversation's id, which is to be readable no longer than its messages are kept.
    const itemKey = reason === 'too_old' ? undefined : record.dynamodb?.Keys;
    try {
      await quarantineStore.add(
        { eventId, quarantinedAt: now, reason, explanation, ...(itemKey !== undefined && { itemKey }) },
        typeof createdAtSeconds === 'number' ? createdAtSeconds * 1000 : now,
      );
      dependencies.log.warn('quarantined a stream record', { eventId, reason, explanation });
      return outcome;
    } catch (error) {
      return { kind: 'returned', error };
    }
  }

  return async (event) => {
    const records = event.Records;
    const outcomes = await settle(records, await decide(records));
    const numbers = {
      [METRIC.recordsReceived]: records.length,
      [METRIC.messagesCounted]: outcomes.filter(({ kind }) => kind === 'counted').length,
      [METRIC.messagesDuplicate]: outcomes.filter(({ kind }) => kind === 'duplicate').length,
      [METRIC.messagesNotCounted]: outcomes.filter(({ kind }) => kind === 'not_counted').length,
      [METRIC.recordsQuarantined]: outcomes.filter(({ kind }) => kind === 'quarantined').length,
      [METRIC.recordsReturned]: outcomes.filter(({ kind }) => kind === 'returned').length,
    };
    dependencies.publishMetrics(numbers);
    dependencies.log.info('counted a batch', numbers);
    const firstReturned = outcomes.findIndex(({ kind }) => kind === 'returned');
    if (firstReturned < 0) return { batchItemFailures: [] };

    for (const problem of distinctProblems(outcomes)) {
      dependencies.log.error('stream records have to be delivered again', { problem });
    }
    const itemIdentifier = records[firstReturned]?.dynamodb?.SequenceNumber;
    // Without the number the answer could not say where to go on; an error repeats the whole batch.
    if (itemIdentifier === undefined) throw new Error('a stream record has no sequence number');
    return { batchItemFailures: [{ itemIdentifier }] };
  };
}

function distinctProblems(outcomes: readonly Outcome[]): Set<string> {
  const errors = outcomes.flatMap((outcome) =>
    outcome.kind === 'returned' && outcome.error !== undefined ? [outcome.error] : [],
  );
  return new Set(
    errors.map((error) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error))),
  );
}
