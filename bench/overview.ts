import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { overviewAnswer } from '../functions/shared/domain/overview.ts';
import { addDays, dayOf } from '../functions/shared/domain/utc-day.ts';
import { ROUTES } from '../functions/shared/http/routes.ts';
import { mapConcurrently } from '../functions/shared/runtime/concurrency.ts';
import { ChannelStore } from '../functions/shared/store/channel-store.ts';
import { metered } from '../test/support/database/capacity.ts';
import { startTestDatabase } from '../test/support/database/database.ts';
import { call } from '../test/support/service/http-events.ts';
import { testDependencies } from '../test/support/service/test-dependencies.ts';
import { testService } from '../test/support/service/test-service.ts';
import { itemsOf } from './large-peer.ts';

// npm run bench:overview: what pages of the overview cost of a thousand peers, each with four channels that were used on
// all of the last sixty days, as read units, calls and seconds, on the embedded database.

const PEERS = 1_000;
const CHANNELS = 4;
const DAYS = 60;
const NOW = '2026-11-22T12:00:00.000Z';

const database = await startTestDatabase();
const plain = await testDependencies(database, NOW);
const { usageTableName } = plain.settings;
const first = addDays(dayOf(Date.parse(NOW)), -DAYS);
const channels = new ChannelStore({ client: plain.client, tableName: usageTableName });
const peerIds = Array.from({ length: PEERS }, (_, number) => `peer_${String(number).padStart(4, '0')}`);
await mapConcurrently(peerIds, 16, async (peerId) => {
  await channels.raiseLastActiveDay(peerId, dayOf(Date.parse(NOW)), Uint8Array.from([1]));
  for (const item of itemsOf(peerId, CHANNELS, first)) {
    await plain.client.send(new PutCommand({ TableName: usageTableName, Item: item }));
  }
});

const meter = metered(plain.client);
const service = testService({ ...plain, client: meter.client });
const key = await service.addKey('reader');

async function page(name: string, query: string): Promise<string> {
  const calls = () => [...meter.calls.values()].reduce((sum, number) => sum + number, 0);
  const before = { units: meter.readUnits(), calls: calls(), at: performance.now() };
  const { body } = await call(service.usageApi, { route: ROUTES.getOverview, key, query });
  const seconds = ((performance.now() - before.at) / 1_000).toFixed(2);
  const { peers, cursor } = overviewAnswer.parse(body);
  const units = (meter.readUnits() - before.units).toFixed(1);
  process.stdout.write(
    `${name.padEnd(34)} ${peers.length} rows, ${units} read units, ${calls() - before.calls} calls, ${seconds} s\n`,
  );
  return cursor ?? '';
}

await page('by name, the first one', 'sort=name&limit=50');
await page('by name, again', 'sort=name&limit=50');
const next = await page('by attention, the first one', 'limit=50');
await page('by attention, the next one', `limit=50&cursor=${next}`);
await page('by attention, the first one again', 'limit=50');
service.setClock('2026-11-22T12:01:00.000Z');
await page('by attention, a minute later', 'limit=50');
await database.stop();
