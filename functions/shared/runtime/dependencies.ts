import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { EpochMillis } from '../domain/utc-day.ts';
import { type Log, lambdaLog, lambdaMetrics, type PublishMetrics } from './observability.ts';
import { readSettings, type Settings } from './settings.ts';
import type { Waiting } from './waiting.ts';

/** Every side effect of the functions. They are built once per start, and passed in. */
export interface Dependencies {
  settings: Settings;
  client: DynamoDBDocumentClient;
  clock: () => EpochMillis;
  waiting: Waiting;
  randomBytes: (length: number) => Uint8Array;
  log: Log;
  publishMetrics: PublishMetrics;
}

/** The dependencies of a function in Lambda. */
export function lambdaDependencies(functionName: string): Dependencies {
  const settings = readSettings(process.env);
  return {
    settings,
    client: documentClient(dynamodbClient()),
    ...systemEffects(),
    log: lambdaLog(functionName),
    publishMetrics: lambdaMetrics(functionName, settings.metricNamespace),
  };
}

/**
 * A variable that the deployment sets for one function alone.
 *
 * @throws Error where it is not set
 */
export function lambdaVariable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is missing`);
  return value;
}

/** The clock, the timers and the randomness of this machine. */
export function systemEffects(): Pick<Dependencies, 'clock' | 'waiting' | 'randomBytes'> {
  return {
    clock: Date.now,
    waiting: { pause: (milliseconds) => pause(milliseconds), random: Math.random },
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
  };
}

/**
 * How long AWS is waited for. A client without limits waits for ever for an answer that never comes: for a
 * request to be answered at all, and for each part of its answer, a few seconds are enough.
 */
export const CLIENT_LIMITS = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    socketTimeout: 3_000,
    throwOnRequestTimeout: true,
  },
} as const;

/**
 * A client of DynamoDB that waits for no answer longer than the limits say.
 *
 * @param options what it is given besides
 */
export function dynamodbClient(options: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({ ...CLIENT_LIMITS, ...options });
}

/** A client that reads and writes plain objects. */
export function documentClient(client: DynamoDBClient): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(client);
}
