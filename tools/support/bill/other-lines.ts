import { GIGABYTE, MILLION, type ServiceLine } from './amounts.ts';
import { ASSUMED, PEER_UNITS, RUNS_AT_REST, STACK } from './measured.ts';
import { runsOfADay, SCHEDULED } from './runs.ts';
import { DAYS_A_MONTH, type Day, SECONDS_A_DAY, type Workload } from './workload.ts';

/** Lambda keeps so many requests open to a queue, and each for 20 seconds. */
const QUEUE_REQUESTS_A_DAY = 5 * (SECONDS_A_DAY / 20);
const PUBLISHED_TO_A_RECEIPT = 10;

/** What API Gateway is paid for, and what leaves AWS through it. */
export function requestLines({ requests, answers }: Day): ServiceLine[] {
  return [
    ['requests that record', { millionApiRequests: requests / MILLION }],
    ['requests that ask', { millionApiRequests: answers / MILLION }],
    ['answers, into the internet', { gigabytesSentOut: (answers * ASSUMED.answerBytes) / GIGABYTE }],
  ];
}

/** What CloudWatch is paid for. */
export function watchingLines({ messagesPerDay }: Workload, day: Day): ServiceLine[] {
  const { invocation, request } = ASSUMED.logBytes;
  const requests = day.requests + day.answers;
  const invoked = requests + day.batches + day.heartbeatBatches + runsOfADay().runs;
  const logged = (invoked * invocation + requests * request) / GIGABYTE;
  const published = messagesPerDay === 0 ? 0 : PEER_UNITS.metricsOfMessages;
  const atRest = SCHEDULED.reduce((sum, name) => sum + RUNS_AT_REST[name].metrics, 0);
  return [
    ['alarms', {}, { alarmMetrics: STACK.alarmMetrics }],
    ['metrics of its own', {}, { customMetrics: atRest + PEER_UNITS.heartbeatNote.metrics + published }],
    ['the metrics dashboard', {}, { metricsDashboards: STACK.dashboards }],
    ['logs', { gigabytesLogged: logged }, { gigabytesOfLogsKept: logged * DAYS_A_MONTH }],
  ];
}

/** What SNS, SQS, EventBridge and S3 are paid for. */
export function deliveryLines({ peers, furtherConsumers }: Workload, { activePeers }: Day): ServiceLine[] {
  const consumers = STACK.consumers + furtherConsumers;
  const { files, bytes } = PEER_UNITS.report;
  // A receipt takes ten; each is deleted with the others of its receipt.
  const received = (2 * activePeers) / PUBLISHED_TO_A_RECEIPT;
  return [
    ['announcements', { millionPublished: activePeers / MILLION }],
    [
      'queues of consumers',
      { millionQueueRequests: (consumers * (QUEUE_REQUESTS_A_DAY + received)) / MILLION },
    ],
    ['schedules', { millionScheduledRuns: runsOfADay().runs / MILLION }],
    [
      'reports on months, kept for a year',
      {},
      { thousandObjectsPut: (peers * files) / 1_000, gigabytesOfObjects: (peers * bytes * 12) / GIGABYTE },
    ],
  ];
}
