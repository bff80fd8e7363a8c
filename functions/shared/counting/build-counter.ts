import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type CounterRules, DEFAULT_WINDOW_RULES, type WindowRules } from '../domain/daily-counter.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import type { Waiting } from '../runtime/waiting.ts';
import { ActivePeers } from '../store/active-peers.ts';
import { ArchivedWindows } from '../store/archived-windows.ts';
import { AuditReader } from '../store/audit-reader.ts';
import { ChannelStore } from '../store/channel-store.ts';
import { ConversationStore } from '../store/conversation-store.ts';
import { DailyCounterStore } from '../store/daily-counter-store.ts';
import { GatheredReads } from '../store/gathered-reads.ts';
import { GatheredWrites } from '../store/gathered-writes.ts';
import { HashSecretStore } from '../store/hash-secret-store.ts';
import { TotalsStore } from '../store/totals-store.ts';
import { UnconfirmedCounters } from '../store/unconfirmed-counters.ts';
import { ConversationStarts } from './conversation-starts.ts';
import { DayCounting } from './day-counting.ts';
import { Fingerprints } from './fingerprints.ts';
import { MessageCounter } from './message-counter.ts';
import { RefusedMessages } from './refused-messages.ts';
import { SealedAgreement } from './sealed-agreement.ts';

/** What counting needs of its context. */
export interface CountingContext {
  settings: { usageTableName: string; messageRetentionDays: number; counterRetentionDays: number };
  client: DynamoDBDocumentClient;
  clock: () => EpochMillis;
  waiting: Waiting;
  randomBytes: (length: number) => Uint8Array;
}

const HASH_SECRET_BYTES = 32;

/** Makes what hashes with the table's secret, which it reads, or makes at the first call ever. */
export async function buildFingerprints(
  context: Pick<CountingContext, 'client' | 'randomBytes'> & {
    settings: Pick<CountingContext['settings'], 'usageTableName'>;
  },
): Promise<Fingerprints> {
  const table = { client: context.client, tableName: context.settings.usageTableName };
  const secret = await new HashSecretStore(table).readOrMake(context.randomBytes(HASH_SECRET_BYTES));
  return new Fingerprints(secret);
}

/**
 * Makes a counter, and reads the table's hash secret for it (or makes the secret, at the first call ever).
 */
export async function buildCounter(
  context: CountingContext,
  windowRules: WindowRules = DEFAULT_WINDOW_RULES,
): Promise<MessageCounter> {
  const { settings, client, clock, waiting } = context;
  const ungathered = { client, tableName: settings.usageTableName };
  const table = {
    ...ungathered,
    reads: new GatheredReads(ungathered),
    writes: new GatheredWrites(ungathered),
  };
  const fingerprints = await buildFingerprints(context);
  const rules: CounterRules = { ...windowRules, counterRetentionDays: settings.counterRetentionDays };
  const counters = new DailyCounterStore(table);
  const channels = new ChannelStore(table);
  const windows = new ArchivedWindows(table);
  const totals = new TotalsStore(table, counters);
  const unconfirmed = new UnconfirmedCounters(table);
  const agreement = new SealedAgreement(new AuditReader(table), clock);
  const shared = { counters, windows, totals, agreement, unconfirmed, waiting, clock, rules };
  const activePeers = new ActivePeers(channels, (peerId) => fingerprints.proofKey(peerId));
  return new MessageCounter({
    days: new DayCounting({
      ...shared,
      starts: new ConversationStarts({ ...shared, conversations: new ConversationStore(table) }),
      activePeers,
    }),
    channels,
    activePeers,
    refused: new RefusedMessages(table, counters, windows, unconfirmed, waiting),
    fingerprints,
    waiting,
    clock,
  });
}
