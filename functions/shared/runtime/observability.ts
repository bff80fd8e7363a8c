import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { lazily } from '../domain/lazily.ts';
import type { MetricName } from './metric-names.ts';

/** Structured logging. No conversation id, payload, header value or secret goes into it. */
export interface Log {
  info(message: string, fields: Record<string, unknown>): void;
  warn(message: string, fields: Record<string, unknown>): void;
  error(message: string, fields: Record<string, unknown>): void;
}

/** Publishes the counts of one invocation. */
export type PublishMetrics = (counts: Partial<Record<MetricName, number>>) => void;

/** A log that CloudWatch understands, one JSON object a line. Its logger is made when something is written first. */
export function lambdaLog(functionName: string): Log {
  const logger = lazily(() => new Logger({ serviceName: functionName }));
  return {
    info: (message, fields) => logger().info(message, fields),
    warn: (message, fields) => logger().warn(message, fields),
    error: (message, fields) => logger().error(message, fields),
  };
}

/** Metrics in CloudWatch's embedded metric format, written to the log. */
export function lambdaMetrics(functionName: string, namespace: string): PublishMetrics {
  const metrics = lazily(() => new Metrics({ namespace, serviceName: functionName }));
  return (counts) => {
    for (const [name, value] of Object.entries(counts)) metrics().addMetric(name, MetricUnit.Count, value);
    metrics().publishStoredMetrics();
  };
}
