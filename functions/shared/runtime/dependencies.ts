import { randomBytes } from 'node:crypto';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { EpochMillis } from '../domain/utc-day.ts';
import { Turns } from './concurrency.ts';
import { type Log, lambdaLog, lambdaMetrics, type PublishMetrics } from './observability.ts';
import { readSettings, type Settings } from './settings.ts';
import { SYSTEM_WAITING, type Waiting } from './waiting.ts';

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
    waiting: SYSTEM_WAITING,
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
  };
}

/** How long a client of AWS waits. */
export interface ClientLimits {
  /** How long connecting may take. */
  connectMs: number;
  /** How long a request may be without an answer, and an answer without a further byte. */
  silenceMs: number;
  /** How often a request is sent at most. */
  attempts: number;
}

/** As many as the AWS SDK opens unless it is told otherwise. */
const CONNECTIONS = 50;

/** The options that give a client of AWS its limits. */
export function clientLimits({ connectMs, silenceMs, attempts }: ClientLimits) {
  return {
    maxAttempts: attempts,
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: silenceMs,
      socketTimeout: silenceMs,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: CONNECTIONS },
      httpsAgent: { maxSockets: CONNECTIONS },
    },
  };
}

/**
 * The limits of every client of AWS. Without them it would wait for ever for an answer that never comes. A
 * request that nobody answers fails after some 9 seconds: within the time of every function that sends one.
 */
export const CLIENT_LIMITS = clientLimits({ connectMs: 1_000, silenceMs: 3_000, attempts: 3 });

/**
 * A part of every client of AWS that nobody has use for here. It prepares every request and every answer for the
 * SDK's own log, also where there is none, and takes a tenth of the time that a call needs of this process.
 */
export const SDK_LOGGING = 'loggerMiddleware';

/**
 * A client of DynamoDB that waits for no answer longer than the limits say.
 *
 * @param options what it is given besides
 */
export function dynamodbClient(options: DynamoDBClientConfig = {}): DynamoDBClient {
  const client = new DynamoDBClient({ ...CLIENT_LIMITS, ...options });
  client.middlewareStack.remove(SDK_LOGGING);
  // The SDK's limits count the time in which a request waits for a free connection. A request that waits
  // here instead is not given up because many others are on their way.
  const turns = new Turns(CONNECTIONS);
  client.middlewareStack.add((next) => (request) => turns.take(() => next(request)), {
    step: 'initialize',
    name: 'waitsForTurn',
  });
  return client;
}

/** A client that reads and writes plain objects. */
export function documentClient(client: DynamoDBClient): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(client);
}
