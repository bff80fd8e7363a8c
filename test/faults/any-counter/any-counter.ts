import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { UserMessage } from '../../../functions/shared/domain/message.ts';
import { dayOf, type EpochMillis } from '../../../functions/shared/domain/utc-day.ts';
import type { Waiting } from '../../../functions/shared/runtime/waiting.ts';
import type { TestDatabase } from '../../support/database/database.ts';

/** What was counted of a channel of a peer on a day. */
export interface Figure {
  messages: number;
  /** Only of counters that count conversations. */
  conversations?: number;
}

/** Figures by their place: what `placeOf` gives. */
export type Figures = Map<string, Figure>;

/** A counter of the messages that a stream delivers at least once, as it runs in one process. */
export interface AnyCounter {
  /**
   * Counts a batch, as a function that a stream invokes does.
   *
   * @returns those that have to be delivered again
   * @throws whatever makes all of them come again
   */
  deliver(batch: readonly UserMessage[]): Promise<readonly UserMessage[]>;
  /** What it does on a schedule, beside deliveries, such as sealing days. */
  runJob?(): Promise<void>;
  /** All that is counted, as whoever asks would be told. */
  read(): Promise<Figures>;
}

/** What a counter has of the process in which it runs. */
export interface CounterProcess {
  /** For those that work with plain objects, and for those that do not. They are of one connection. */
  documents: DynamoDBDocumentClient;
  client: DynamoDBClient;
  clock: () => EpochMillis;
  waiting: Waiting;
  randomBytes: (length: number) => Uint8Array;
}

/** A way to count. */
export interface CounterKind {
  name: string;
  /** Makes empty tables; what it gives starts the counter in a process. */
  setUp(database: TestDatabase): Promise<(process: CounterProcess) => Promise<AnyCounter>>;
}

/** What a message is counted in: its peer, its channel and its day. No id holds a line feed. */
export function placeOf({ peerId, channelId, sentAt }: UserMessage): string {
  return [peerId, channelId, dayOf(sentAt)].join('\n');
}
