import { expect } from 'vitest';
import { buildCounter } from '../../../functions/shared/counting/build-counter.ts';
import { addDays, type UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import { DailyCounterStore } from '../../../functions/shared/store/daily-counter-store.ts';
import { TotalsStore } from '../../../functions/shared/store/totals-store.ts';
import { UsageReader } from '../../../functions/shared/store/usage-reader.ts';
import { takeDailySnapshot } from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { intercepted } from '../../support/database/intercepted-client.ts';
import { writesTotals } from '../../support/database/transactions.ts';
import { test } from '../../support/fixture.ts';
import { storedSnapshots } from '../../support/usage/stored-snapshots.ts';

// npm run bench:sealing does the same with 500 channels and 400 days, in processes that are really killed.

const RUN = { scheduledAt: '2026-11-22T00:05:00Z' };
const YESTERDAY = '2026-11-21';
/** The newest first, as they come when a history is imported. */
const DAYS = Array.from({ length: 30 }, (_, back) => addDays(YESTERDAY, -back));
const CHANNELS = ['c', 'd', 'e'];
const LIMITS = {
  ...{ countersPerTransaction: 4, countersPerPage: 8, countersPerTurn: 12 },
  ...{ manyCounters: 3, manyDays: 1 },
};
/** At which of its calls each run is killed before one is left to its end. */
const KILLED_AT = [1, 20, 19, 18, 21];

/** How often each channel was used on a day: neighbours differ. */
function figuresOf(day: UtcDay): [channelId: string, messages: number][] {
  return CHANNELS.map((channelId, index) => [channelId, 1 + ((Number(day.slice(-2)) + 2 * index) % 4)]);
}

test('a history that came with its newest days first is sealed right by runs of which five are killed', async ({
  dependencies,
  table,
}) => {
  const counter = await buildCounter(dependencies);
  for (const day of DAYS) {
    const sentAt = Date.parse(`${day}T12:00:00.000Z`);
    const messages = figuresOf(day).flatMap(([channelId, howMany]) =>
      Array.from({ length: howMany }, (_, number) => {
        const messageId = `${day} ${channelId} ${number}`;
        return { peerId: 'p', channelId, conversationId: messageId, messageId, sentAt };
      }),
    );
    await counter.count(messages);
  }
  const wanted = DAYS.toReversed().map((day) => [day, ...figuresOf(day)]);
  const all = DAYS.flatMap(figuresOf).reduce((sum, [, messages]) => sum + messages, 0);
  const settledBy: number[] = [];
  for (const killedAt of [...KILLED_AT, Number.POSITIVE_INFINITY]) {
    let calls = 0;
    let settlings = 0;
    const client = intercepted(dependencies.client, async (command, send) => {
      calls += 1;
      const answer =
        calls < killedAt || (calls === killedAt && killedAt % 2 === 0) ? await send() : undefined;
      // Some die before a call is made, others once it was made and before anybody has seen its answer.
      if (calls >= killedAt) throw new Error('the process is dead');
      settlings += writesTotals(command) ? 1 : 0;
      return answer;
    });
    const run = takeDailySnapshot({ ...dependencies, client }, LIMITS)(RUN, () => false);
    if (!Number.isFinite(killedAt)) expect(await run).toMatchObject({ peers: 1, leftOver: 0, failed: 0 });
    else await expect(run).rejects.toThrow();
    settledBy.push(settlings);
    const { days } = await new UsageReader(table).read('p', '2026-11-22', { from: '2026-01-01' });
    expect(days.reduce((sum, { messageCount }) => sum + messageCount, 0)).toBe(all);
  }
  expect(await storedSnapshots(table, 'p')).toEqual(wanted);
  const { completeThrough, channels } = await new TotalsStore(table, new DailyCounterStore(table)).read('p');
  expect(completeThrough).toBe(YESTERDAY);
  expect([...channels.values()].reduce((sum, { messageCount }) => sum + messageCount, 0)).toBe(all);
  // Each run goes on where the one before was killed: 90 counters take 30 transactions, as a page ends within a group of
  // four, and some were made of which nobody has seen the answer.
  expect(settledBy).toEqual([0, 4, 1, 2, 4, 16]);
});
