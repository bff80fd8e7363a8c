import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { countMessages } from '../../functions/shared/counting/count-messages.ts';
import { channelStats, INCLUDABLE_CHANNELS } from '../../functions/shared/domain/channel-stats.ts';
import type { WindowRules } from '../../functions/shared/domain/daily-counter.ts';
import { ContentionError } from '../../functions/shared/domain/errors.ts';
import { DEPLOYED_RHYTHM } from '../../functions/shared/domain/heartbeat.ts';
import { dayOf, EARLIEST_DAY, type EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import type { Dependencies } from '../../functions/shared/runtime/dependencies.ts';
import { UsageReader } from '../../functions/shared/store/usage-reader.ts';
import { laneOf } from '../../functions/shared/store/usage-table.ts';
import type { SealingLimits } from '../../functions/take-daily-snapshot/peer-sealer.ts';
import { takeDailySnapshot } from '../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { RETENTION_DAYS } from '../faults/history.ts';
import { countersIn, nameOf, visibleIn } from '../faults/stored-figures.ts';
import { checkBetween, checkDays, expectEqual, sums, sumsByDay, type Truth } from '../faults/truth.ts';
import { watchedLog } from '../support/service/test-dependencies.ts';
import { DIED, type Process, type Role, type Stage } from './actor.ts';
import { type SharedStore, USAGE_TABLE_NAME } from './shared-store.ts';

/** The one peer of every scenario. */
export const PEER = 'p';

const COUNTER_RETENTION_DAYS = 460;
/** So often at most a batch is delivered: one fault needs one delivery more. */
const MOST_DELIVERIES = 4;

/** What functions of the service work with here. */
export function dependenciesOf(
  { client, waiting }: Pick<Process, 'client' | 'waiting'>,
  now: EpochMillis,
  secretByte = 1,
): Dependencies {
  return {
    settings: {
      messagesTableName: 'messages',
      usageTableName: USAGE_TABLE_NAME,
      messageRetentionDays: RETENTION_DAYS,
      counterRetentionDays: COUNTER_RETENTION_DAYS,
      heartbeats: DEPLOYED_RHYTHM,
      metricNamespace: 'Test',
    },
    client,
    clock: () => now,
    waiting,
    randomBytes: (length) => new Uint8Array(length).fill(secretByte),
    log: watchedLog(),
    publishMetrics: () => {},
  };
}

/** What counters have in common. */
export interface Counting {
  now: EpochMillis;
  rules: WindowRules;
  /** Of which the secret is made by whoever counts first. */
  secretByte?: number;
}

/**
 * A counter: its batches are delivered to it, each until it is acknowledged. A process lives on from one delivery to the
 * next, unless it dies.
 */
export function counterRole(
  name: string,
  batches: readonly (readonly DynamoDBRecord[])[],
  { now, rules, secretByte = 1 }: Counting,
): Role {
  async function play({ newProcess, remember, hadFault }: Stage): Promise<void> {
    const start = () => {
      const process = newProcess();
      return { process, handler: countMessages(dependenciesOf(process, now, secretByte), rules) };
    };
    let { process, handler } = start();
    for (const [number, batch] of batches.entries()) {
      let left = [...batch];
      for (let deliveries = 1; left.length > 0; deliveries += 1) {
        if (deliveries > MOST_DELIVERIES) throw new Error('a batch is delivered again and again');
        remember(`${number} ${deliveries} ${left.map(({ eventID }) => eventID).join()}`);
        try {
          const { batchItemFailures } = await Promise.race([handler({ Records: left }), process.died]);
          left = leftOf(left, batchItemFailures[0]?.itemIdentifier);
        } catch (error) {
          if (error !== DIED) throw error;
          ({ process, handler } = start());
        }
        if (left.length > 0 && !hadFault()) throw new Error('a batch comes again, and nothing was wrong');
      }
    }
  }
  const sequence = batches.map((batch) => batch.map(({ eventID }) => eventID).join());
  return {
    name,
    program: `counter ${secretByte} ${sequence.join(' ')}`,
    mayDie: true,
    isPassive: false,
    play,
  };
}

/** What of a batch comes again. */
function leftOf(batch: readonly DynamoDBRecord[], first: string | undefined): DynamoDBRecord[] {
  if (first === undefined) return [];
  const index = batch.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === first);
  if (index < 0) throw new Error('a record is to come again that was not delivered');
  return batch.slice(index);
}

