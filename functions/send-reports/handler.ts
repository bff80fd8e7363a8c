import type { Context } from 'aws-lambda';
import { lambdaDependencies, lambdaVariable } from '../shared/runtime/dependencies.ts';
import { EXPORTS_BUCKET_VARIABLE } from '../shared/runtime/export-settings.ts';
import {
  DASHBOARD_URL_VARIABLE,
  NOTIFICATION_TARGETS_VARIABLE,
  parseNotificationTargets,
} from '../shared/runtime/notification-targets.ts';
import { intoBucket, s3Client } from '../shared/runtime/s3-client.ts';
import { STOP_BEFORE_MS } from './schedule.ts';
import { sendReports } from './send-reports.ts';

const job = sendReports(lambdaDependencies('send-reports'), {
  targets: parseNotificationTargets(lambdaVariable(NOTIFICATION_TARGETS_VARIABLE)).map(({ name }) => name),
  put: intoBucket(await s3Client(), lambdaVariable(EXPORTS_BUCKET_VARIABLE)),
  dashboardUrl: lambdaVariable(DASHBOARD_URL_VARIABLE),
});

export const handler = (_event: unknown, context: Context) =>
  job(() => context.getRemainingTimeInMillis() < STOP_BEFORE_MS);
