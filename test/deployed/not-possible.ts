/** What of the deployed service is not tried on some target, why, and where it is tried instead. */
export interface NotPossible {
  what: string;
  why: string;
  instead: string;
}

const LOCAL_HOST = 'the event source mapping of the local host, in npm test and npm run test:faults';
const TEMPLATE = 'the rules about the template, in npm test';

/** On an emulator of AWS. The reasons are those of the one that is installed here, MiniStack. */
const ON_EMULATORS: readonly NotPossible[] = [
  {
    what: 'partial batch responses, halving of batches, the limit of retries, parallel lanes',
    why: 'the emulator ignores these settings of a stream',
    instead: LOCAL_HOST,
  },
  {
    what: 'a batch that fails again and again ends in the failure destination',
    why: 'the emulator puts nothing into a bucket, and retries without end',
    instead: `${LOCAL_HOST}; ${TEMPLATE}`,
  },
  {
    what: 'the alarms on the rate of 5xx answers, and on snapshots that fall behind',
    why: 'the emulator refuses alarms on expressions; they are left out of the stack there',
    instead: TEMPLATE,
  },
  {
    what: 'metrics, alarms going off, the mail about them, the dashboard in CloudWatch',
    why: 'the emulator keeps alarms and dashboards, and makes few of the metrics that they look at',
    instead: TEMPLATE,
  },
  {
    what: 'that the schedule fills in its time, is held to its role, retries, and leaves what failed in the queue',
    why: 'the emulator invokes the function at the right minute, and does none of that; the time is written into the schedule',
    instead: `${TEMPLATE}; the snapshot job with every time, on the local host`,
  },
  {
    what: 'that a run that failed is repeated and ends in the queue of failed runs',
    why: 'the emulator does not do it for a function that a schedule invoked',
    instead: TEMPLATE,
  },
  {
    what: 'that topics, queues and the bucket of exports refuse requests without TLS',
    why: 'the emulator speaks plain HTTP: what refuses it is left out of the stack there',
    instead: TEMPLATE,
  },
  {
    what: 'throttling, the access log and CORS of the API',
    why: 'the emulator does not throttle, writes no access log, and allows every origin of its own accord',
    instead: TEMPLATE,
  },
  {
    what: 'a request body that is compressed with gzip, through an HTTP API',
    why: 'the emulator takes what is said to be JSON for text, and replaces the bytes that are none',
    instead: 'the local host, in npm test',
  },
  {
    what: 'an answer that is compressed, through a REST API',
    why: 'some emulators make Base64 of it, and so functions are told there not to compress',
    instead: 'the same requests through both kinds of API, in npm test',
  },
  {
    what: 'arm64, cold starts, memory limits, prices',
    why: 'functions run as plain processes of this machine',
    instead: 'nothing; see the figures of a real account',
  },
  {
    what: 'recovery to a point in time, protection from deletion, expiry of items and objects',
    why: 'the emulator keeps the settings and does not act on them in time',
    instead: TEMPLATE,
  },
];

const ON_AWS: readonly NotPossible[] = [
  {
    what: 'a run of the snapshot job that fails ends in the queue of failed runs',
    why: 'nothing that reaches the service from outside makes one fail',
    instead: TEMPLATE,
  },
  {
    what: 'a batch that fails again and again ends in the failure destination',
    why: 'with the deployed limits that takes hours',
    instead: LOCAL_HOST,
  },
  {
    what: 'alarms going off and the mail about them',
    why: 'it takes a quarter of an hour, and a mailbox',
    instead: TEMPLATE,
  },
];

const ON_ENDPOINTS: readonly NotPossible[] = [
  ...ON_EMULATORS,
  {
    what: 'that the roles of the functions are wide enough',
    why: 'whether an emulator holds functions to their roles is its own setting',
    instead: 'the emulator that this command installs without --endpoint',
  },
];

/** Where the service is deployed: on the emulator installed here, on one that ran already, or in AWS. */
export type Place = 'installed' | 'endpoint' | 'account';

const NOT_POSSIBLE: Record<Place, readonly NotPossible[]> = {
  installed: ON_EMULATORS,
  endpoint: ON_ENDPOINTS,
  account: ON_AWS,
};

/** What is not tried in a place. */
export function notPossibleOn(place: Place): readonly NotPossible[] {
  return NOT_POSSIBLE[place];
}
