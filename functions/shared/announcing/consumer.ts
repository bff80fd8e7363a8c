import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { type DayAnnouncement, parseDayChanged } from '../domain/day-announcement.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { errorMessage, errorSummary } from '../runtime/error-text.ts';
import { METRIC } from '../runtime/metric-names.ts';

/**
 * Does something with days that were announced. The same day may be announced more than once, and later states of it
 * before earlier ones: what counts is the day as it is now.
 *
 * @param outOfTime tells when to begin nothing new
 * @returns those that have to come again
 * @throws where all of them have to
 */
export type ConsumeDays = (
  announced: readonly DayAnnouncement[],
  outOfTime: () => boolean,
) => Promise<readonly DayAnnouncement[]>;

/** A function that a queue of announcements feeds. */
export type AnnouncementHandler = (event: SQSEvent, outOfTime: () => boolean) => Promise<SQSBatchResponse>;

/**
 * Feeds a queue of announcements to a consumer: what has to come again stays in the queue. A message that announces no
 * day comes again by itself, as often as the queue allows, and then ends in the failure queue.
 */
export function consumer(
  { log, publishMetrics }: Pick<Dependencies, 'log' | 'publishMetrics'>,
  consume: ConsumeDays,
): AnnouncementHandler {
  return async ({ Records: records }, outOfTime) => {
    const announced = new Map<string, DayAnnouncement>();
    const failed = new Set<string>();
    for (const { messageId, body } of records) {
      try {
        announced.set(messageId, parseDayChanged(body));
      } catch (error) {
        failed.add(messageId);
        log.error('a message in the queue announces no day', { messageId, problem: errorMessage(error) });
      }
    }
    const again = await comingAgain([...announced.values()], outOfTime);
    for (const [messageId, day] of announced) if (again.has(day)) failed.add(messageId);
    publishMetrics({
      [METRIC.announcementsConsumed]: records.length - failed.size,
      [METRIC.announcementsReturned]: failed.size,
    });
    return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  };

  async function comingAgain(
    announced: readonly DayAnnouncement[],
    outOfTime: () => boolean,
  ): Promise<ReadonlySet<DayAnnouncement>> {
    if (announced.length === 0) return new Set();
    try {
      return new Set(await consume(announced, outOfTime));
    } catch (error) {
      log.error('announced days could not be taken', {
        problem: errorSummary(error),
        days: announced.length,
      });
      return new Set(announced);
    }
  }
}