/** A run of the snapshot job, which nobody begins anew where it fails. */
export function sealerRole(name: string, now: EpochMillis, limits: SealingLimits): Role {
  async function play({ newProcess, hadFault }: Stage): Promise<void> {
    const process = newProcess();
    const sealing = sealOnce(process, now, limits);
    const failed = await Promise.race([sealing, process.died]).catch((error: unknown) => {
      if (hadFault()) return 0;
      throw error;
    });
    if (failed > 0 && !hadFault()) throw new Error('a peer was not sealed, and nothing was wrong');
  }
  return { name, program: 'sealer', mayDie: true, isPassive: false, play };
}

/** Seals what can be sealed. @returns how many peers could not be. @throws Error where figures seemed inconsistent */
export async function sealOnce(
  process: Pick<Process, 'client' | 'waiting'>,
  now: EpochMillis,
  limits: SealingLimits,
): Promise<number> {
  const job = takeDailySnapshot(dependenciesOf(process, now), limits);
  const scheduledAt = new Date(now).toISOString();
  const { failed, inconsistent } = await job({ scheduledAt, lanes: [laneOf(PEER)] }, () => false);
  if (inconsistent > 0)
    throw new InconsistentError('sealing says that stored figures contradict one another');
  return failed;
}

/** What nothing may lead to, a fault neither. */
class InconsistentError extends Error {
  override name = 'InconsistentError';
}

/** Reads as `channel-stats` does, and then as `history` does, and holds what it is given to what it may be. */
export function readerRole(name: string, now: EpochMillis, store: SharedStore): Role {
  const today = dayOf(now);
  async function play(stage: Stage): Promise<void> {
    const { client } = stage.newProcess();
    const reader = new UsageReader({ client, tableName: USAGE_TABLE_NAME });
    const before = await stage.look(() => visibleTruth(store));
    const stats = await reader.read(PEER, today).catch(ifBusy);
    if (stats !== undefined) {
      // What is read without asking for consistency may be older than the question.
      const least = stage.wasGivenStale() ? new Map() : sums(before, PEER, {});
      const answer = channelStats(stats, { include: new Set(INCLUDABLE_CHANNELS) });
      checkBetween(answer, least, sums(truthOf(store), PEER, {}));
      expectEqual(
        'the total of channel-stats',
        answer.total.messageCount,
        answer.channels.reduce((sum, { messageCount }) => sum + messageCount, 0),
      );
    }
    const asked = await stage.look(() => visibleTruth(store));
    const usage = await reader.read(PEER, today, { from: EARLIEST_DAY, consistent: true }).catch(ifBusy);
    if (usage !== undefined) checkDays(usage, sumsByDay(asked, PEER), sumsByDay(truthOf(store), PEER));
  }
  return { name, program: 'reader', mayDie: false, isPassive: true, play };
}

/** All that was counted. */
function truthOf(store: SharedStore): Truth {
  return new Map(countersIn(store.items()).map((entry) => [nameOf(entry), entry]));
}

/** What whoever reads from now on has to see. */
function visibleTruth(store: SharedStore): Truth {
  const items = store.itemsRelied();
  return visibleIn(items, new Map(countersIn(items).map((entry) => [nameOf(entry), entry])));
}

function ifBusy(error: unknown): undefined {
  if (!(error instanceof ContentionError)) throw error;
}

/** A process that nothing happens to. */
export function undisturbed(client: DynamoDBDocumentClient): Pick<Process, 'client' | 'waiting'> {
  return {
    client,
    waiting: { pause: async () => {}, deadline: () => new Promise(() => {}), random: () => 0.5 },
  };
}

/** Where everything that somebody does is done at once. */
export function undisturbedStage(client: DynamoDBDocumentClient): Stage {
  return {
    newProcess: () => ({ ...undisturbed(client), died: new Promise(() => {}) }),
    remember: () => {},
    look: async (look) => look(),
    hadFault: () => false,
    wasGivenStale: () => false,
  };
}
