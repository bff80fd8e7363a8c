import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../../functions/shared/runtime/observability.ts';

/** How long each part of the host may keep a stop waiting. */
const STOP_WITHIN_MS = 12_000;

/**
 * Waits for a part of the host that is being stopped, but not for a database that does not answer: what is
 * left undone is done by the next host.
 */
export async function stopInTime(stopped: Promise<void>, log: Log): Promise<void> {
  const over = new AbortController();
  const late = pause(STOP_WITHIN_MS, 'late', { signal: over.signal }).catch(() => undefined);
  if ((await Promise.race([stopped, late])) === 'late') log.warn('stopped without waiting any longer', {});
  over.abort();
}
