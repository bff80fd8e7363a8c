import type { Waiting } from '../../../../functions/shared/runtime/waiting.ts';
import type { Timing } from '../../../client/src/index.ts';
import type { CliContext } from '../cli-context.ts';

/** Time and chance, as the client knows them. */
export function timingOf(waiting: Waiting, clock: CliContext['clock']): Timing {
  return {
    now: clock,
    random: waiting.random,
    async wait(milliseconds, signal) {
      if (signal === undefined) return waiting.pause(milliseconds);
      await waiting.deadline(milliseconds, signal);
    },
    timer(milliseconds, ring) {
      const stopped = new AbortController();
      // It rejects when it is stopped, and nobody waits for it.
      waiting.deadline(milliseconds, stopped.signal).then(ring, () => undefined);
      return () => stopped.abort();
    },
  };
}
