import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  createChannelUsageClient,
  type Recorder,
  type RecorderOptions,
  type RejectedMessage,
  UnrecordedError,
} from '../../../packages/client/src/index.ts';
import { FailingService } from '../../support/client/failing-service.ts';
import { FakeTiming } from '../../support/client/fake-timing.ts';

const service = new FailingService();
let url = '';
let timing = new FakeTiming();
let rejected: RejectedMessage[] = [];
let errors: Error[] = [];
let opened: Recorder[] = [];

beforeAll(async () => {
  url = await service.start();
});
afterAll(() => service[Symbol.asyncDispose]());
beforeEach(() => {
  service.reset();
  timing = new FakeTiming();
  rejected = [];
  errors = [];
  opened = [];
});
afterEach(async () => {
  for (const one of opened) await one.close().catch(() => {});
});

function recorder(options: Partial<RecorderOptions> = {}) {
  const client = createChannelUsageClient({ url, key: 'cua_test', retry: { attempts: 1 }, timing });
  const made = client.recorder({
    peerId: 'peer_1',
    onRejected: (some) => rejected.push(...some),
    onError: (error) => errors.push(error),
    ...options,
  });
  opened.push(made);
  return made;
}

function message(index: number, more: Record<string, unknown> = {}) {
  return {
    messageId: `m-${index}`,
    conversationId: 'c-1',
    channelId: 'direct',
    role: 'user',
    ...more,
  } as const;
}

function takenIds(): string[] {
  return service.taken.map(({ messageId }) => messageId);
}

test('messages wait for others until the time to flush, which begins with the first', async () => {
  const recording = recorder({ flushEvery: 250 });
  expect(timing.timers).toEqual([]);
  for (const index of [1, 2, 3]) await recording.record(message(index));
  expect([timing.timers, service.requests]).toEqual([[250], 0]);
  timing.ring(250);
  await recording.flush();
  expect([takenIds(), service.requests]).toEqual([['m-1', 'm-2', 'm-3'], 1]);
});

test('a full batch is sent at once, and one request at a time', async () => {
  const recording = recorder({ maxBatch: 2 });
  for (const index of [1, 2, 3, 4, 5]) await recording.record(message(index));
  await recording.flush();
  expect([takenIds(), service.requests]).toEqual([['m-1', 'm-2', 'm-3', 'm-4', 'm-5'], 3]);
});

test('a request has less than 1 MB, in bytes of UTF-8', async () => {
  const recording = recorder();
  const channelName = 'ü'.repeat(100_000);
  for (let index = 0; index < 9; index += 1) await recording.record(message(index, { channelName }));
  await recording.flush();
  expect([service.taken.length, service.requests, errors]).toEqual([9, 3, []]);
});

test('closing sends what is left, and takes nothing more', async () => {
  const recording = recorder();
  await recording.record(message(1));
  await recording.close();
  expect(takenIds()).toEqual(['m-1']);
  await expect(recording.record(message(2))).rejects.toMatchObject({
    name: 'UnrecordedError',
    message: 'the recorder was closed',
    messages: [{ messageId: 'm-2' }],
  });
  await recording.close();
  expect([service.requests, timing.timers]).toEqual([1, []]);
});

test('who is rejected is told, with the message and the reason; the others are recorded', async () => {
  const recording = recorder();
  await recording.record(message(1));
  await recording.record({ ...message(2), role: JSON.parse('"bad"') });
  await recording.record(message(3));
  await recording.flush();
  expect(takenIds()).toEqual(['m-1', 'm-3']);
  expect(rejected).toEqual([
    {
      message: expect.objectContaining({ messageId: 'm-2' }),
      code: 'invalid_message',
      reason: 'role is bad',
    },
  ]);
});

test('what failed stays, in its place, and goes with the next flush', async () => {
  service.faults = [{ status: 503 }];
  const recording = recorder();
  await recording.record(message(1));
  await expect(recording.flush()).rejects.toMatchObject({ messages: [{ messageId: 'm-1' }] });
  await recording.record(message(2));
  await recording.flush();
  expect([takenIds(), errors.map(String)]).toEqual([['m-1', 'm-2'], ['ApiError: it is a 503']]);
});

test('what was unavailable is recorded before all that came later', async () => {
  service.faults = ['unavailable'];
  const recording = recorder({ maxBatch: 3 });
  for (const index of [1, 2, 3, 4]) await recording.record(message(index));
  await recording.flush().catch(() => {});
  await recording.flush();
  expect(takenIds()).toEqual(['m-1', 'm-3', 'm-2', 'm-4']);
  expect([rejected, errors.map(String)]).toEqual([
    [],
    ['ApiError: 1 messages could not be recorded at the moment'],
  ]);
});

test('a full recorder lets wait, in order, for the room that the next request makes', async () => {
  const recording = recorder({ maxBatch: 2, maxBuffered: 2 });
  await recording.record(message(1));
  await recording.record(message(2));
  await Promise.all([3, 4, 5].map((index) => recording.record(message(index))));
  await recording.flush();
  expect(takenIds()).toEqual(['m-1', 'm-2', 'm-3', 'm-4', 'm-5']);
});

test('a full recorder refuses who waits where that request fails, and takes messages again later', async () => {
  service.faults = ['cut before'];
  const recording = recorder({ maxBatch: 2, maxBuffered: 2 });
  await recording.record(message(1));
  await recording.record(message(2));
  await expect(recording.record(message(3))).rejects.toMatchObject({
    name: 'UnrecordedError',
    messages: [{ messageId: 'm-3', sentAt: expect.any(String) }],
  });
  await recording.record(message(4));
  await recording.flush();
  expect(takenIds()).toEqual(['m-1', 'm-2', 'm-4']);
});

test('a revoked key ends the recorder, which gives everything back', async () => {
  service.faults = [{ status: 401 }];
  const recording = recorder();
  await recording.record(message(1));
  await recording.flush().catch(() => {});
  await expect(recording.record(message(2))).rejects.toBeInstanceOf(UnrecordedError);
  await expect(recording.close()).rejects.toMatchObject({
    message: 'the recorder has ended: it is a 401',
    messages: [{ messageId: 'm-1' }],
  });
  expect([service.requests, errors.length]).toEqual([1, 1]);
});

test('limits that make no sense are refused', () => {
  expect(() => recorder({ maxBatch: 501 })).toThrow('maxBatch is from 1 to 500');
  expect(() => recorder({ maxBatch: 20, maxBuffered: 10 })).toThrow('maxBuffered is at least maxBatch');
});

test.each([
  ['recorded', [], 0],
  ['told', [{ status: 401 }], 1],
] as const)('a process that comes to its end with messages in hand: they are %s', async (_, faults, left) => {
  service.faults = [...faults];
  const module = JSON.stringify(join(import.meta.dirname, '../../../packages/client/src/index.ts'));
  const program = `
    import { createChannelUsageClient } from ${module};
    const tell = (error) => { if (error.messages) console.log(error.messages.length); };
    const client = createChannelUsageClient({ url: ${JSON.stringify(url)}, key: 'cua_test' });
    const recorder = client.recorder({ peerId: 'p', flushEvery: 3600000, onRejected: () => {}, onError: tell });
    await recorder.record(${JSON.stringify(message(1))});`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = Buffer.concat(await child.stdout.toArray()).toString();
  const [code] = child.exitCode === null ? await once(child, 'close') : [child.exitCode];
  expect([code, takenIds().length, Number(output)]).toEqual([0, 1 - left, left]);
});
