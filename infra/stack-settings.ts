import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';
import { DEFAULT_EVENT_SOURCE, type EventSourceSettings } from '../functions/count-messages/event-source.ts';
import { HEARTBEAT_KEYS } from '../functions/shared/domain/heartbeat.ts';
import type { Webhook } from '../functions/shared/runtime/notification-targets.ts';
import {
  DEFAULT_COUNTER_RETENTION_DAYS,
  DEFAULT_MESSAGE_RETENTION_DAYS,
  retentionProblem,
} from '../functions/shared/runtime/settings.ts';
import { FUNCTION_FOLDERS, type FunctionFolder } from './bundling.ts';
import { STAGES, type Stage } from './stack-name.ts';
import { dashboardUrl, type ExportSettings, exportSettings, notificationSettings } from './told-settings.ts';

const THROTTLING = {
  recording: { requestsPerSecond: 100, burst: 200 },
  api: { requestsPerSecond: 100, burst: 200 },
  public: { requestsPerSecond: 50, burst: 100 },
};
const KEY_LIMIT = { requestsPerSecond: 25, burst: 100 };

/** The kinds of API Gateway that can stand before the functions. */
export const ENDPOINTS = ['http-api', 'rest-api'] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/**
 * What each stage is deployed with. This is the file to edit; the schema below says what may stand here. In
 * prod `alarmSubscribers` is missing on purpose: without them nobody hears of anything, and so somebody has to
 * write them down, or `'none'`.
 */
const SETTINGS: Record<Stage, StageSettings> = {
  dev: {
    messageRetentionDays: DEFAULT_MESSAGE_RETENTION_DAYS,
    counterRetentionDays: DEFAULT_COUNTER_RETENTION_DAYS,
    logRetentionDays: RetentionDays.ONE_WEEK,
    throttling: THROTTLING,
    keyLimit: KEY_LIMIT,
  },
  prod: {
    messageRetentionDays: DEFAULT_MESSAGE_RETENTION_DAYS,
    counterRetentionDays: DEFAULT_COUNTER_RETENTION_DAYS,
    logRetentionDays: RetentionDays.ONE_MONTH,
    throttling: THROTTLING,
    keyLimit: KEY_LIMIT,
  },
};

const atLeast = (least: number) => z.int().min(least);

/** An origin as browsers send it: nothing else ever equals one. */
const origin = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text,
    'must be one origin, such as https://dashboard.example.com',
  );

/** What a stack is to be deployed with cannot be; it says why, for people. */
export class StackSettingsError extends Error {
  override name = 'StackSettingsError';
}

/** So many requests a second on average, and so many at once. */
const rateLimit = z.strictObject({ requestsPerSecond: atLeast(1), burst: atLeast(1) });
export type RateLimit = z.output<typeof rateLimit>;

/** What is said where nobody is told of alarms. */
export const NOBODY = 'none';
/** Who is told of alarms: e-mail addresses and HTTPS addresses, or nobody, in so many words. */
const SUBSCRIBERS = `must be a list of e-mail addresses and https addresses, or '${NOBODY}'`;
const alarmSubscribers = z.union(
  [z.literal(NOBODY), z.array(z.union([z.email(), z.url({ protocol: /^https$/ })])).min(1, SUBSCRIBERS)],
  SUBSCRIBERS,
);

/** The name of a table, as DynamoDB takes it. */
const tableName = z
  .string()
  .regex(/^[a-zA-Z0-9_.-]{3,255}$/, 'must be the name of a table: 3 to 255 letters, digits, _, . and -');

const heartbeatKeys = atLeast(HEARTBEAT_KEYS.least).max(HEARTBEAT_KEYS.most);

const eventSourceSchema = z.strictObject({
  batchSize: atLeast(1).max(10_000).exactOptional(),
  batchingWindowSeconds: atLeast(0).max(300).exactOptional(),
  parallelizationFactor: atLeast(1).max(10).exactOptional(),
  bisectBatchOnError: z.boolean().exactOptional(),
  // A stream keeps its records for a day: after it nothing is left to be put into the failure destination.
  maximumRecordAgeSeconds: atLeast(60).max(86_400).exactOptional(),
} satisfies Record<Exclude<keyof EventSourceSettings, 'filters' | 'retryAttempts'>, z.ZodType>);

