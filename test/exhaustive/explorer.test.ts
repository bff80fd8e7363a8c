import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { clientOf } from '../support/database/in-memory/in-memory-dynamodb.ts';
import type { Role, Stage } from './actor.ts';
import { Explorer, type Scope, type World } from './explorer.ts';
import { SharedStore, USAGE_TABLE_NAME as TableName } from './shared-store.ts';

const Key = { pk: 'p', sk: 's' };

type Steps = (client: ReturnType<Stage['newProcess']>['client']) => Promise<void>;

/** Somebody who takes steps, and gives up where a call fails. */
function role(name: string, steps: Steps, program = name): Role {
  const play = async ({ newProcess }: Stage) => {
    const { client, died } = newProcess();
    await Promise.race([steps(client), died]).catch(() => {});
  };
  return { name, program, mayDie: true, isPassive: false, play };
}

/** Adds one by what was read before, without a condition: it loses what others add meanwhile. */
const addCarelessly: Steps = async (client) => {
  const { Item: item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
  await client.send(
    new UpdateCommand({
      ...{ TableName, Key, UpdateExpression: 'SET amount = :amount' },
      ExpressionAttributeValues: { ':amount': Number(item?.['amount'] ?? 0) + 1 },
    }),
  );
};

/** Adds one. */
const add: Steps = async (client) => {
  await client.send(
    new UpdateCommand({
      ...{ TableName, Key, UpdateExpression: 'ADD amount :one', ExpressionAttributeValues: { ':one': 1 } },
    }),
  );
};

/** Reads one item after another, all of them others than those of everybody else. */
function read(name: string, amount: number): Steps {
  return async (client) => {
    for (let number = 0; number < amount; number += 1) {
      const key = { pk: name, sk: String(number) };
      await client.send(
        new UpdateCommand({
          TableName,
          Key: key,
          UpdateExpression: 'SET x = :x',
          ExpressionAttributeValues: { ':x': 1 },
        }),
      );
    }
  };
}

function explore(roles: Role[], scope: Scope, expected?: number) {
  const store = new SharedStore();
  const world: World = {
    store,
    roles,
    check: async () => {},
    async checkEnd() {
      const amount = store.items().find(({ pk }) => pk === 'p')?.['amount'] ?? 0;
      if (expected !== undefined && amount !== expected) throw new Error(`${amount} instead of ${expected}`);
    },
  };
  return new Explorer(world, scope).explore();
}

test('every order of steps is tried within the preemptions that there may be', async () => {
  const roles = () => [role('a', read('a', 2)), role('b', read('b', 2))];
  const counts = [];
  for (const preemptions of [0, 1, 2]) {
    counts.push((await explore(roles(), { preemptions, faults: 0 })).schedules);
  }
  // Of six orders, two have no preemption (aabb, bbaa), two have one (abba, baab), two have two (abab, baba).
  expect(counts).toEqual([2, 4, 6]);
});

test('orders of steps that lead to the same are followed once', async () => {
  const roles = ['a', 'b', 'c'].map((name) => role(name, read(name, 4)));
  const { schedules, executed } = await explore(roles, { preemptions: 9, faults: 0 });
  // 12! / 4!^3 orders.
  expect(schedules).toBe(34_650);
  expect(executed).toBeLessThan(5_000);
});

test('an update that loses another one is found with one preemption, in the shortest schedule', async () => {
  const roles = () => [role('a', addCarelessly), role('b', addCarelessly)];
  expect((await explore(roles(), { preemptions: 0, faults: 0 }, 2)).violation).toBeUndefined();
  const { violation } = await explore(roles(), { preemptions: 1, faults: 0 }, 2);
  expect(violation?.problem).toBe('1 instead of 2');
  expect(violation?.steps).toHaveLength(4);
});

test('what is shown of something wrong is the shortest schedule of all', async () => {
  // Who comes last in depth is the first to be wrong.
  const roles = ['a', 'b', 'c'].map((name) => role(name, read(name, 3)));
  const store = new SharedStore();
  const isWrong = () => store.items().filter(({ pk }) => pk === 'c').length === 3;
  const world: World = {
    store,
    roles,
    async check() {
      if (isWrong()) throw new Error('c is over');
    },
    async checkEnd() {},
  };
  const { violation } = await new Explorer(world, { preemptions: 2, faults: 0 }).explore();
  expect(violation?.steps.map((step) => step.slice(0, 1))).toEqual(['c', 'c', 'c']);
});

test('actors that do the same are told apart by nothing', async () => {
  const same = [role('a', addCarelessly, 'same'), role('b', addCarelessly, 'same')];
  const { schedules } = await explore(same, { preemptions: 0, faults: 0 });
  expect(schedules).toBe(1);
});

test.for([
  ['repeated', 2],
  ['refused', 0],
  ['lost', 1],
  ['crash', 0],
] as const)('a call that is %s leaves %i behind', async ([kind, amount]) => {
  const found = await explore([role('a', add)], { preemptions: 0, faults: 1 }, -1);
  expect(found.violation).toBeDefined();
  const store = new SharedStore();
  const client = clientOf(async (command) => {
    store.apply(store.foresee(command, { kind }));
    return {};
  });
  await add(client);
  expect(store.items().map((item) => item['amount'])).toEqual(amount === 0 ? [] : [amount]);
});

test('the same world is explored in the same way again', async () => {
  const once = () => explore([role('a', addCarelessly), role('b', add)], { preemptions: 2, faults: 1 });
  expect(await once()).toEqual(await once());
});
