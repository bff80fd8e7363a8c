/**
 * Calls back when the process has nothing left to do, where there is such a thing: in Node.js, Deno and Bun. It does
 * not before `process.exit` and signals.
 *
 * @returns forgets the callback
 */
export function beforeExit(callback: () => void): () => void {
  const process: unknown = Reflect.get(globalThis, 'process');
  if (!hasEvents(process)) return () => {};
  process.once('beforeExit', callback);
  return () => process.off('beforeExit', callback);
}

interface Events {
  once: (event: string, callback: () => void) => unknown;
  off: (event: string, callback: () => void) => unknown;
}

function hasEvents(value: unknown): value is Events {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'once') === 'function' &&
    typeof Reflect.get(value, 'off') === 'function'
  );
}