const stageSchema = z
  .strictObject({
    /**
     * The kind of API Gateway before the functions. Left out, it is an HTTP API. A REST API answers the same and
     * costs three and a half times as much; its address has a path.
     */
    endpoint: z.enum(ENDPOINTS).exactOptional(),
    /** How the stream is fed to the function that counts; what is left out is as on the local host. */
    eventSource: eventSourceSchema.exactOptional(),
    /**
     * Under how many keys heartbeats are sent through the stream every five minutes, 32 where it is left out. The more
     * lanes the stream has, the more keys it takes to reach all of them; each costs about half a cent a month:
     * docs/decisions/025-heartbeats.md.
     */
    heartbeatKeys: heartbeatKeys.exactOptional(),
    /**
     * The tables that the stack takes over, such as restored ones, in the place of those that it would make: they have
     * to be there. From then on they stay written down here. See docs/how-to/restore.md.
     */
    tableNames: z
      .strictObject({
        messages: tableName.exactOptional(),
        usage: tableName.exactOptional(),
        audit: tableName.exactOptional(),
      })
      .exactOptional(),
    /** How long a message is stored after it was sent, in days. */
    messageRetentionDays: atLeast(1),
    /** How long the counters of a day are kept after it, in days; its snapshot stays for ever. */
    counterRetentionDays: atLeast(1),
    /** How long logs are kept, in days: one of those that CloudWatch knows, and never for ever. */
    logRetentionDays: z
      .enum(RetentionDays)
      .refine((days) => days !== RetentionDays.INFINITE, 'must be a number of days: a log has to forget'),
    /**
     * What the API takes, all callers together; more is answered with 429. Every route has a limit of
     * its own, so that none takes from another one: recording messages, each other operation that takes a
     * key (`api`), and each that everybody may ask (`public`).
     */
    throttling: z.strictObject({ recording: rateLimit, api: rateLimit, public: rateLimit }),
    /**
     * What one API key may ask of one instance of a function; more is answered with 429. A key whose requests
     * go to several instances gets that of each, so this is approximate.
     */
    keyLimit: rateLimit,
    /**
     * How many invocations at a time a function may have, which nothing else can then take from it. Left
     * out, functions share what the account has; a new account has too little to reserve any. Recommended in
     * prod for record-messages and count-messages.
     */
    reservedConcurrency: z.partialRecord(z.enum(FUNCTION_FOLDERS), atLeast(1)).exactOptional(),
    /** The origins whose pages may call the API from a browser; none where it is left out. */
    corsOrigins: z.array(origin).exactOptional(),
    /** Has to be there in prod. */
    alarmSubscribers: alarmSubscribers.exactOptional(),
    /** Where docs/operations.md is read, such as the address of its page; alarms link its sections. */
    runbook: z.string().min(1).exactOptional(),
    /** Who is told of findings and of monthly reports, beside whoever subscribes to the topic. */
    notifications: notificationSettings.exactOptional(),
    /** Whether every peer's report is made when a month is over; it is where this is left out. */
    monthlyReports: z.boolean().exactOptional(),
    /** Where the figures of each day go: nowhere where it is left out. */
    exports: exportSettings.exactOptional(),
    /** What links in messages lead to, the dashboard of the stack where it is left out. */
    dashboardUrl: dashboardUrl.exactOptional(),
  })
  .superRefine((settings, context) => {
    const problem = retentionProblem(settings);
    if (problem !== undefined) {
      context.addIssue({ code: 'custom', path: ['counterRetentionDays'], message: problem });
    }
  });

/** The settings of a stage, as they are written down. */
export type StageSettings = z.input<typeof stageSchema>;

