// What things take, as it was measured: npm run cost and docs/cost.md take all of it from here. Tests measure the units
// and bytes, count what the stack has, and fail where something else stands here.

/** What things take in units of DynamoDB as it bills them, those of indexes included, and in bytes that are stored. */
export interface BillUnits {
  /** A message of a conversation that has begun, on a day that is open. */
  message: {
    read: number;
    /** With ids that are as long as UUIDs. */
    storedBytes: number;
    evidenceBytes: number;
  };
  conversation: { markerBytes: number };
  /** What a channel's day takes above its messages. */
  channelsDay: { opening: number; sealing: number; evidenceBytes: number; figureBytes: number };
  /** What a peer's day takes above those of its channels. */
  peersDay: { opening: number; sealing: number; sealingRead: number; announcingRead: number };
  /** The figures of 30 days of four channels. */
  answerRead: number;
}

/** Measured by `bench/bill-units.ts`, as `test/tools/bill-measured.test.ts` shows. */
export const UNITS: BillUnits = {
  message: { read: 1.31, storedBytes: 285, evidenceBytes: 10.5 },
  conversation: { markerBytes: 234 },
  channelsDay: { opening: 1, sealing: 3, evidenceBytes: 275, figureBytes: 23 },
  peersDay: { opening: 1, sealing: 6, sealingRead: 7, announcingRead: 5 },
  answerRead: 1.5,
};

/**
 * The write units that counting a message takes, by how many of its peer and channel are in its batch.
 * `test/functions/shared/counting/write-budget.test.ts` measures them.
 */
export const WRITTEN_OF_MESSAGE = { 1: 1.033, 10: 0.133, 100: 0.042 } as const;

/** What a run of a function takes that finds nothing to do. */
export interface RunAtRest {
  written: number;
  read: number;
  calls: number;
  /** How many CloudWatch metrics it publishes. */
  metrics: number;
}

/** The functions that run by themselves. */
export type ScheduledFunction =
  | 'send-heartbeats'
  | 'redrive-records'
  | 'take-daily-snapshot'
  | 'audit-figures'
  | 'raise-alerts'
  | 'send-reports'
  | 'send-notifications'
  | 'announce-days';

/** Measured by `bench/runs-at-rest.ts`, as `test/tools/bill-measured.test.ts` shows: of all lanes of peers together. */
export const RUNS_AT_REST: Readonly<Record<ScheduledFunction, RunAtRest>> = {
  'send-heartbeats': { written: 32, read: 0, calls: 32, metrics: 0 },
  'redrive-records': { written: 0, read: 1, calls: 1, metrics: 3 },
  'take-daily-snapshot': { written: 0, read: 4, calls: 8, metrics: 6 },
  'audit-figures': { written: 0, read: 16, calls: 16, metrics: 1 },
  'raise-alerts': { written: 0, read: 9, calls: 9, metrics: 4 },
  'send-reports': { written: 0, read: 8.5, calls: 9, metrics: 1 },
  'send-notifications': { written: 0, read: 1, calls: 1, metrics: 4 },
  'announce-days': { written: 8, read: 12, calls: 24, metrics: 2 },
};

/** What other tests hold: those of the function that does it. */
export const PEER_UNITS = {
  /** test/functions/raise-alerts: once when its day is announced, and once in the sweep over all peers. */
  judgingRead: 4 + 4,
  /** test/functions/send-reports: a month's report, told to one target; and a look at it on each other day. */
  report: { written: 6, read: 4, readOnOtherDays: 1, files: 3, bytes: 4_500 },
  /** test/functions/shared/counting/passing-heartbeats.test.ts: a batch of them is noted, which publishes one metric. */
  heartbeatNote: { written: 1, metrics: 1 },
  /** What count-messages publishes of a batch of messages, and record-messages of a request. */
  metricsOfMessages: 6 + 4,
} as const;

/** What the stack has, as `test/tools/bill-measured.test.ts` counts in the template. */
export const STACK = {
  /** One an alarm, and two where it compares two. */
  alarmMetrics: 53,
  dashboards: 1,
  /** How often its schedules fire, a day. */
  runsADay: {
    'send-heartbeats': 288,
    'redrive-records': 24,
    'take-daily-snapshot': 4 * 24,
    'audit-figures': 4,
    'raise-alerts': 24,
    'send-reports': 24,
    'send-notifications': 1_440,
    'announce-days': 48,
  } satisfies Record<ScheduledFunction, number>,
  megabytes: {
    'send-heartbeats': 256,
    'redrive-records': 1_769,
    'take-daily-snapshot': 1_769,
    'audit-figures': 1_024,
    'raise-alerts': 512,
    'send-reports': 512,
    'send-notifications': 256,
    'announce-days': 512,
    'count-messages': 1_769,
    'record-messages': 512,
    'usage-api': 512,
  },
  /** Consumers of days that come with every stack: raise-alerts. */
  consumers: 1,
} as const;

/**
 * CPU, in milliseconds of one processor, by `npm run bench`: never exact, and other on other machines. It is a part of how
 * long an invocation lasts; the other are its calls of DynamoDB, one behind the other.
 */
export const CPU_MS = {
  /** A batch's messages of one peer and channel, and each of them: as one and ten take it, which is more than a hundred do. */
  group: 0.32,
  message: 0.095,
  answer: 4.3,
  recordedMessage: 1,
  sealedPeer: 5.5,
  run: 5,
} as const;
export const CALLS_IN_A_ROW = { counting: 2, answer: 2, recording: 2, sealedPeer: 4, run: 2 } as const;

/**
 * Assumed, and nowhere measured: how long a call of DynamoDB takes, of which AWS says "single-digit milliseconds"; what is
 * logged of an invocation by Lambda itself and by a function, and of a request by API Gateway; and the shards of the
 * messages table, which begins with four.
 */
export const ASSUMED = {
  callMs: 10,
  logBytes: { invocation: 1_300, request: 450 },
  shards: 4,
  answerBytes: 1_500,
} as const;
