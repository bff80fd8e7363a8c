import { buildCounter } from '../../../functions/shared/counting/build-counter.ts';
import { inBatches } from '../../../functions/shared/domain/in-batches.ts';
import type { UserMessage } from '../../../functions/shared/domain/message.ts';
import { dayOf, type UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import { systemEffects } from '../../../functions/shared/runtime/dependencies.ts';
import {
  DEFAULT_COUNTER_RETENTION_DAYS,
  DEFAULT_MESSAGE_RETENTION_DAYS,
} from '../../../functions/shared/runtime/settings.ts';
import { withUsageTable } from '../../../tools/support/usage-data.ts';

const BATCH_SIZE = 5_000;

/**
 * Counts messages into the tables of a local host, as count-messages counts them. They are not recorded one by one: that
 * would take minutes.
 *
 * @param dataFolder the host's, which may run meanwhile
 * @param messagesOf the messages, by the day on which they are counted
 */
export async function countIntoHost(
  dataFolder: string,
  messagesOf: (today: UtcDay) => readonly UserMessage[],
): Promise<void> {
  const effects = systemEffects();
  await withUsageTable({ data: dataFolder }, async ({ client, tableName }) => {
    const settings = {
      usageTableName: tableName,
      messageRetentionDays: DEFAULT_MESSAGE_RETENTION_DAYS,
      counterRetentionDays: DEFAULT_COUNTER_RETENTION_DAYS,
    };
    const counter = await buildCounter({ settings, client, ...effects });
    for (const batch of inBatches(messagesOf(dayOf(effects.clock())), BATCH_SIZE)) {
      const outcomes = await counter.count(batch);
      const lost = outcomes.find(({ kind }) => kind !== 'counted' && kind !== 'duplicate');
      if (lost !== undefined) throw new Error('a message was not counted', { cause: lost });
    }
  });
}
