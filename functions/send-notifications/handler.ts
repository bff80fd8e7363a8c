import type { Context } from 'aws-lambda';
import { lambdaDependencies, lambdaVariable } from '../shared/runtime/dependencies.ts';
import {
  NOTIFICATION_TARGETS_VARIABLE,
  parseNotificationTargets,
} from '../shared/runtime/notification-targets.ts';
import { readParameters } from '../shared/runtime/parameters.ts';
import { postOverHttp } from '../shared/sending/post-over-http.ts';
import { ConfiguredReceivers } from './configured-receivers.ts';
import { sendNotifications } from './send-notifications.ts';
import { publishOn } from './sns-topic.ts';

/** Time to end the attempts that are under way, to note what they came to, and to report. */
const STOP_BEFORE_MS = 30_000;

const dependencies = lambdaDependencies('send-notifications');
const targets = parseNotificationTargets(lambdaVariable(NOTIFICATION_TARGETS_VARIABLE));
const receivers = new ConfiguredReceivers(targets, {
  post: postOverHttp({ waiting: dependencies.waiting, allowLoopback: false }),
  publishOn,
  readParameters,
});
const job = sendNotifications(dependencies, () => receivers.all());

export const handler = (_event: unknown, context: Context) =>
  job(() => context.getRemainingTimeInMillis() < STOP_BEFORE_MS);
