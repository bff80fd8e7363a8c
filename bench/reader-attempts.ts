import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { buildCounter } from '../functions/shared/counting/build-counter.ts';
import { addDays, startOf } from '../functions/shared/domain/utc-day.ts';
import { UsageReader } from '../functions/shared/store/usage-reader.ts';
import { takeDailySnapshot } from '../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { Scheduler } from '../test/faults/scheduler.ts';
import { startTestDatabase, type TestDatabase } from '../test/support/database/database.ts';
import { intercepted } from '../test/support/database/intercepted-client.ts';
import { Random } from '../test/support/random.ts';
import { DailyLife, PEER } from './daily-life.ts';

// npm run bench:reader-attempts: how often a reader begins anew while late messages of its peer are counted without a
// pause, and days are sealed beside that.

const TODAY = '2026-11-22';
const READERS = 3;
const READS = 20;

/**
 * Lets readers read a peer while others count late messages of it, one after the other and without a pause, and seal
 * its days. Every call of DynamoDB is one step, in an order that follows from the seed: a read and a transaction take
 * as long as one another, on average, which is harder than it is in DynamoDB.
 *
 * @param counters how many count late messages at a time
 * @returns how many attempts each read took
 */
export async function attemptsUnderLoad(
  database: TestDatabase,
  seed: number,
  counters: number,
): Promise<number[]> {
  const random = new Random(seed);
  const scheduler = new Scheduler(random);
  const life = await DailyLife.begin(database, 3, 1);
  await life.live(addDays(TODAY, -3), addDays(TODAY, -2));
  await life.count(addDays(TODAY, -1));
  life.dependencies.setClock(`${TODAY}T12:00:00.000Z`);
  const inTurns = (client: DynamoDBDocumentClient) =>
    intercepted(client, (command, send) => scheduler.step(command.constructor.name, send));
  const dependencies = {
    ...life.dependencies,
    client: inTurns(life.dependencies.client),
    waiting: {
      ...life.dependencies.waiting,
      pause: () => scheduler.step('a pause ends', () => {}),
      random: () => random.next(),
    },
  };
  let reading = READERS;
  const attempts: number[] = [];
  const read = async () => {
    for (let round = 0; round < READS; round += 1) {
      let tried = 0;
      const client = intercepted(dependencies.client, (command, send) => {
        const from = command instanceof QueryCommand && command.input.ExpressionAttributeValues?.[':from'];
        // One query of months an attempt.
        if (String(from).startsWith('MONTH#')) tried += 1;
        return send();
      });
      const table = { client, tableName: dependencies.settings.usageTableName };
      await new UsageReader(table).read(PEER, TODAY, { from: addDays(TODAY, -20), consistent: true });
      attempts.push(tried);
    }
    reading -= 1;
  };
  const countLate = async (number: number) => {
    const counter = await buildCounter(dependencies);
    for (let round = 0; reading > 0; round += 1) {
      const day = addDays(TODAY, -random.integer(2, 12));
      const channelId = random.pick(life.channelIds);
      const messageId = `late-${number}-${round}`;
      const sentAt = startOf(day) + round;
      await counter.count([{ peerId: PEER, channelId, conversationId: `late-${number}`, messageId, sentAt }]);
    }
  };
  const seal = async () => {
    const scheduledAt = `${TODAY}T12:05:00.000Z`;
    while (reading > 0) await takeDailySnapshot(dependencies)({ scheduledAt }, () => false);
  };
  await scheduler.run(
    Promise.all([
      ...Array.from({ length: READERS }, read),
      ...Array.from({ length: counters }, (_, number) => countLate(number)),
      seal(),
    ]),
  );
  return attempts;
}

if (import.meta.main) {
  const database = await startTestDatabase();
  for (const counters of [1, 2, 4, 8]) {
    const all: number[] = [];
    for (let seed = 1; seed <= 10; seed += 1)
      all.push(...(await attemptsUnderLoad(database, seed, counters)));
    const shares = [...Map.groupBy(all, (attempts) => attempts)]
      .sort(([a], [b]) => a - b)
      .map(([attempts, reads]) => `${attempts}: ${((100 * reads.length) / all.length).toFixed(1)}%`);
    process.stdout.write(
      `${counters} at a time count late messages, ${all.length} reads, attempts ${shares.join(', ')}\n`,
    );
  }
  await database.stop();
}
