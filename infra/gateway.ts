import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { HttpFunction, Route } from '../functions/shared/http/routes.ts';
import { removalPolicyOf } from './removal.ts';
import type { RateLimit, StackSettings } from './stack-settings.ts';
import type { UsageFunction } from './usage-function.ts';

/** The functions that an API leads to. */
export type ApiFunctions = Readonly<Record<HttpFunction, UsageFunction>>;

/** An API of API Gateway in front of the functions, of whichever kind. */
export interface Gateway {
  id: string;
  /** Its address, without a slash at its end. */
  url: string;
  metricCount(options: MetricOptions): Metric;
  /** How many requests were answered with 4xx. */
  metricClientError(options: MetricOptions): Metric;
  /** How many requests were answered with 5xx. */
  metricServerError(options: MetricOptions): Metric;
  /** From a request to the end of its answer, in milliseconds. */
  metricLatency(options: MetricOptions): Metric;
}

/**
 * The limit of a route. Every route has its own, by which nobody can use up what another route has: least of all
 * that of recording.
 */
export function limitOf(route: Route, throttling: StackSettings['throttling']): RateLimit {
  if (route.access === 'public') return throttling.public;
  return route.function === 'record-messages' ? throttling.recording : throttling.api;
}

/** The log that an API keeps of its requests. */
export function accessLogOf(
  scope: Construct,
  settings: Pick<StackSettings, 'logRetention' | 'stage'>,
): LogGroup {
  return new LogGroup(scope, 'AccessLog', {
    retention: settings.logRetention,
    removalPolicy: removalPolicyOf(settings),
  });
}

/**
 * What the access log holds of a request. It is the only trace of those that API Gateway answers itself,
 * such as the throttled ones. Paths and queries hold ids, and stay out of it.
 *
 * @param routeKey the variables that name the route
 */
export function accessLogFormat(routeKey: string): string {
  return JSON.stringify({
    requestId: '$context.requestId',
    time: '$context.requestTime',
    sourceIp: '$context.identity.sourceIp',
    method: '$context.httpMethod',
    routeKey,
    status: '$context.status',
    responseBytes: '$context.responseLength',
    latencyMs: '$context.responseLatency',
    functionStatus: '$context.integrationStatus',
    functionError: '$context.integrationErrorMessage',
    gatewayError: '$context.error.message',
  });
}

/** Why functions ask for the key of a caller themselves, for cdk-nag. */
export const KEYS_ARE_CHECKED_BY_FUNCTIONS =
  'The functions check the API key of every request themselves, so that all errors have one shape; and ' +
  "the description of the API and the dashboard's files are open to everyone.";
