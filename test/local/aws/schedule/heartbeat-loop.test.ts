import { expect, test } from 'vitest';
import { runHeartbeatLoop } from '../../../../local/aws/schedule/heartbeat-loop.ts';
import { watchedLog } from '../../../support/service/test-dependencies.ts';

test('heartbeats are sent at once and every few seconds, also after a time that failed', async () => {
  const stopping = new AbortController();
  const done: string[] = [];
  const logged: string[] = [];
  await runHeartbeatLoop(
    {
      job: async () => {
        done.push('sent');
        if (done.length === 1) throw new Error('the table is busy');
      },
      everySeconds: 5,
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
  expect(done).toEqual(['sent', '5000 ms', 'sent', '5000 ms', 'sent', '5000 ms']);
  expect(logged).toEqual(['sending heartbeats failed']);
});
