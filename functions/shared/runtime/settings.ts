import { LEAST_COUNTER_RETENTION_DAYS } from '../domain/daily-counter.ts';
import { DEPLOYED_RHYTHM, HEARTBEAT_KEYS, type HeartbeatRhythm } from '../domain/heartbeat.ts';
import { type Environment, EnvironmentReader } from './environment.ts';
import { METRIC_NAMESPACE } from './metric-names.ts';

export const DEFAULT_MESSAGE_RETENTION_DAYS = 400;
export const DEFAULT_COUNTER_RETENTION_DAYS = 460;

/** A counter outlives every message that could still change it by this, in days. */
const COUNTER_MARGIN_DAYS = 60;

const POSITIVE = { least: 1 };

/** The environment variables that the deployment sets for every function. */
type VariableName =
  | 'MESSAGES_TABLE'
  | 'USAGE_TABLE'
  | 'MESSAGE_RETENTION_DAYS'
  | 'COUNTER_RETENTION_DAYS'
  | 'HEARTBEAT_KEYS'
  | 'METRIC_NAMESPACE'
  | 'KEY_REQUESTS_PER_SECOND'
  | 'KEY_BURST'
  | 'CORS_ORIGINS'
  | 'COMPRESS_ANSWERS';

/** What is set behind a REST API alone, where it differs from the default. */
export type RestApiVariables = Partial<Record<'CORS_ORIGINS' | 'COMPRESS_ANSWERS', string>>;

/** The environment variables, as whoever sets them has to give them. */
export type EnvironmentVariables = RestApiVariables &
  Record<Exclude<VariableName, keyof RestApiVariables>, string>;

export interface Settings {
  messagesTableName: string;
  usageTableName: string;
  /** How long a message is stored after it was sent, in days; no older one is recorded or counted. */
  messageRetentionDays: number;
  /** How long a day's counters are kept after the day; its snapshot stays for ever. */
  counterRetentionDays: number;
  /** The heartbeats that go through the stream of messages, by which it is known how far counting has come. */
  heartbeats: HeartbeatRhythm;
  /** What one API key may ask of this process: so many requests a second, and so many at once. */
  keyLimit?: { requestsPerSecond: number; burst: number };
  /** The origins whose pages may call the API, where the API in front of the functions does not see to it. */
  corsOrigins?: readonly string[];
  /**
   * Whether a REST API hands on compressed answers as bytes; emulators of AWS hand on Base64. It changes nothing
   * behind an HTTP API.
   */
  compressAnswers?: boolean;
  /** The namespace of the CloudWatch metrics, so that two deployments in one account stay apart. */
  metricNamespace: string;
}

/**
 * Says what is wrong with how long things are kept, or nothing where it is right.
 *
 * @param retention both in days
 */
export function retentionProblem(
  retention: Pick<Settings, 'messageRetentionDays' | 'counterRetentionDays'>,
): string | undefined {
  const least = Math.max(retention.messageRetentionDays + COUNTER_MARGIN_DAYS, LEAST_COUNTER_RETENTION_DAYS);
  if (retention.counterRetentionDays >= least) return undefined;
  return `counters must be kept for ${least} days at least, with messages that are kept for ${retention.messageRetentionDays}`;
}

/**
 * Reads the settings from environment variables.
 *
 * @throws Error that names every variable that is missing or wrong
 */
export function readSettings(environment: Environment): Settings {
  const reader = new EnvironmentReader<VariableName>(environment);
  const settings: Settings = {
    messagesTableName: reader.requiredText('MESSAGES_TABLE'),
    usageTableName: reader.requiredText('USAGE_TABLE'),
    messageRetentionDays: reader.wholeNumber(
      'MESSAGE_RETENTION_DAYS',
      POSITIVE,
      DEFAULT_MESSAGE_RETENTION_DAYS,
    ),
    counterRetentionDays: reader.wholeNumber(
      'COUNTER_RETENTION_DAYS',
      POSITIVE,
      DEFAULT_COUNTER_RETENTION_DAYS,
    ),
    heartbeats: {
      ...DEPLOYED_RHYTHM,
      keys: reader.wholeNumber('HEARTBEAT_KEYS', HEARTBEAT_KEYS, HEARTBEAT_KEYS.default),
    },
    metricNamespace: reader.requiredText('METRIC_NAMESPACE', METRIC_NAMESPACE),
    corsOrigins: reader
      .text('CORS_ORIGINS', '')
      .split(',')
      .filter((origin) => origin !== ''),
    compressAnswers: reader.flag('COMPRESS_ANSWERS', true),
  };
  const requestsPerSecond = reader.wholeNumber('KEY_REQUESTS_PER_SECOND', POSITIVE, undefined);
  const burst = reader.wholeNumber('KEY_BURST', POSITIVE, requestsPerSecond);
  if (requestsPerSecond !== undefined && burst !== undefined)
    settings.keyLimit = { requestsPerSecond, burst };
  if (reader.problems.length > 0) {
    throw new Error(`environment variables are missing or wrong: ${reader.problems.join('; ')}`);
  }
  const problem = retentionProblem(settings);
  if (problem !== undefined) throw new Error(`environment variables do not fit together: ${problem}`);
  return settings;
}
