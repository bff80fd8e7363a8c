import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { buildCounter } from '../../../../functions/shared/counting/build-counter.ts';
import { DEFAULT_WINDOW_RULES } from '../../../../functions/shared/domain/daily-counter.ts';
import type { UserMessage } from '../../../../functions/shared/domain/message.ts';
import { DailyCounterStore } from '../../../../functions/shared/store/daily-counter-store.ts';
import { dailyCounterKey } from '../../../../functions/shared/store/items/daily-counter.ts';
import { areUnitsBilled, metered } from '../../../support/database/capacity.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { writesCounter } from '../../../support/database/transactions.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { NOW } from '../../../support/service/test-service.ts';

const PLACE = { peerId: 'p', channelId: 'c', channelNumber: 1, day: NOW.slice(0, 10) };

function message(messageId: string, changes: Partial<UserMessage> = {}): UserMessage {
  const sentAt = Date.parse(NOW) - 60_000;
  return { peerId: 'p', channelId: 'c', conversationId: 'k', messageId, sentAt, ...changes };
}

function messages(name: string, amount: number): UserMessage[] {
  return Array.from({ length: amount }, (_, index) => message(`${name}${index}`));
}

const test = fixture
  .extend(
    'stored',
    ({ table }) =>
      () =>
        new DailyCounterStore(table).read(PLACE),
  )
  .extend('count', ({ dependencies }) => async (given: readonly UserMessage[]) => {
    const outcomes = await (await buildCounter(dependencies)).count(given);
    return outcomes.map(({ kind }) => kind);
  })
  /**
   * Counts messages, while others are counted just before each of its first writes of the counter.
   *
   * @returns what became of them, and the calls from the first refused write on
   */
  .extend('countBehind', ({ dependencies }) => {
    return async (given: readonly UserMessage[], ...before: (() => Promise<unknown>)[]) => {
      const calls: string[] = [];
      let isRefused = false;
      const meter = metered(dependencies.client);
      const client = intercepted(meter.client, async (command, send) => {
        if (isRefused) calls.push(command.constructor.name);
        if (!writesCounter(command)) return send();
        await before.shift()?.();
        return send().catch((error: unknown) => {
          isRefused = true;
          throw error;
        });
      });
      const outcomes = await (await buildCounter({ ...dependencies, client })).count(given);
      return { kinds: outcomes.map(({ kind }) => kind), calls, writeUnits: meter.writeUnits() };
    };
  });

describe('who is refused because others have counted meanwhile', () => {
  test('needs one write more, and no read', async ({ count, countBehind, stored }) => {
    await count([message('opens')]);
    const { kinds, calls, writeUnits } = await countBehind(
      [message('m', { conversationId: 'new' })],
      () => count([message('n')]),
      () => count([message('o')]),
    );
    expect(kinds).toEqual(['counted']);
    expect(calls).toEqual(['UpdateCommand', 'UpdateCommand']);
    // Beside those that were refused: the conversation, and the counter.
    if (areUnitsBilled) expect(writeUnits).toBe(2);
    expect(await stored()).toMatchObject({ messageCount: 4, conversationCount: 2 });
  });

  test('leaves out what the others have counted', async ({ count, countBehind, stored }) => {
    await count([message('opens')]);
    const both = [message('m', { conversationId: 'new' }), message('n', { conversationId: 'new' })];
    const { kinds, calls } = await countBehind(both, () => count(both.slice(0, 1)));
    expect(kinds).toEqual(['duplicate', 'counted']);
    expect(calls).toEqual(['UpdateCommand']);
    expect(await stored()).toMatchObject({ messageCount: 3, conversationCount: 2 });
  });

  test('writes nothing where the others have counted all', async ({ count, countBehind, stored }) => {
    await count([message('opens')]);
    const { kinds, calls } = await countBehind([message('m')], () => count([message('m')]));
    expect([kinds, calls]).toEqual([['duplicate'], []]);
    expect(await stored()).toMatchObject({ messageCount: 2, conversationCount: 1 });
  });

  test('looks in one read into the window that was archived meanwhile', async ({
    count,
    countBehind,
    stored,
  }) => {
    await count([message('opens')]);
    const full = messages('n', DEFAULT_WINDOW_RULES.windowCapacity);
    const { kinds, calls } = await countBehind([message('n7'), message('m')], () => count(full));
    expect(kinds).toEqual(['duplicate', 'counted']);
    expect(calls).toEqual(['TransactGetCommand', 'UpdateCommand']);
    expect(await stored()).toMatchObject({ messageCount: full.length + 2 });
  });

  test('finds what is in windows that several others have archived', async ({
    count,
    countBehind,
    stored,
  }) => {
    await count([message('opens')]);
    const full = messages('n', 100);
    const fuller = messages('o', 100);
    const { kinds } = await countBehind([message('n7'), message('o7'), message('m')], async () => {
      await count(full);
      await count(fuller);
    });
    expect(kinds).toEqual(['duplicate', 'duplicate', 'counted']);
    expect(await stored()).toMatchObject({ messageCount: 202 });
  });

  test('notes for how long it waited, and archives no window that is not full', async ({
    dependencies,
    count,
    countBehind,
    stored,
  }) => {
    await count(messages('a', 80));
    const later = (milliseconds: number) => async () => {
      await count([message(`b${milliseconds}`)]);
      dependencies.setClock(new Date(dependencies.clock() + milliseconds).toISOString());
    };
    await countBehind(messages('c', 80), later(100), later(300));
    const { window, archive, waitedMs } = await stored();
    expect([window?.fingerprints.length, archive.windows]).toEqual([162, 0]);
    expect(waitedMs).toBe(75);
    // Once nobody waits, it is as before.
    for (let number = 0; number < 20; number += 1) await count([message(`d${number}`)]);
    expect(await stored()).not.toHaveProperty('waitedMs');
    expect((await stored()).archive.windows).toBe(1);
  });
});