/** What a stack is made from. */
export interface StackSettings {
  /** In `prod`, data and logs outlive the stack, and tables refuse to be deleted. */
  stage: Stage;
  /**
   * Leaves out the alarms that emulators of AWS cannot make, does not compress answers that go through a REST API, of
   * which some make Base64, allows publishing in batches by the name that they have for it, and lets topics, their
   * queues and the bucket of exports be reached without TLS; nothing else.
   */
  emulator: boolean;
  endpoint: Endpoint;
  eventSource: EventSourceSettings;
  heartbeatKeys: number;
  tableNames: { messages?: string; usage?: string; audit?: string };
  messageRetentionDays: number;
  counterRetentionDays: number;
  logRetention: RetentionDays;
  throttling: { recording: RateLimit; api: RateLimit; public: RateLimit };
  keyLimit: RateLimit;
  reservedConcurrency: Partial<Record<FunctionFolder, number>>;
  corsOrigins: string[];
  /** E-mail addresses and HTTPS addresses; an empty list where nobody is told. */
  alarmSubscribers: string[];
  runbook: string;
  /** Who is told of findings and reports, beside whoever subscribes to the topic. */
  notifications: { subscribers: string[]; webhooks: Webhook[] };
  monthlyReports: boolean;
  exports: ExportSettings;
  /** The dashboard of the stack where it is left out. */
  dashboardUrl?: string;
}

/**
 * Checks the settings of a stage, and fills in what is left out.
 *
 * @throws StackSettingsError that names every setting that is unknown, missing or wrong
 */
export function stackSettings(stage: Stage, emulator: boolean, written: unknown): StackSettings {
  const result = stageSchema.safeParse(written);
  const problems =
    result.error?.issues.map(({ path, message }) => [...path, message].join(': ')) ??
    (stage === 'prod' && result.data?.alarmSubscribers === undefined ? [NO_SUBSCRIBERS] : []);
  if (!result.success || problems.length > 0) {
    throw new StackSettingsError(`the settings of the stage ${stage} are wrong: ${problems.join('; ')}`);
  }
  const {
    alarmSubscribers: subscribers = NOBODY,
    eventSource,
    logRetentionDays,
    notifications,
    ...given
  } = result.data;
  return {
    endpoint: 'http-api',
    heartbeatKeys: HEARTBEAT_KEYS.default,
    tableNames: {},
    reservedConcurrency: {},
    corsOrigins: [],
    runbook: 'docs/operations.md',
    monthlyReports: true,
    exports: {},
    ...given,
    stage,
    emulator,
    alarmSubscribers: subscribers === NOBODY ? [] : subscribers,
    notifications: { subscribers: [], webhooks: [], ...notifications },
    eventSource: { ...DEFAULT_EVENT_SOURCE, ...eventSource },
    logRetention: logRetentionDays,
  };
}

const NO_SUBSCRIBERS =
  `alarmSubscribers: nobody would hear of an alarm: name who is told, such as operator@example.com, or ` +
  `'${NOBODY}', in infra/stack-settings.ts or with --alarms-to`;

/** What is set when a stack is made, rather than written down. */
export interface SettingsGiven {
  emulator?: boolean;
  /** Addresses, separated by commas, or `none`; those written down where it is left out. */
  alarmsTo?: string | undefined;
  /** The one written down where it is left out. */
  endpoint?: Endpoint | undefined;
  /** The number written down where it is left out. */
  heartbeatKeys?: number | undefined;
}

/**
 * The settings of a stage.
 *
 * @throws StackSettingsError where there is no such stage, or its settings are wrong
 */
export function settingsOf(
  stage: string,
  { emulator = false, alarmsTo, endpoint, heartbeatKeys: keys }: SettingsGiven = {},
): StackSettings {
  const known = STAGES.find((name) => name === stage);
  if (known === undefined) {
    throw new StackSettingsError(
      `there is no stage ${JSON.stringify(stage)}: it is one of ${STAGES.join(', ')}`,
    );
  }
  const subscribers =
    alarmsTo === undefined || alarmsTo === NOBODY ? alarmsTo : alarmsTo.split(',').map((one) => one.trim());
  return stackSettings(known, emulator, {
    ...SETTINGS[known],
    ...(endpoint !== undefined && { endpoint }),
    ...(keys !== undefined && { heartbeatKeys: keys }),
    ...(subscribers !== undefined && { alarmSubscribers: subscribers }),
  });
}
