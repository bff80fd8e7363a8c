import { type HeartbeatJob, sendHeartbeats } from '../../functions/send-heartbeats/send-heartbeats.ts';
import type { Dependencies } from '../../functions/shared/runtime/dependencies.ts';
import { removeExpiredHeartbeats } from '../aws/expiry/expired-heartbeats.ts';
import { RepeatedJob } from './repeated-job.ts';

/**
 * Sends heartbeats through the stream of the messages table, until it is stopped.
 *
 * @param dependencies those of send-heartbeats
 */
export function sendingHeartbeats(dependencies: Dependencies): RepeatedJob<void> {
  const { log, settings } = dependencies;
  return new RepeatedJob({
    name: 'sending heartbeats',
    job: sendingAndRemoving(dependencies),
    pauseAfter: () => settings.heartbeats.everySeconds * 1_000,
    log,
  });
}

/** Those that have expired are looked for with every so many times that heartbeats are sent: once a minute. */
const TIMES_A_REMOVAL = 12;

function sendingAndRemoving(dependencies: Dependencies): HeartbeatJob {
  const { client, clock, settings } = dependencies;
  const send = sendHeartbeats(dependencies);
  const table = { client, tableName: settings.messagesTableName };
  let times = 0;
  return async () => {
    await send();
    if (times % TIMES_A_REMOVAL === 0) {
      await removeExpiredHeartbeats(table, settings.heartbeats.keys, clock());
    }
    times += 1;
  };
}