describe('who is refused because something else has changed the counter', () => {
  test('decides anew where its conversation was taken over meanwhile', async ({
    count,
    countBehind,
    stored,
  }) => {
    await count([message('opens')]);
    const first = message('m', { conversationId: 'new' });
    const other = message('n', { conversationId: 'new', sentAt: first.sentAt + 1 });
    // The marker names the first, which is not counted yet: whoever counts the other takes the conversation over.
    const { kinds } = await countBehind([first], async () => {
      expect(await count([other])).toEqual(['counted']);
    });
    expect(kinds).toEqual(['counted']);
    expect(await stored()).toMatchObject({ messageCount: 3, conversationCount: 2 });
  });

  test('begins anew where an earlier version of the service has changed it', async ({
    count,
    countBehind,
    stored,
    table,
  }) => {
    await count([message('opens')]);
    const { kinds, calls } = await countBehind([message('m')], async () => {
      await table.client.send(
        new UpdateCommand({
          TableName: table.tableName,
          Key: dailyCounterKey(PLACE),
          UpdateExpression: 'SET #version = #version + :one',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':one': 1 },
        }),
      );
    });
    expect(kinds).toEqual(['counted']);
    expect(calls).toContain('GetCommand');
    expect(await stored()).toMatchObject({ messageCount: 2, version: 3 });
  });

  test('looks whether the day is sealed where it has ended meanwhile', async ({
    dependencies,
    count,
    countBehind,
    stored,
  }) => {
    await count([message('opens')]);
    const { kinds, calls } = await countBehind([message('m')], async () => {
      await count([message('n')]);
      dependencies.setClock('2030-01-01T00:00:00.000Z');
    });
    expect(kinds).toHaveLength(1);
    expect(calls).toContain('GetCommand');
    expect((await stored()).messageCount).toBeGreaterThanOrEqual(2);
  });
});

test('fifteen counters at once count everything once, and give nothing back', async ({
  count,
  dependencies,
  stored,
}) => {
  // Who starts the conversation is another question: without pauses, as here, some would take it from one another for long.
  expect(await count([message('first')])).toEqual(['counted']);
  const counters = await Promise.all(Array.from({ length: 15 }, () => buildCounter(dependencies)));
  // Each message comes to two of them.
  const outcomes = await Promise.all(
    counters.map((counter, index) =>
      counter.count([...messages(`m${index}-`, 12), ...messages(`m${(index + 1) % 15}-`, 12)]),
    ),
  );
  const kinds = Map.groupBy(outcomes.flat(), ({ kind }) => kind);
  expect([...kinds].map(([kind, all]) => [kind, all.length]).sort()).toEqual([
    ['counted', 180],
    ['duplicate', 180],
  ]);
  expect(await stored()).toMatchObject({ messageCount: 181, conversationCount: 1 });
});
