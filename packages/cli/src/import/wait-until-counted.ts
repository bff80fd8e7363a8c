import { MINUTE_MS, SECOND_MS } from '../../../../functions/shared/domain/utc-day.ts';
import type { Trust } from '../../../client/src/index.ts';
import type { CliContext } from '../cli-context.ts';
import { AttentionError } from '../exit-codes.ts';
import { pauseUnlessInterrupted } from './interruption.ts';

const BETWEEN_LOOKS_MS = 2 * SECOND_MS;
/** Heartbeats of a deployed stage are five minutes apart. */
const LONGEST_WAIT_MS = 15 * MINUTE_MS;

/**
 * Waits until everything that is recorded by now is counted.
 *
 * @returns up to when the figures are complete then
 * @throws AttentionError where that takes longer than a quarter of an hour; InterruptedError
 */
export async function waitUntilCounted(
  ask: () => Promise<Trust>,
  context: Pick<CliContext, 'waiting' | 'clock'>,
  interruption: AbortSignal,
): Promise<string> {
  const end = context.clock() + LONGEST_WAIT_MS;
  // By the clock of the service: messages were recorded before it answered.
  const { asOf } = await ask();
  while (context.clock() <= end) {
    const { countedThrough } = await ask();
    if (countedThrough !== null && countedThrough !== undefined && countedThrough > asOf)
      return countedThrough;
    await pauseUnlessInterrupted(BETWEEN_LOOKS_MS, context, interruption);
  }
  throw new AttentionError('all is recorded, and not counted yet: channel-usage trust says more');
}
