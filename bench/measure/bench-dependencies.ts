import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DEPLOYED_RHYTHM } from '../../functions/shared/domain/heartbeat.ts';
import {
  type Dependencies,
  documentClient,
  systemEffects,
} from '../../functions/shared/runtime/dependencies.ts';
import {
  DEFAULT_COUNTER_RETENTION_DAYS,
  DEFAULT_MESSAGE_RETENTION_DAYS,
} from '../../functions/shared/runtime/settings.ts';

/** The dependencies of a function that is measured: as in Lambda, with a clock that stands, and without logs. */
export function benchDependencies(
  client: DynamoDBClient,
  tables: { messagesTableName: string; usageTableName: string },
  now: string,
): Dependencies {
  const instant = Date.parse(now);
  return {
    ...systemEffects(),
    settings: {
      ...tables,
      messageRetentionDays: DEFAULT_MESSAGE_RETENTION_DAYS,
      counterRetentionDays: DEFAULT_COUNTER_RETENTION_DAYS,
      heartbeats: DEPLOYED_RHYTHM,
      metricNamespace: 'Bench',
    },
    client: documentClient(client),
    clock: () => instant,
    log: { info() {}, warn() {}, error() {} },
    publishMetrics() {},
  };
}
