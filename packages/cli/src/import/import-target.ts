import type { ImportedMessage } from './export-record.ts';

/** A message that was not taken, by its place among those that were given, and why. */
export interface RefusedMessage {
  index: number;
  code: string;
  /** What is wrong, in words. */
  reason: string;
}

/** What became of messages that were given together: all of them are recorded, known or refused. */
export interface RecordedBatch {
  /** How many were new. */
  recorded: number;
  /** How many were there already. */
  duplicates: number;
  refused: readonly RefusedMessage[];
}

/** Where an import brings its messages. */
export interface ImportTarget {
  /** How many messages it takes together at most. */
  readonly messagesPerRequest: number;
  /**
   * Records messages, the oldest first. Given again, those that were recorded are known: whoever does not learn what
   * became of them gives them again.
   *
   * @throws where it is not known what became of all of them
   */
  record(messages: readonly ImportedMessage[]): Promise<RecordedBatch>;
}
