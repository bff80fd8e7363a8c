import {
  type ChannelUsageClient,
  createChannelUsageClient,
  type RetryOptions,
  type Timing,
} from '../../../client/src/index.ts';
import type { CliContext } from '../cli-context.ts';
import type { Connection } from '../connection/connect.ts';
import { Patience } from './patience.ts';
import { timingOf } from './timing.ts';
import { type TellWait, waitTeller } from './wait-teller.ts';

/** How a service is asked that does not answer at once. */
export interface Manner {
  retry: RetryOptions;
  /** What the person is told of; on the standard error output unless given. */
  tell?: TellWait;
  timing?: Partial<Timing>;
}

/**
 * The client with which all commands ask the service: while it does not answer, the person is told what is waited for,
 * and a service that has never answered is not asked as often as one that has.
 */
export function serviceClient(
  connection: Connection,
  context: Pick<CliContext, 'fetch' | 'waiting' | 'clock' | 'say' | 'terminal'>,
  { retry, tell = waitTeller(context), timing = {} }: Manner,
): ChannelUsageClient {
  const ownTiming = { ...timingOf(context.waiting, context.clock), ...timing };
  const patience = new Patience(new URL(connection.url).origin, ownTiming.timer, tell);
  return createChannelUsageClient({
    ...connection,
    fetch: patience.watching(context.fetch),
    retry: { ...retry, onRetry: (failed) => patience.onRetry(failed) },
    timing: ownTiming,
  });
}
