import { expect, test } from 'vitest';
import { OneAtATime } from '../../../../functions/shared/runtime/one-at-a-time.ts';

/** An action that ends when it is told to, and tells that it began. */
function action(began: string[], name: string) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return {
    start: () => {
      began.push(name);
      return promise;
    },
    end: () => resolve(name),
    fail: () => reject(new Error(name)),
  };
}

/** Lets everything happen that waits for nothing else. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test('things of one name happen one after the other, in their order', async () => {
  const turns = new OneAtATime();
  const began: string[] = [];
  const [a, b, c] = [action(began, 'a'), action(began, 'b'), action(began, 'c')];
  const results = Promise.all([a, b, c].map(({ start }) => turns.run('peer', start)));
  await settle();
  expect(began).toEqual(['a']);
  // One that could have ended earlier has its turn all the same.
  c.end();
  a.end();
  await settle();
  expect(began).toEqual(['a', 'b']);
  b.end();
  expect(await results).toEqual(['a', 'b', 'c']);
});

test('things of different names do not wait for one another', async () => {
  const turns = new OneAtATime();
  const began: string[] = [];
  const [a, b] = [action(began, 'a'), action(began, 'b')];
  const first = turns.run('one', a.start);
  const second = turns.run('other', b.start);
  b.end();
  expect(await second).toBe('b');
  a.end();
  expect(await first).toBe('a');
});

test('what fails does so for its own caller alone, and the next one has its turn', async () => {
  const turns = new OneAtATime();
  const began: string[] = [];
  const [a, b] = [action(began, 'a'), action(began, 'b')];
  const first = turns.run('peer', a.start);
  const second = turns.run('peer', b.start);
  a.fail();
  b.end();
  await expect(first).rejects.toThrow('a');
  expect(await second).toBe('b');
});

test('what comes once everything has ended begins at once', async () => {
  const turns = new OneAtATime();
  expect(await turns.run('peer', async () => 1)).toBe(1);
  expect(await turns.run('peer', async () => 2)).toBe(2);
});
