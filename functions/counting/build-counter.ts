import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DEFAULT_PAGE_CAPACITY, type LedgerRules } from '../domain/day-ledger.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import { ChannelStore } from '../store/channel-store.ts';
import { ConversationStore } from '../store/conversation-store.ts';
import { HashSecretStore } from '../store/hash-secret-store.ts';
import { LedgerStore } from '../store/ledger-store.ts';
import type { Waiting } from './contention.ts';
import { Fingerprints } from './fingerprints.ts';
import { LedgerKeeper } from './ledger-keeper.ts';
import { MessageCounter } from './message-counter.ts';

/** What counting needs of its surroundings. */
export interface CountingSurroundings {
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
  surroundings: CountingSurroundings,
  pageCapacity: number = DEFAULT_PAGE_CAPACITY,
): Promise<MessageCounter> {
  const { settings, client, clock, waiting } = surroundings;
  const table = { client, tableName: settings.usageTableName };
  const secret = await new HashSecretStore(table).readOrMake(surroundings.randomBytes(HASH_SECRET_BYTES));
  const rules: LedgerRules = { pageCapacity, messageRetentionDays: settings.messageRetentionDays };
  const ledgers = new LedgerStore(table);
  const channels = new ChannelStore(table);
  return new MessageCounter({
    ledgers,
    conversations: new ConversationStore(table),
    channels,
    keeper: new LedgerKeeper(ledgers, channels, waiting),
    fingerprints: new Fingerprints(secret),
    waiting,
    clock,
    rules,
  });
}
