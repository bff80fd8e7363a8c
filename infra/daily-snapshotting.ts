import { Duration, Size } from 'aws-cdk-lib';
import { ContextAttribute, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { PEER_PARTITIONS_PREFIX } from '../functions/shared/store/items/keys.ts';
import { DIRTY_DAYS_INDEX, DIRTY_LANES_PREFIX, LANES } from '../functions/shared/store/usage-table.ts';
import {
  MEMORY_MEGABYTES,
  RUNS_AT_A_TIME,
  SNAPSHOT_SCHEDULE,
} from '../functions/take-daily-snapshot/schedule.ts';
import { runOnSchedule } from './scheduled-runs.ts';
import type { StackSettings } from './stack-settings.ts';
import { UsageFunction } from './usage-function.ts';
import { onlyWhereBegins } from './usage-partitions.ts';
import type { UsageStorage } from './usage-storage.ts';

/** What the function and the queue are made with. */
interface SnapshottingProps {
  storage: UsageStorage;
  settings: StackSettings;
}

/** The schedules, the function that they run to seal days, each for some lanes of peers, and the runs that failed. */
export class DailySnapshotting extends Construct {
  readonly takeDailySnapshot: UsageFunction;
  /** What asked for runs that failed, or that did not even begin. */
  readonly failedRuns: Queue;

  constructor(scope: Construct, id: string, { storage, settings }: SnapshottingProps) {
    super(scope, id);
    this.takeDailySnapshot = new UsageFunction(this, 'TakeDailySnapshot', {
      folder: 'take-daily-snapshot',
      description: 'Seals the days that are over, and seals them again after late messages',
      memory: Size.mebibytes(MEMORY_MEGABYTES),
      storage,
      settings,
    });
    // A transaction needs the permissions of the writes that it is made of, and no other.
    this.takeDailySnapshot.allow(
      [
        'dynamodb:GetItem',
        'dynamodb:Query',
        'dynamodb:UpdateItem',
        'dynamodb:BatchGetItem',
        'dynamodb:DeleteItem',
      ],
      storage.usage.tableArn,
      onlyWhereBegins(PEER_PARTITIONS_PREFIX),
    );
    this.takeDailySnapshot.allow(
      ['dynamodb:Query'],
      `${storage.usage.tableArn}/index/${DIRTY_DAYS_INDEX.name}`,
      onlyWhereBegins(DIRTY_LANES_PREFIX),
    );
    this.failedRuns = runOnSchedule(this, {
      handler: this.takeDailySnapshot,
      minute: SNAPSHOT_SCHEDULE.minute,
      every: Duration.hours(1),
      description: 'Runs take-daily-snapshot: shortly after midnight, and every hour to catch up',
      // Which day is to be sealed follows from the schedule's own time, however late a run is.
      inputs: lanesOfRuns().map((lanes) =>
        ScheduleTargetInput.fromObject({ scheduledAt: ContextAttribute.scheduledTime, lanes }),
      ),
      settings,
    });
  }
}

/** The lanes of peers that each of the runs seals which are begun at the same time. */
function lanesOfRuns(): number[][] {
  const lanes = Array.from({ length: LANES }, (_, lane) => lane);
  return Array.from({ length: RUNS_AT_A_TIME }, (_, run) =>
    lanes.filter((lane) => lane % RUNS_AT_A_TIME === run),
  );
}
