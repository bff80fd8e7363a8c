import type { Context, SQSEvent } from 'aws-lambda';
import { consumer } from '../shared/announcing/consumer.ts';
import { CLAIM_BEFORE_MS } from '../shared/exporting/measurement-protocol.ts';
import { analyticsStream } from '../shared/exporting/with-secrets.ts';
import { lambdaDependencies, lambdaVariable } from '../shared/runtime/dependencies.ts';
import {
  GOOGLE_ANALYTICS_VARIABLE,
  parseGoogleAnalyticsSettings,
} from '../shared/runtime/export-settings.ts';
import { readParameters } from '../shared/runtime/parameters.ts';
import { postOverHttp } from '../shared/sending/post-over-http.ts';
import { exportToGoogleAnalytics } from './export-to-google-analytics.ts';

const dependencies = lambdaDependencies('export-to-google-analytics');
const settings = parseGoogleAnalyticsSettings(lambdaVariable(GOOGLE_ANALYTICS_VARIABLE));
const stream = await analyticsStream(settings, readParameters);
const post = postOverHttp({ waiting: dependencies.waiting, allowLoopback: false });
const consume = consumer(dependencies, exportToGoogleAnalytics(dependencies, stream, post));

export const handler = (event: SQSEvent, context: Context) =>
  consume(event, () => context.getRemainingTimeInMillis() < CLAIM_BEFORE_MS);
