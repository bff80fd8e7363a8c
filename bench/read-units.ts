import { buildCounter } from '../functions/shared/counting/build-counter.ts';
import type { UserMessage } from '../functions/shared/domain/message.ts';
import { addDays, dayOf, startOf } from '../functions/shared/domain/utc-day.ts';
import { UsageReader } from '../functions/shared/store/usage-reader.ts';
import { takeDailySnapshot } from '../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { metered } from '../test/support/database/capacity.ts';
import { startTestDatabase } from '../test/support/database/database.ts';
import { testDependencies } from '../test/support/service/test-dependencies.ts';

// npm run bench:read-units: what the questions of the API cost, for a peer with four channels that are
// busy every day, after eight weeks.

const NOW = '2026-11-22T20:00:00.000Z';
const CHANNELS = ['integration_webchat', 'integration_slack', 'integration_email', 'direct'];
const DAYS = 56;
const MESSAGES_A_DAY = 60;

function messages(): UserMessage[] {
  const today = dayOf(Date.parse(NOW));
  return CHANNELS.flatMap((channelId) =>
    Array.from({ length: DAYS * MESSAGES_A_DAY }, (_, index) => ({
      peerId: 'peer_support',
      channelId,
      conversationId: `${channelId}-${Math.floor(index / 10)}`,
      messageId: `m-${index}`,
      sentAt: startOf(addDays(today, -(index % DAYS))) + 3_600_000 + index,
    })),
  );
}

const database = await startTestDatabase();
const dependencies = await testDependencies(database, NOW);
await (await buildCounter(dependencies)).count(messages());
await takeDailySnapshot(dependencies)({ scheduledAt: '2026-11-22T00:05:00Z' }, () => false);

const today = dayOf(Date.parse(NOW));
const questions = [
  { name: 'channel-stats, all-time', range: {} },
  { name: 'channel-stats, last 30 days', range: { from: addDays(today, -29), to: today } },
  { name: 'history, last 30 days', range: { from: addDays(today, -29), consistent: true } },
  { name: 'growth, 4 weeks', range: { from: addDays(today, -35), consistent: true } },
  { name: 'health, without its settings', range: { from: addDays(today, -29), consistent: true } },
];
for (const { name, range } of questions) {
  const meter = metered(database.client);
  const reader = new UsageReader({ client: meter.client, tableName: dependencies.settings.usageTableName });
  await reader.read('peer_support', today, range);
  process.stdout.write(`${meter.readUnits().toFixed(1).padStart(6)} read units  ${name}\n`);
}
await database.stop();
