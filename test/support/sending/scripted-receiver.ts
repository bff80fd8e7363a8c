import type { Outcome, Receiver } from '../../../functions/send-notifications/receiver.ts';
import type { Notification } from '../../../functions/shared/domain/notification.ts';

const TAKEN: Outcome = { kind: 'taken', answer: 'answered 204' };

/** What a receiver does with something that it is told; `taken` of what it says nothing about. */
export type Script = (notification: Notification, at: number) => Promise<Outcome> | Outcome;

/** A receiver that does what it is told to do, and remembers all that came. */
export function scriptedReceiver(
  name: string,
  script: Script = () => TAKEN,
  options: Partial<Receiver> = {},
) {
  const came: { id: string; at: number }[] = [];
  const receiver: Receiver = {
    name,
    place: `https://${name}.example/hook`,
    concurrency: 2,
    pauseMs: 0,
    async tell(notification, at) {
      came.push({ id: notification.id, at });
      return script(notification, at);
    },
    ...options,
  };
  return { receiver, came, ids: () => came.map(({ id }) => id) };
}

/** It answers with a status, and perhaps says when to come again. */
export function failed(
  problem = 'answered 500',
  more: { isBusy?: boolean; retryAfterMs?: number } = {},
): Outcome {
  return { kind: 'failed', problem, isBusy: false, ...more };
}
