import { addDays, type UtcDay } from '../functions/shared/domain/utc-day.ts';
import { UsageReader } from '../functions/shared/store/usage-reader.ts';
import { metered } from '../test/support/database/capacity.ts';
import { startTestDatabase } from '../test/support/database/database.ts';
import { DailyLife, PEER } from './daily-life.ts';
import { LargePeer } from './large-peer.ts';

// npm run bench:read-units: what the questions of the API cost in read units, each ending with today, for a peer with
// four busy channels after eight weeks that were counted as they passed and sealed every night, and, behind the slash,
// for one whose days were all imported today.

const CHANNELS = 4;
const MESSAGES_A_DAY = 60;
const TODAY = '2026-11-22';

/** What each question reads. */
const QUESTIONS: Readonly<Record<string, { from?: UtcDay; to?: UtcDay; consistent?: boolean }>> = {
  'channel-stats, all-time': {},
  'channel-stats, last 30 days': { from: addDays(TODAY, -29), to: TODAY },
  'history, last 30 days': { from: addDays(TODAY, -29), consistent: true },
  'growth, 4 weeks': { from: addDays(TODAY, -35), consistent: true },
  'health, without its settings': { from: addDays(TODAY, -29), consistent: true },
  'report of a month, beside the one before': { from: '2026-10-01', consistent: true },
};

/** The read units that each question costs, by its name. */
export async function readUnitsByQuestion(life: DailyLife): Promise<Record<string, number>> {
  const units: Record<string, number> = {};
  for (const [name, range] of Object.entries(QUESTIONS)) {
    const meter = metered(life.dependencies.client);
    const reader = new UsageReader({
      client: meter.client,
      tableName: life.dependencies.settings.usageTableName,
    });
    await reader.read(PEER, TODAY, range);
    units[name] = meter.readUnits();
  }
  return units;
}

if (import.meta.main) {
  const database = await startTestDatabase();
  const first = addDays(TODAY, -56);
  const passed = await DailyLife.begin(database, CHANNELS, MESSAGES_A_DAY);
  await passed.live(first, addDays(TODAY, -1));
  await passed.count(TODAY);
  const imported = await DailyLife.begin(database, CHANNELS, MESSAGES_A_DAY);
  for (let day = first; day <= TODAY; day = addDays(day, 1)) await imported.count(day);
  imported.dependencies.setClock(`${TODAY}T12:05:00.000Z`);
  await imported.seal(addDays(TODAY, -1));
  const [asPassed, asImported] = [await readUnitsByQuestion(passed), await readUnitsByQuestion(imported)];
  for (const [name, units] of Object.entries(asPassed)) {
    const both = [units, asImported[name] ?? 0].map((number) => number.toFixed(1)).join(' / ');
    process.stdout.write(`${name.padEnd(58)} ${both}\n`);
  }
  const large = await LargePeer.store(database, 200, 391);
  for (const [name, range] of [
    ['channel-stats of 391 days', large.range],
    ['weekly history of 391 days', { from: large.range.from, consistent: true }],
  ] as const) {
    const { units, calls, ms } = await large.read(range);
    process.stdout.write(`${units} read units, ${calls} calls, ${ms} ms, 200 channels: ${name}\n`);
  }
  await database.stop();
}
