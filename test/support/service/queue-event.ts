import type { SQSEvent } from 'aws-lambda';
import { DAY_CHANGED } from '../../../functions/shared/domain/day-announcement.ts';
import type { UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import { queueRecord } from '../../../local/aws/announcing/queue-record.ts';

/** What a queue gives of announcements; each message is called by its number. */
export function queueEvent(
  announced: readonly { peerId: string; day: UtcDay; revision?: number }[],
): SQSEvent {
  return {
    Records: announced.map(({ peerId, day, revision = 1 }, number) =>
      queueRecord(
        String(number),
        JSON.stringify({ specversion: '1.0', type: DAY_CHANGED, data: { peerId, day, revision } }),
      ),
    ),
  };
}
