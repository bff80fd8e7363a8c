import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
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
    client: documentClient(new DynamoDBClient({})),
    ...systemEffects(),
    log: lambdaLog(functionName),
    publishMetrics: lambdaMetrics(functionName, settings.metricNamespace),
  };
}

/** The clock, the timers and the randomness of this machine. */
export function systemEffects(): Pick<Dependencies, 'clock' | 'waiting' | 'randomBytes'> {
  return {
    clock: Date.now,
    waiting: { pause: (milliseconds) => pause(milliseconds), random: Math.random },
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
  };
}

/** A client that reads and writes plain objects. */
export function documentClient(client: DynamoDBClient): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(client);
}
