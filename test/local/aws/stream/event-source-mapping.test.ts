import type { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_EVENT_SOURCE,
  type EventSourceSettings,
} from '../../../../functions/count-messages/event-source.ts';
import { EventSourceMapping, type FailedBatch } from '../../../../local/aws/stream/event-source-mapping.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');

function record(number: number, changes: Record<string, unknown> = {}, key = `k${number}`): DynamoDBRecord {
  return {
    eventID: `e${number}`,
    eventName: 'INSERT',
    dynamodb: {
      ApproximateCreationDateTime: NOW / 1000,
      SequenceNumber: String(number),
      Keys: { pk: { S: key }, sk: { S: 'm' } },
      NewImage: { role: { S: 'user' }, schemaVersion: { N: '1' }, ...changes },
    },
  };
}

const records = (amount: number) => Array.from({ length: amount }, (_, index) => record(index + 1));

/** A mapping to a function that fails as told, with all that happened. */
function mappingTo(
  respond: (numbers: string[]) => DynamoDBBatchResponse | Error,
  settings: Partial<EventSourceSettings> = {},
  stop?: AbortSignal,
) {
  const invocations: string[][] = [];
  const failures: FailedBatch[] = [];
  const pauses: number[] = [];
  const clock = { now: NOW };
  const mapping = new EventSourceMapping({
    settings: { ...DEFAULT_EVENT_SOURCE, ...settings },
    invoke: async ({ Records }) => {
      const numbers = Records.map(({ dynamodb }) => dynamodb?.SequenceNumber ?? '');
      invocations.push(numbers);
      const response = respond(numbers);
      if (response instanceof Error) throw response;
      return response;
    },
    failureDestination: async (failure) => {
      failures.push(failure);
    },
    clock: () => clock.now,
    waiting: {
      pause: async (milliseconds) => {
        pauses.push(milliseconds);
      },
      deadline: () => new Promise(() => {}),
      random: () => 1,
    },
    ...(stop !== undefined && { stop }),
  });
  return { mapping, invocations, failures, pauses, clock };
}

const success: DynamoDBBatchResponse = { batchItemFailures: [] };
const failedFrom = (itemIdentifier: string): DynamoDBBatchResponse => ({
  batchItemFailures: [{ itemIdentifier }],
});

test('records are delivered in batches, in order', async () => {
  const { mapping, invocations } = mappingTo(() => success, { batchSize: 2 });
  await mapping.process(records(5));
  expect(invocations).toEqual([['1', '2'], ['3', '4'], ['5']]);
});

describe('the filter', () => {
  const delivered = async (sent: DynamoDBRecord) => {
    const { mapping, invocations } = mappingTo(() => success);
    await mapping.process([sent]);
    return invocations.length === 1;
  };
  const replaced = (attributes: Record<string, unknown>) => record(1, attributes);

  test.each(['assistant', 'system', 'tool'])('keeps well-formed messages of role %s back', async (role) => {
    expect(await delivered(replaced({ role: { S: role } }))).toBe(false);
  });

  test.each([
    { name: 'of users', sent: replaced({}) },
    { name: 'of an unknown role', sent: replaced({ role: { S: 'bot' } }) },
    { name: 'without a role', sent: replaced({ role: undefined }) },
    { name: 'with a role that is no string', sent: replaced({ role: { N: '1' } }) },
    { name: 'of another version', sent: replaced({ role: { S: 'tool' }, schemaVersion: { N: '2' } }) },
    { name: 'without a version', sent: replaced({ role: { S: 'tool' }, schemaVersion: undefined }) },
  ])('lets insertions $name through', async ({ sent }) => {
    expect(await delivered(sent)).toBe(true);
  });

  test.each(['MODIFY', 'REMOVE'] as const)('keeps a %s back', async (eventName) => {
    expect(await delivered({ ...record(1), eventName })).toBe(false);
  });
});

