import { createHash } from 'node:crypto';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { errorSummary } from '../shared/runtime/error-text.ts';
import { METRIC } from '../shared/runtime/metric-names.ts';
import type { Settings } from '../shared/runtime/settings.ts';
import type { KnownTarget } from '../shared/store/items/notification-target.ts';
import { NotificationTargets } from '../shared/store/notification-targets.ts';
import { WaitingNotifications } from '../shared/store/waiting-notifications.ts';
import type { Receiver } from './receiver.ts';
import { DEPLOYED_RETRIES, type RetryDelays } from './retry-schedule.ts';
import { type SendCounts, TargetRun } from './target-run.ts';

/** Sends what is due. `outOfTime` tells it when to begin no further attempt. */
export type SendJob = (outOfTime: () => boolean) => Promise<SendCounts>;

/** Some targets could not be worked on; the others were. The next run goes on with all of them. */
export class NotificationsNotSentError extends Error {
  override name = 'NotificationsNotSentError';
}

interface SendingDependencies
  extends Pick<Dependencies, 'client' | 'clock' | 'waiting' | 'log' | 'publishMetrics'> {
  settings: Pick<Settings, 'usageTableName'>;
}

/**
 * Works off the notifications that wait, each target by itself: one that hangs or fails delays no other. A notification
 * is removed once its target has taken it, so that each is sent once at least; its id tells a repetition. Two runs at
 * once do no harm: who begins to send a notification notes that first.
 *
 * @param receivers all targets, as they are reached now
 */
export function sendNotifications(
  dependencies: SendingDependencies,
  receivers: () => Promise<readonly Receiver[]>,
  delays: RetryDelays = DEPLOYED_RETRIES,
): SendJob {
  const { client, clock, waiting, log, publishMetrics, settings } = dependencies;
  const table = { client, tableName: settings.usageTableName };
  const targets = new NotificationTargets(table);
  const notifications = new WaitingNotifications(table);
  return async (outOfTime) => {
    const context = { clock, waiting, log, notifications, targets, delays, outOfTime };
    const [all, known] = await Promise.all([receivers(), targets.all()]);
    const done = await Promise.all(
      all.map(async (receiver) => {
        let run: TargetRun | undefined;
        try {
          run = new TargetRun(receiver, await knownNow(targets, receiver, known.get(receiver.name)), context);
          await run.workOff();
        } catch (error) {
          log.error('a target of notifications could not be worked on', {
            target: receiver.name,
            problem: errorSummary(error),
          });
          return { counts: run?.counts, hasFailed: true };
        }
        return { counts: run.counts, hasFailed: false };
      }),
    );
    const counts = sumOf(done.flatMap(({ counts: some }) => some ?? []));
    const failed = done.filter(({ hasFailed }) => hasFailed).length;
    publishMetrics({
      [METRIC.notificationsSent]: counts.sent,
      [METRIC.notificationsGivenUp]: counts.givenUp,
      [METRIC.notificationsWaiting]: counts.waiting,
      [METRIC.notificationRunsInTime]: counts.late === 0 && failed === 0 ? 1 : 0,
    });
    if (failed === 0) return counts;
    throw new NotificationsNotSentError(`${failed} of ${all.length} targets could not be worked on`);
  };
}

/** What is known of a target where it is reached now. What was known of another place is forgotten. */
async function knownNow(
  targets: NotificationTargets,
  { name, place }: Receiver,
  known: KnownTarget | undefined,
): Promise<KnownTarget> {
  if (place === undefined) return known ?? { name, placeHash: '' };
  const placeHash = createHash('sha256').update(place).digest('hex');
  if (known?.placeHash === placeHash) return known;
  const now = { name, placeHash };
  await targets.put(now);
  return now;
}

function sumOf(parts: readonly SendCounts[]): SendCounts {
  const sum: SendCounts = { sent: 0, givenUp: 0, waiting: 0, late: 0 };
  for (const { sent, givenUp, waiting, late } of parts) {
    sum.sent += sent;
    sum.givenUp += givenUp;
    sum.waiting += waiting;
    sum.late += late;
  }
  return sum;
}
