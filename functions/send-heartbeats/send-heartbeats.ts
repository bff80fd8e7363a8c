import { mapConcurrently } from '../shared/runtime/concurrency.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { errorSummary } from '../shared/runtime/error-text.ts';
import { HeartbeatStore } from '../shared/store/heartbeat-store.ts';

/** Sends one heartbeat under each key. */
export type HeartbeatJob = () => Promise<void>;

/** Some heartbeats could not be put; the others were. The next time sends all of them anew. */
export class HeartbeatsNotSentError extends Error {
  override name = 'HeartbeatsNotSentError';
}

const CONCURRENT_PUTS = 16;

/**
 * Sends heartbeats through the stream of the messages table. Each tells an instant that was taken before it was
 * put: whatever was recorded by then lies before it in its lane.
 */
export function sendHeartbeats({
  client,
  clock,
  log,
  settings,
}: Pick<Dependencies, 'client' | 'clock' | 'log' | 'settings'>): HeartbeatJob {
  const store = new HeartbeatStore({ client, tableName: settings.messagesTableName });
  const keys = Array.from({ length: settings.heartbeats.keys }, (_, key) => key);
  return async () => {
    const problems = await mapConcurrently(keys, CONCURRENT_PUTS, async (key) => {
      // What is put within the same millisecond may come behind it.
      const sentAt = clock() - 1;
      return store.put({ key, sentAt }).catch(errorSummary);
    });
    const failed = problems.filter((problem) => problem !== undefined);
    if (failed.length === 0) return;
    for (const problem of new Set(failed)) log.error('heartbeats could not be sent', { problem });
    throw new HeartbeatsNotSentError(`${failed.length} of ${keys.length} heartbeats could not be sent`);
  };
}
