import type { ImportTarget } from './import-target.ts';
import type { Spool } from './spool.ts';

/**
 * Records what is not recorded yet, the oldest first.
 *
 * @param interruption ends it behind the request that is under way
 * @param progress is told how many messages are done, after each request
 * @returns whether all is done
 * @throws what the target throws: whatever it is about stays in the spool, and is sent again next time
 */
export async function sendSpool(
  spool: Spool,
  target: ImportTarget,
  interruption: AbortSignal,
  progress: (done: number) => void,
): Promise<boolean> {
  let done = spool.sent.messages;
  progress(done);
  for (;;) {
    const batch = spool.next(target.messagesPerRequest);
    if (batch.messages.length === 0) return true;
    if (interruption.aborted) return false;
    spool.acknowledge(batch, await target.record(batch.messages));
    done += batch.messages.length;
    progress(done);
  }
}
