import type { SQSRecord } from 'aws-lambda';
import { expect, test } from 'vitest';
import { type ConsumeDays, consumer } from '../../../../functions/shared/announcing/consumer.ts';
import {
  type DayAnnouncement,
  dayChangedEvent,
} from '../../../../functions/shared/domain/day-announcement.ts';
import { METRIC } from '../../../../functions/shared/runtime/metric-names.ts';
import { watchedLog } from '../../../support/service/test-dependencies.ts';

const never = () => false;

function record(messageId: string, body: string): SQSRecord {
  return {
    messageId,
    body,
    receiptHandle: 'handle',
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '0',
      SenderId: 'topic',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:local:1:queue',
    awsRegion: 'local',
  };
}

function announcing(peerId: string, revision = 1): string {
  const day = { peerId, day: '2026-11-21', revision, changedAt: 0, channels: [] };
  return JSON.stringify(dayChangedEvent(day, '/source'));
}

/** A consumer, with what it was given, logged and published. */
function consuming(consume: ConsumeDays) {
  const given: (readonly DayAnnouncement[])[] = [];
  const logged: unknown[] = [];
  const published: unknown[] = [];
  const handler = consumer(
    { log: watchedLog((line) => logged.push(line)), publishMetrics: (counts) => published.push(counts) },
    (announced, outOfTime) => {
      given.push(announced);
      return consume(announced, outOfTime);
    },
  );
  const handle = async (...records: SQSRecord[]) => {
    const { batchItemFailures } = await handler({ Records: records }, never);
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  return { handle, given, logged, published };
}

test('a batch is consumed at once, as peers, days and revisions', async () => {
  const { handle, given, published } = consuming(async () => []);
  expect(await handle(record('1', announcing('p')), record('2', announcing('q', 4)))).toEqual([]);
  expect(given).toEqual([
    [
      { peerId: 'p', day: '2026-11-21', revision: 1 },
      { peerId: 'q', day: '2026-11-21', revision: 4 },
    ],
  ]);
  expect(published).toEqual([{ [METRIC.announcementsConsumed]: 2, [METRIC.announcementsReturned]: 0 }]);
});

test('what has to come again does, and nothing else', async () => {
  const { handle, published } = consuming(async (days) => days.filter(({ peerId }) => peerId === 'q'));
  const records = ['p', 'q', 'r'].map((peerId) => record(`m-${peerId}`, announcing(peerId)));
  expect(await handle(...records)).toEqual(['m-q']);
  expect(published).toEqual([{ [METRIC.announcementsConsumed]: 2, [METRIC.announcementsReturned]: 1 }]);
});

test('the same day announced twice in a batch comes again as often as it is given back', async () => {
  const { handle } = consuming(async ([first]) => (first === undefined ? [] : [first]));
  expect(await handle(record('1', announcing('p')), record('2', announcing('p')))).toEqual(['1']);
});

test('all of a batch comes again where its consumer fails, and the log says why', async () => {
  const { handle, logged } = consuming(async () => {
    throw new Error('the third party is down');
  });
  expect(await handle(record('1', announcing('p')), record('2', announcing('q')))).toEqual(['1', '2']);
  expect(logged).toEqual([
    {
      level: 'error',
      message: 'announced days could not be taken',
      fields: { problem: 'Error: the third party is down', days: 2 },
    },
  ]);
});

test.each([
  ['no JSON', '<html>', /^it is no JSON$/],
  ['nothing', 'null', /^it is no event that announces a day \(Invalid input: .*\)$/],
  ['another event', '{"specversion":"1.0","type":"x","data":{}}', /type: Invalid input/],
  [
    'a day that does not exist',
    announcing('p').replaceAll('-21', '-31'),
    /data: day: must be a day that exists/,
  ],
  ['a later version of CloudEvents', announcing('p').replace('"1.0"', '"2.0"'), /specversion: Invalid input/],
  ['no peer', announcing('p').replace('"peerId"', '"peer"'), /data: peerId: Invalid input/],
])('a message that is %s fails alone, and the log says why', async (_what, body, problem) => {
  const { handle, given, logged } = consuming(async () => []);
  expect(await handle(record('bad', body), record('good', announcing('q')))).toEqual(['bad']);
  expect(given).toHaveLength(1);
  expect(logged).toEqual([
    {
      level: 'error',
      message: 'a message in the queue announces no day',
      fields: { messageId: 'bad', problem: expect.stringMatching(problem) },
    },
  ]);
});

test('nothing is consumed where no message announces a day', async () => {
  const { handle, given } = consuming(async () => []);
  expect(await handle(record('bad', 'x'))).toEqual(['bad']);
  expect(given).toEqual([]);
});
