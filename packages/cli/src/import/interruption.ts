import type { CliContext } from '../cli-context.ts';

/** The person has pressed Ctrl-C while something was waited for. */
export class InterruptedError extends Error {
  override name = 'InterruptedError';
}

/** Waits for some time. @throws InterruptedError as soon as Ctrl-C is pressed */
export async function pauseUnlessInterrupted(
  milliseconds: number,
  { waiting }: Pick<CliContext, 'waiting'>,
  interruption: AbortSignal,
): Promise<void> {
  if (interruption.aborted) throw new InterruptedError();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = () => reject(new InterruptedError());
  interruption.addEventListener('abort', stop, { once: true });
  waiting.pause(milliseconds).then(resolve, reject);
  try {
    await promise;
  } finally {
    interruption.removeEventListener('abort', stop);
  }
}
