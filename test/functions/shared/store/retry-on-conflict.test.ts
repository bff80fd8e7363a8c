import { expect, test } from 'vitest';
import { ContentionError } from '../../../../functions/shared/domain/errors.ts';
import { ConflictError } from '../../../../functions/shared/store/conflict.ts';
import { retryOnConflict } from '../../../../functions/shared/store/retry-on-conflict.ts';

/** Fails so many times, then does it; gives how it ended, and how often it was tried and waited. */
async function retried(failures: number, error: Error = new ConflictError('another was faster')) {
  let attempts = 0;
  const pauses: number[] = [];
  const waiting = {
    pause: async (milliseconds: number) => {
      pauses.push(milliseconds);
    },
    deadline: () => new Promise<void>(() => {}),
    random: () => 1,
  };
  const outcome = await retryOnConflict(waiting, async () => {
    attempts += 1;
    if (attempts <= failures) throw error;
    return 'done';
  }).catch((reason: unknown) => reason);
  return { outcome, attempts, pauses };
}

test('what others were in the way of is tried again, after pauses that grow', async () => {
  expect(await retried(3)).toEqual({ outcome: 'done', attempts: 4, pauses: [20, 40, 80] });
});

test('after twelve attempts it is given up, without a pause that nobody needs', async () => {
  const { outcome, attempts, pauses } = await retried(12);
  expect(outcome).toBeInstanceOf(ContentionError);
  expect([attempts, pauses.length]).toEqual([12, 11]);
});

test('what nobody else caused is not tried again', async () => {
  const error = new Error('out of order');
  expect(await retried(1, error)).toEqual({ outcome: error, attempts: 1, pauses: [] });
});
