import { expect, test } from 'vitest';
import { runRepeatedly } from '../../../../local/aws/schedule/repeated-runs.ts';
import { watchedLog } from '../../../support/service/test-dependencies.ts';

test('a job runs at once and time and again, after pauses that its runs decide, also after one that failed', async () => {
  const stopping = new AbortController();
  const done: string[] = [];
  const logged: string[] = [];
  await runRepeatedly(
    {
      name: 'the job',
      job: async (outOfTime) => {
        done.push('run');
        expect(outOfTime()).toBe(false);
        if (done.length === 1) throw new Error('the table is busy');
        return done.length;
      },
      pauseAfter: (run) => (run === undefined ? 5_000 : 1_000 * run),
      pause: async (milliseconds) => {
        done.push(`${milliseconds} ms`);
        if (done.length === 6) {
          stopping.abort();
          throw new Error('cut short');
        }
      },
      log: watchedLog(({ message }) => logged.push(message)),
    },
    stopping.signal,
  );
  expect(done).toEqual(['run', '5000 ms', 'run', '3000 ms', 'run', '5000 ms']);
  expect(logged).toEqual(['the job failed']);
});
