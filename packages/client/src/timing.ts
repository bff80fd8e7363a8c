/** What a client knows of time and chance. Tests give their own, and need not wait. */
export interface Timing {
  /** The time, in milliseconds since 1970. */
  now: () => number;
  /** A number from 0 up to, and without, 1. */
  random: () => number;
  /** Waits so many milliseconds; it rejects with the signal's reason when that is aborted. */
  wait: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Calls back after so many milliseconds, unless what it returns is called before. It keeps no process from ending. */
  timer: (ms: number, ring: () => void) => () => void;
}

/** As it really is. */
export const REAL_TIMING: Timing = {
  now: () => Date.now(),
  random: () => Math.random(),
  wait: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
  timer(ms, ring) {
    const timer = setTimeout(ring, ms);
    if (isOfNode(timer)) timer.unref();
    return () => clearTimeout(timer);
  },
};

function isOfNode(timer: unknown): timer is { unref: () => void } {
  return typeof timer === 'object' && timer !== null && 'unref' in timer;
}
