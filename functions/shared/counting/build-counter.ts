import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type CounterRules, DEFAULT_WINDOW_CAPACITY } from '../domain/daily-counter.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import type { Waiting } from '../runtime/waiting.ts';
import { ChannelStore } from '../store/channel-store.ts';
import { ConversationStore } from '../store/conversation-store.ts';
import { CounterUpdater } from '../store/counter-updater.ts';
import { DailyCounterStore } from '../store/daily-counter-store.ts';
import { HashSecretStore } from '../store/hash-secret-store.ts';
import { ConversationStarts } from './conversation-starts.ts';
import { Fingerprints } from './fingerprints.ts';
import { MessageCounter } from './message-counter.ts';

/** What counting needs of its context. */
export interface CountingContext {
  settings: { usageTableName: string; messageRetentionDays: number };
  client: DynamoDBDocumentClient;
  clock: () => EpochMillis;
  waiting: Waiting;
  randomBytes: (length: number) => Uint8Array;
}

const HASH_SECRET_BYTES = 32;

/**
 * Makes a counter, and reads the table's hash secret for it (or makes the secret, at the first call ever).
 */
export async function buildCounter(
  context: CountingContext,
  windowCapacity: number = DEFAULT_WINDOW_CAPACITY,
): Promise<MessageCounter> {
  const { settings, client, clock, waiting } = context;
  const table = { client, tableName: settings.usageTableName };
  const secret = await new HashSecretStore(table).readOrMake(context.randomBytes(HASH_SECRET_BYTES));
  const rules: CounterRules = { windowCapacity, messageRetentionDays: settings.messageRetentionDays };
  const counters = new DailyCounterStore(table);
  const channels = new ChannelStore(table);
  return new MessageCounter({
    counters,
    starts: new ConversationStarts({ conversations: new ConversationStore(table), counters, clock }),
    channels,
    updater: new CounterUpdater(counters, channels, waiting),
    fingerprints: new Fingerprints(secret),
    waiting,
    clock,
    rules,
  });
}
