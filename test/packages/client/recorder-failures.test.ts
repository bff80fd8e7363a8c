import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  ApiError,
  createChannelUsageClient,
  type Message,
  type RejectedMessage,
  UnrecordedError,
} from '../../../packages/client/src/index.ts';
import {
  FailingService,
  type Fault,
  identityOf,
  TAKES_IN_SECRET,
} from '../../support/client/failing-service.ts';
import { FakeTiming } from '../../support/client/fake-timing.ts';

const TIMEOUT_MS = 7000;
const FLUSH_EVERY_MS = 900;
/** Requests of more bytes are a 413 without any fault: five messages or so. */
const MAX_BYTES = 700;

const service = new FailingService(MAX_BYTES);
let url = '';
/** Where nothing listens. */
let closedUrl = '';

beforeAll(async () => {
  url = await service.start();
  const closed = new FailingService();
  closedUrl = await closed.start();
  await closed[Symbol.asyncDispose]();
});
afterAll(() => service[Symbol.asyncDispose]());
beforeEach(() => service.reset());

/** Never arrives at the service. */
const REFUSED = 'refused';
type Failure = Fault | typeof REFUSED;

const passing: fc.Arbitrary<Failure> = fc.constantFrom<Failure[]>(
  'none',
  REFUSED,
  'cut before',
  'cut after',
  'cut within',
  'slow',
  'html',
  'other json',
  'empty',
  'empty result',
  { status: 429 },
  { status: 429, retryAfter: '3' },
  { status: 429, retryAfter: 'Sun, 22 Nov 2026 10:00:30 GMT' },
  { status: 429, retryAfter: '86400' },
  { status: 500 },
  { status: 502 },
  { status: 503, retryAfter: '5' },
  { status: 504 },
);
const lasting: fc.Arbitrary<Failure> = fc.constantFrom<Failure[]>(
  { status: 401 },
  { status: 302, location: 'http://127.0.0.1:1/' },
);
const tooLarge: fc.Arbitrary<Failure> = fc.constant({ status: 413 });

const given = fc.record({
  conversation: fc.integer({ min: 0, max: 3 }),
  isBad: fc.boolean(),
  sentAt: fc.option(fc.constant('2026-11-20T08:00:00Z'), { nil: undefined }),
  /** Whether the time to flush comes after it. */
  rings: fc.boolean(),
});
type Given = typeof given extends fc.Arbitrary<infer T> ? T : never;

interface Run {
  messages: Given[];
  failures: Failure[];
  maxBatch: number;
  room: number;
  attempts: number;
}

function runs(failure: fc.Arbitrary<Failure>): fc.Arbitrary<Run> {
  return fc.record({
    messages: fc.array(given, { maxLength: 40 }),
    failures: fc.array(failure, { maxLength: 40 }),
    maxBatch: fc.integer({ min: 1, max: 9 }),
    room: fc.integer({ min: 0, max: 9 }),
    attempts: fc.integer({ min: 1, max: 4 }),
  });
}

function messageOf({ conversation, isBad, sentAt }: Given, index: number): Message {
  const message = { messageId: `m-${index}`, conversationId: `c-${conversation}`, channelId: 'direct' };
  // What no client may know to be wrong: the service decides.
  const role = isBad ? JSON.parse('"bad"') : 'user';
  return { ...message, role, ...(sentAt !== undefined && { sentAt }) };
}

/** What a run has come to, as the recorder tells it. */
interface Told {
  rejected: RejectedMessage[];
  /** Of `record`. */
  notTaken: Message[];
  /** Of `close`. */
  left: Message[];
  errors: Error[];
}

