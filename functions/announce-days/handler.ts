import { SNSClient } from '@aws-sdk/client-sns';
import type { Context } from 'aws-lambda';
import { CLIENT_LIMITS, lambdaDependencies, lambdaVariable } from '../shared/runtime/dependencies.ts';
import { announceDays } from './announce-days.ts';
import { DaysTopic } from './days-topic.ts';
import { STOP_BEFORE_MS } from './schedule.ts';

const dependencies = lambdaDependencies('announce-days');
const topic = new DaysTopic({
  ...dependencies,
  client: new SNSClient(CLIENT_LIMITS),
  topicArn: lambdaVariable('DAYS_TOPIC_ARN'),
  source: lambdaVariable('EVENT_SOURCE'),
});
const job = announceDays(dependencies, {
  name: 'topic',
  announce: (days, outOfTime) => topic.announce(days, outOfTime),
});

export const handler = (_event: unknown, context: Context) =>
  job(() => context.getRemainingTimeInMillis() < STOP_BEFORE_MS);
