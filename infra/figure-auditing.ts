import { Duration, Size } from 'aws-cdk-lib';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { AUDIT_SCHEDULE } from '../functions/audit-figures/schedule.ts';
import { PEER_PARTITIONS_PREFIX } from '../functions/shared/store/items/keys.ts';
import { DIRECTORY_PARTITIONS_PREFIX } from '../functions/shared/store/items/peer-directory-entry.ts';
import { AUDIT_SWEEPS, sweepPartition } from '../functions/shared/store/items/sweep-progress.ts';
import { runOnSchedule } from './scheduled-runs.ts';
import type { StackSettings } from './stack-settings.ts';
import { UsageFunction } from './usage-function.ts';
import { onlyIn, onlyWhereBegins } from './usage-partitions.ts';
import type { UsageStorage } from './usage-storage.ts';

interface FigureAuditingProps {
  storage: UsageStorage;
  settings: StackSettings;
}

/** The schedule, the function that it runs to compare stored figures with their evidence, and the runs that failed. */
export class FigureAuditing extends Construct {
  readonly auditFigures: UsageFunction;
  /** What asked for runs that failed, or that did not even begin. */
  readonly failedRuns: Queue;

  constructor(scope: Construct, id: string, { storage, settings }: FigureAuditingProps) {
    super(scope, id);
    const { tableArn } = storage.usage;
    this.auditFigures = new UsageFunction(this, 'AuditFigures', {
      folder: 'audit-figures',
      description: 'Compares the stored figures of a share of all peers with their evidence',
      // It holds the evidence of some counters at a time.
      memory: Size.mebibytes(1_024),
      storage,
      settings,
    });
    // Of what belongs to peers it writes what it has found, and reads all else.
    this.auditFigures.allow(
      ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:ConditionCheckItem'],
      tableArn,
      onlyWhereBegins(PEER_PARTITIONS_PREFIX),
    );
    this.auditFigures.allow(['dynamodb:Query'], tableArn, onlyWhereBegins(DIRECTORY_PARTITIONS_PREFIX));
    for (const sweep of AUDIT_SWEEPS) {
      this.auditFigures.allow(
        ['dynamodb:GetItem', 'dynamodb:PutItem'],
        tableArn,
        onlyIn(sweepPartition(sweep)),
      );
    }
    this.failedRuns = runOnSchedule(this, {
      handler: this.auditFigures,
      ...AUDIT_SCHEDULE,
      every: Duration.hours(1),
      description: 'Runs audit-figures every night: what the first run leaves, the others do',
      settings,
    });
  }
}
