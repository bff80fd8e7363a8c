import type { Waiting } from './waiting.ts';

/** What was waited for did not come in time. */
export class TimeRanOutError extends Error {
  override name = 'TimeRanOutError';
}

/**
 * What a task comes to, where it does in time. One that does not is left to itself.
 *
 * @throws TimeRanOutError; or what the task throws
 */
export async function inTime<Result>(
  waiting: Pick<Waiting, 'deadline'>,
  milliseconds: number,
  task: () => Promise<Result>,
): Promise<Result> {
  const ended = new AbortController();
  const ranOut = waiting.deadline(milliseconds, ended.signal).then(() => {
    throw new TimeRanOutError(`the time ran out after ${milliseconds} ms`);
  });
  try {
    // A task may throw before it waits for anything: then too somebody has to be there when the time is given up.
    return await Promise.race([(async () => task())(), ranOut]);
  } finally {
    ended.abort();
  }
}
