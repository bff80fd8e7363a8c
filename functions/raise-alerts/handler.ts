import type { Context, ScheduledEvent, SQSEvent } from 'aws-lambda';
import { lambdaDependencies, lambdaVariable } from '../shared/runtime/dependencies.ts';
import {
  DASHBOARD_URL_VARIABLE,
  NOTIFICATION_TARGETS_VARIABLE,
  parseNotificationTargets,
} from '../shared/runtime/notification-targets.ts';
import { raiseAlerts } from './raise-alerts.ts';
import { STOP_BEFORE_MS } from './schedule.ts';

const alerts = raiseAlerts(lambdaDependencies('raise-alerts'), {
  targets: parseNotificationTargets(lambdaVariable(NOTIFICATION_TARGETS_VARIABLE)).map(({ name }) => name),
  dashboardUrl: lambdaVariable(DASHBOARD_URL_VARIABLE),
});

export const handler = (event: SQSEvent | ScheduledEvent, context: Context) => {
  const outOfTime = () => context.getRemainingTimeInMillis() < STOP_BEFORE_MS;
  return 'Records' in event ? alerts.consume(event, outOfTime) : alerts.sweep(outOfTime);
};