describe('a failed batch', () => {
  test('is halved until what fails is alone, and that is given up after its last retry', async () => {
    const { mapping, invocations, failures } = mappingTo(
      (numbers) => (numbers.includes('3') ? new Error('poison') : success),
      { retryAttempts: 3 },
    );
    await mapping.process(records(4));
    expect(invocations).toEqual([['1', '2', '3', '4'], ['1', '2'], ['3', '4'], ['3'], ['3'], ['4']]);
    expect(failures).toEqual([{ reason: 'RetryAttemptsExhausted', attempts: 4, records: [record(3)] }]);
  });

  test('is tried again whole where it is not to be halved', async () => {
    let attempts = 0;
    const { mapping, invocations } = mappingTo(
      () => {
        attempts += 1;
        return attempts < 3 ? new Error('not yet') : success;
      },
      { bisectBatchOnError: false },
    );
    await mapping.process(records(2));
    expect(invocations).toEqual([
      ['1', '2'],
      ['1', '2'],
      ['1', '2'],
    ]);
  });

  test('goes on from the first record that is named', async () => {
    let isFirst = true;
    const { mapping, invocations } = mappingTo(() => {
      const response = isFirst ? failedFrom('3') : success;
      isFirst = false;
      return response;
    });
    await mapping.process(records(4));
    expect(invocations).toEqual([
      ['1', '2', '3', '4'],
      ['3', '4'],
    ]);
  });

  test('that names the lowest of several goes on from there', async () => {
    let isFirst = true;
    const { mapping, invocations } = mappingTo(() => {
      const both = { batchItemFailures: [{ itemIdentifier: '4' }, { itemIdentifier: '2' }] };
      const response = isFirst ? both : success;
      isFirst = false;
      return response;
    });
    await mapping.process(records(4));
    expect(invocations[1]).toEqual(['2', '3', '4']);
  });

  test('that names a record of no batch failed as a whole', async () => {
    let isFirst = true;
    const { mapping, invocations } = mappingTo(
      () => {
        const response = isFirst ? failedFrom('99') : success;
        isFirst = false;
        return response;
      },
      { bisectBatchOnError: false },
    );
    await mapping.process(records(2));
    expect(invocations).toEqual([
      ['1', '2'],
      ['1', '2'],
    ]);
  });

  test('is tried again after pauses that grow', async () => {
    const { mapping, pauses } = mappingTo(() => new Error('down'), { retryAttempts: 4 });
    await mapping.process(records(1));
    expect(pauses).toEqual([100, 200, 400, 800]);
  });

  test('is tried again until its records are too old, however often that is', async () => {
    const { mapping, invocations, failures, pauses, clock } = mappingTo(() => {
      clock.now += 10_000;
      return new Error('down');
    });
    await mapping.process(records(1));
    const attempts = 12 * 360 + 1;
    expect(invocations).toHaveLength(attempts);
    expect(Math.max(...pauses)).toBe(10_000);
    expect(failures).toEqual([{ reason: 'RecordAgeExceeded', attempts, records: records(1) }]);
  });

  test('gives up records that have become too old', async () => {
    const { mapping, invocations, failures, clock } = mappingTo(
      () => {
        clock.now += 3_601_000;
        return new Error('down');
      },
      { maximumRecordAgeSeconds: 3_600 },
    );
    await mapping.process(records(1));
    expect(invocations).toEqual([['1']]);
    expect(failures).toEqual([{ reason: 'RecordAgeExceeded', attempts: 1, records: records(1) }]);
  });
});

test('lanes are processed side by side, and each in order', async () => {
  const { mapping, invocations } = mappingTo(() => success, { parallelizationFactor: 4, batchSize: 1 });
  const sent = Array.from({ length: 20 }, (_, index) => record(index + 1, {}, `k${index % 5}`));
  await mapping.process(sent);
  const order = invocations.flat().map(Number);
  for (let key = 0; key < 5; key += 1) {
    const ofKey = order.filter((number) => (number - 1) % 5 === key);
    expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b));
  }
  expect([...order].sort((a, b) => a - b)).toEqual(sent.map((_, index) => index + 1));
  expect(order).not.toEqual([...order].sort((a, b) => a - b));
});

test('a mapping that is stopped begins no further invocation', async () => {
  const stop = new AbortController();
  const { mapping, invocations } = mappingTo(
    () => {
      stop.abort(new Error('stopped'));
      return success;
    },
    { batchSize: 1 },
    stop.signal,
  );
  await expect(mapping.process(records(3))).rejects.toThrow('stopped');
  expect(invocations).toEqual([['1']]);
});
