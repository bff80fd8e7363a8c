import * as z from 'zod/mini';
import { LEAST_COUNTER_RETENTION_DAYS } from '../domain/daily-counter.ts';
import { DEPLOYED_RHYTHM, HEARTBEAT_KEYS, type HeartbeatRhythm } from '../domain/heartbeat.ts';
import { METRIC_NAMESPACE } from './metric-names.ts';

export const DEFAULT_MESSAGE_RETENTION_DAYS = 400;
export const DEFAULT_COUNTER_RETENTION_DAYS = 460;

/** A counter outlives every message that could still change it by this, in days. */
const COUNTER_MARGIN_DAYS = 60;

/** What the deployment sets for every function. The names are those of the environment variables. */
const environmentSchema = z.object({
  MESSAGES_TABLE: z.string().check(z.minLength(1)),
  USAGE_TABLE: z.string().check(z.minLength(1)),
  MESSAGE_RETENTION_DAYS: days(DEFAULT_MESSAGE_RETENTION_DAYS),
  COUNTER_RETENTION_DAYS: days(DEFAULT_COUNTER_RETENTION_DAYS),
  HEARTBEAT_KEYS: z._default(
    z.coerce.number().check(z.int(), z.minimum(HEARTBEAT_KEYS.least), z.maximum(HEARTBEAT_KEYS.most)),
    HEARTBEAT_KEYS.default,
  ),
  METRIC_NAMESPACE: z._default(z.string().check(z.minLength(1)), METRIC_NAMESPACE),
  KEY_REQUESTS_PER_SECOND: z.optional(limit()),
  KEY_BURST: z.optional(limit()),
  CORS_ORIGINS: z._default(z.string(), ''),
  COMPRESS_ANSWERS: z._default(z.stringbool({ truthy: ['true'], falsy: ['false'] }), true),
});

function limit() {
  return z.coerce.number().check(z.int(), z.positive());
}

function days(byDefault: number) {
  return z._default(z.coerce.number().check(z.int(), z.positive()), byDefault);
}

/** What is set behind a REST API alone, where it differs from the default. */
export type RestApiVariables = Partial<Record<'CORS_ORIGINS' | 'COMPRESS_ANSWERS', string>>;

/** The environment variables, as whoever sets them has to give them. */
export type EnvironmentVariables = RestApiVariables &
  Record<Exclude<keyof z.output<typeof environmentSchema>, keyof RestApiVariables>, string>;

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
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  // Once a start: compiling the schema would take longer than reading by it.
  const result = z.safeParse(environmentSchema, environment, { jitless: true });
  if (!result.success) {
    const places = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`environment variables are missing or wrong: ${places.join('; ')}`);
  }
  const settings: Settings = {
    messagesTableName: result.data.MESSAGES_TABLE,
    usageTableName: result.data.USAGE_TABLE,
    messageRetentionDays: result.data.MESSAGE_RETENTION_DAYS,
    counterRetentionDays: result.data.COUNTER_RETENTION_DAYS,
    heartbeats: { ...DEPLOYED_RHYTHM, keys: result.data.HEARTBEAT_KEYS },
    metricNamespace: result.data.METRIC_NAMESPACE,
    corsOrigins: result.data.CORS_ORIGINS.split(',').filter((origin) => origin !== ''),
    compressAnswers: result.data.COMPRESS_ANSWERS,
  };
  const { KEY_REQUESTS_PER_SECOND: requestsPerSecond, KEY_BURST: burst } = result.data;
  if (requestsPerSecond !== undefined) {
    settings.keyLimit = { requestsPerSecond, burst: burst ?? requestsPerSecond };
  }
  const problem = retentionProblem(settings);
  if (problem !== undefined) throw new Error(`environment variables do not fit together: ${problem}`);
  return settings;
}
