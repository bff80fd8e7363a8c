import { buildCounter } from '../../../functions/shared/counting/build-counter.ts';
import { dayOf, EARLIEST_DAY } from '../../../functions/shared/domain/utc-day.ts';
import {
  DEFAULT_COUNTER_RETENTION_DAYS,
  DEFAULT_MESSAGE_RETENTION_DAYS,
} from '../../../functions/shared/runtime/settings.ts';
import { PeerDirectoryStore } from '../../../functions/shared/store/peer-directory-store.ts';
import { UsageReader } from '../../../functions/shared/store/usage-reader.ts';
import { takeDailySnapshot } from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import type { CounterKind, Figures } from './any-counter.ts';

/** No schedule has as many peers. */
const MOST_PEERS = 1_000;

/** The service's own counter, read as the API reads it. */
export const ourCounter: CounterKind = {
  name: 'this service',
  async setUp(database) {
    const { usageTableName } = await database.createTables();
    const settings = {
      usageTableName,
      messageRetentionDays: DEFAULT_MESSAGE_RETENTION_DAYS,
      counterRetentionDays: DEFAULT_COUNTER_RETENTION_DAYS,
    };
    return async (process) => {
      const counter = await buildCounter({ ...process, client: process.documents, settings });
      const table = { client: process.documents, tableName: usageTableName };
      return {
        async deliver(batch) {
          const outcomes = await counter.count(batch);
          return batch.filter((_, index) => outcomes[index]?.kind === 'failed');
        },
        async runJob() {
          const scheduledAt = new Date(process.clock()).toISOString();
          await takeDailySnapshot({
            ...process,
            client: process.documents,
            settings,
            log: { info() {}, warn() {}, error() {} },
            publishMetrics() {},
          })({ scheduledAt }, () => false);
        },
        async read() {
          const figures: Figures = new Map();
          const reader = new UsageReader(table);
          const today = dayOf(process.clock());
          const peers = await new PeerDirectoryStore(table).list({ prefix: '', limit: MOST_PEERS });
          for (const { peerId } of peers) {
            const { days } = await reader.read(peerId, today, { from: EARLIEST_DAY, consistent: true });
            for (const { channelId, day, messageCount, conversationCount } of days) {
              const place = [peerId, channelId, day].join('\n');
              figures.set(place, { messages: messageCount, conversations: conversationCount });
            }
          }
          return figures;
        },
      };
    };
  },
};
