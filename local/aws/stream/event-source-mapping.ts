import { createHash } from 'node:crypto';
import type { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';
import type {
  EventSourceSettings,
  FilterPattern,
  FilterRule,
} from '../../../functions/count-messages/event-source.ts';
import type { StreamHandler } from '../../../functions/shared/counting/count-messages.ts';
import { type Backoff, backoff } from '../../../functions/shared/domain/backoff.ts';
import type { Waiting } from '../../../functions/shared/runtime/waiting.ts';

/** Records that were given up, as they go to the failure destination. */
export interface FailedBatch {
  reason: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
  /** How often the function was invoked with (some of) these records. */
  attempts: number;
  records: DynamoDBRecord[];
}

/** What an event source mapping works with. */
export interface EventSourceMappingOptions {
  settings: EventSourceSettings;
  invoke: StreamHandler;
  /** Takes the records that are given up; where it fails, so does `process`. */
  failureDestination: (failure: FailedBatch) => Promise<void>;
  /** Milliseconds since 1970, for the age of records. */
  clock: () => number;
  waiting: Waiting;
  /** Once aborted, no further invocation is begun, and `process` throws the signal's reason. */
  stop?: AbortSignal;
}

const PAUSES: Backoff = { firstMs: 100, longestMs: 10_000 };

/**
 * Feeds the records of a stream to a function, as Lambda does: filtered, in batches, in order for each
 * partition key, at least once; with failed batches halved and tried again, partial batch responses
 * honoured, and what fails too often or becomes too old handed to the failure destination.
 */
export class EventSourceMapping {
  readonly #options: EventSourceMappingOptions;

  constructor(options: EventSourceMappingOptions) {
    this.#options = options;
  }

  /**
   * Processes consecutive records of one shard.
   *
   * @returns when every record was processed, filtered out, or taken by the failure destination
   */
  async process(records: readonly DynamoDBRecord[]): Promise<void> {
    const { filters, parallelizationFactor, batchSize } = this.#options.settings;
    const matching = records.filter((record) => filters.some((filter) => matches(filter, record)));
    const lanes = Map.groupBy(matching, (record) => laneOf(record, parallelizationFactor));
    await Promise.all(
      [...lanes.values()].map(async (lane) => {
        for (let start = 0; start < lane.length; start += batchSize) {
          await this.#processBatch(lane.slice(start, start + batchSize), 0);
        }
      }),
    );
  }

  /** @param earlierAttempts how often these records failed before, as part of a larger batch or not */
  async #processBatch(batch: readonly DynamoDBRecord[], earlierAttempts: number): Promise<void> {
    const { settings, failureDestination, stop, waiting } = this.#options;
    let remaining = batch;
    let attempts = earlierAttempts;
    while (remaining.length > 0) {
      const expired = remaining.filter((record) => this.#isTooOld(record));
      if (attempts > 0 && expired.length > 0) {
        await failureDestination({ reason: 'RecordAgeExceeded', attempts, records: expired });
        remaining = remaining.filter((record) => !expired.includes(record));
        continue;
      }
      if (settings.retryAttempts !== undefined && attempts > settings.retryAttempts) {
        await failureDestination({ reason: 'RetryAttemptsExhausted', attempts, records: [...remaining] });
        return;
      }
      if (attempts > 0) await waiting.pause(backoff(PAUSES, attempts) * waiting.random());
      stop?.throwIfAborted();

      const firstFailed = await this.#invoke(remaining);
      if (firstFailed === undefined) return;
      attempts += 1;
      // A response that names a later record is progress: what precedes it is done.
      if (firstFailed > 0) {
        remaining = remaining.slice(firstFailed);
        attempts = 1;
      } else if (settings.bisectBatchOnError && remaining.length > 1) {
        const middle = Math.ceil(remaining.length / 2);
        await this.#processBatch(remaining.slice(0, middle), attempts);
        await this.#processBatch(remaining.slice(middle), attempts);
        return;
      }
    }
  }

  /** Invokes the function; gives the index of the first record that failed, 0 where all of it did. */
  async #invoke(batch: readonly DynamoDBRecord[]): Promise<number | undefined> {
    let response: DynamoDBBatchResponse;
    try {
      response = await this.#options.invoke({ Records: [...batch] });
    } catch {
      // Whoever runs the function has logged its error; for the stream it is a failed batch.
      return 0;
    }
    const failures = new Set(response.batchItemFailures.map((failure) => failure.itemIdentifier));
    if (failures.size === 0) return undefined;
    const first = batch.findIndex((record) => failures.has(record.dynamodb?.SequenceNumber ?? ''));
    // An identifier that is not one of the batch makes the whole batch a failure.
    return Math.max(first, 0);
  }

  #isTooOld(record: DynamoDBRecord): boolean {
    const createdAtSeconds = record.dynamodb?.ApproximateCreationDateTime;
    if (createdAtSeconds === undefined) return false;
    const ageSeconds = this.#options.clock() / 1000 - createdAtSeconds;
    return ageSeconds > this.#options.settings.maximumRecordAgeSeconds;
  }
}

/** The lane of a record's partition key: the records of one key are never processed side by side. */
export function laneOf(record: DynamoDBRecord, lanes: number): number {
  const partitionKey = record.dynamodb?.Keys?.['pk']?.S ?? '';
  return createHash('sha256').update(partitionKey).digest().readUInt32BE(0) % lanes;
}

/** Whether a record matches an event pattern: at every place that the pattern names, one of its rules holds. */
function matches(pattern: FilterPattern, value: unknown): boolean {
  return Object.entries(pattern).every(([name, expected]) => {
    const found: unknown = isObject(value) ? value[name] : undefined;
    return isRules(expected) ? expected.some((rule) => holds(rule, found)) : matches(expected, found);
  });
}

function holds(rule: FilterRule, value: unknown): boolean {
  if (typeof rule === 'string') return value === rule;
  if ('exists' in rule) return (value !== undefined) === rule.exists;
  return typeof value === 'string' && !rule['anything-but'].includes(value);
}

function isRules(expected: FilterPattern | readonly FilterRule[]): expected is readonly FilterRule[] {
  return Array.isArray(expected);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