async function play({ messages, failures, maxBatch, room, attempts }: Run): Promise<Told> {
  service.reset();
  const waiting = [...failures];
  const timing = new FakeTiming();
  service.onSlow = () => timing.ring(TIMEOUT_MS);
  const told: Told = { rejected: [], notTaken: [], left: [], errors: [] };
  const client = createChannelUsageClient({
    url,
    key: 'cua_test',
    timeoutMs: TIMEOUT_MS,
    retry: { attempts },
    timing,
    fetch: (input, init) => {
      const failure = waiting.shift() ?? 'none';
      const request = new Request(input, init);
      if (failure === REFUSED) return fetch(new Request(closedUrl, request));
      service.faults.push(failure);
      return fetch(request);
    },
  });
  const recorder = client.recorder({
    peerId: 'peer_1',
    flushEvery: FLUSH_EVERY_MS,
    maxBatch,
    maxBuffered: maxBatch + room,
    onRejected: (rejected) => told.rejected.push(...rejected),
    onError: (error) => told.errors.push(error),
  });
  for (const [index, one] of messages.entries()) {
    await recorder.record(messageOf(one, index)).catch((error) => told.notTaken.push(...messagesOf(error)));
    if (one.rings) timing.ring(FLUSH_EVERY_MS);
  }
  await recorder.close().catch((error) => told.left.push(...messagesOf(error)));
  return told;
}

function messagesOf(error: unknown): readonly Message[] {
  if (error instanceof UnrecordedError) return error.messages;
  throw error;
}

function identities(messages: readonly { conversationId: string; messageId: string }[]): string[] {
  return messages.map(identityOf).sort();
}

/** What holds whatever fails. */
function expectAccounted({ messages, failures }: Run, told: Told): void {
  const all = messages.map(messageOf);
  const rejected = told.rejected.map(({ message }) => message);
  const unrecorded = [...told.notTaken, ...told.left];
  // Nothing is lost: what was not recorded was told.
  expect(identities(all)).toEqual(
    [...new Set(identities([...service.taken, ...rejected, ...unrecorded]))].sort(),
  );
  // Nothing is told twice, nor both rejected and left.
  expect(new Set(identities([...rejected, ...unrecorded])).size).toBe(rejected.length + unrecorded.length);
  // A message that was sent again is the same, and the one that was given.
  expect(service.changed).toEqual([]);
  for (const taken of service.taken) {
    const original = all.find((one) => identityOf(one) === identityOf(taken));
    expect(taken).toEqual({ ...original, sentAt: original?.sentAt ?? expect.stringMatching(/^2026-11-22T/) });
  }
  // Each conversation was taken in order.
  expect(service.taken.map(identityOf).toSorted(byPlaceIn(all))).toEqual(service.taken.map(identityOf));
  // What is said to be left is, unless an answer did not come through.
  if (failures.some((failure) => failure !== REFUSED && TAKES_IN_SECRET.includes(failure))) return;
  const taken = new Set(identities(service.taken));
  expect(identities([...unrecorded, ...rejected]).filter((one) => taken.has(one))).toEqual([]);
}

function byPlaceIn(all: readonly Message[]): (a: string, b: string) => number {
  const places = new Map(all.map((one, index) => [identityOf(one), index]));
  return (a, b) => (places.get(a) ?? -1) - (places.get(b) ?? -1);
}

test('what passes leaves nothing behind that is not told, nothing twice, and all in order', async () => {
  await fc.assert(
    fc.asyncProperty(runs(passing), async (run) => {
      const told = await play(run);
      expectAccounted(run, told);
      if (told.errors.length > 0) return;
      const good = run.messages.flatMap((one, index) => (one.isBad ? [] : [messageOf(one, index)]));
      expect(identities(service.taken)).toEqual(identities(good));
    }),
    { numRuns: 300, seed: 20261122 },
  );
});

test('what lasts ends the recorder, which gives back all that it has not recorded', async () => {
  await fc.assert(
    fc.asyncProperty(runs(fc.oneof({ arbitrary: passing, weight: 4 }, lasting)), async (run) => {
      const told = await play(run);
      expectAccounted(run, told);
      const ends = told.errors.filter(
        (error) => error instanceof ApiError && [401, 302].includes(error.status),
      );
      expect(ends.length).toBeLessThanOrEqual(1);
      if (told.left.length > 0) expect(told.errors).not.toEqual([]);
    }),
    { numRuns: 100, seed: 20261123 },
  );
});

test('what is too large is sent in halves, and told where a single message is', async () => {
  await fc.assert(
    fc.asyncProperty(runs(fc.oneof({ arbitrary: passing, weight: 3 }, tooLarge)), async (run) => {
      const told = await play(run);
      expectAccounted(run, told);
      for (const { code } of told.rejected) expect(['invalid_message', 'payload_too_large']).toContain(code);
    }),
    { numRuns: 100, seed: 20261124 },
  );
});
