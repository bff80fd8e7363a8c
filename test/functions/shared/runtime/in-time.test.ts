import { expect, test } from 'vitest';
import { inTime, TimeRanOutError } from '../../../../functions/shared/runtime/in-time.ts';

/** A clock on which the time runs out when it is asked to, or which is given up when the task is over. */
function clock({ isOver = false } = {}) {
  const ended: boolean[] = [];
  return {
    ended,
    deadline: (_milliseconds: number, over: AbortSignal) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      if (isOver) resolve();
      over.addEventListener('abort', () => {
        ended.push(true);
        reject(new Error('given up'));
      });
      return promise;
    },
  };
}

test('what a task comes to is given, and nobody waits for the time any longer', async () => {
  const waiting = clock();
  expect(await inTime(waiting, 5, async () => 'done')).toBe('done');
  expect(waiting.ended).toEqual([true]);
});

test('a task that does not end in time is left to itself', async () => {
  await expect(inTime(clock({ isOver: true }), 5, () => new Promise(() => {}))).rejects.toThrow(
    TimeRanOutError,
  );
});

test('what a task throws before it waits for anything is thrown, and is all that is', async () => {
  const waiting = clock();
  const attempt = inTime(waiting, 5, () => {
    throw new Error('at once');
  });
  await expect(attempt).rejects.toThrow('at once');
  // A rejection that nobody handles would end the process; the tests watch for one.
  expect(waiting.ended).toEqual([true]);
});
