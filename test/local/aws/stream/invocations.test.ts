import type { DynamoDBBatchResponse } from 'aws-lambda';
import { expect, test } from 'vitest';
import { runAsLambda } from '../../../../local/aws/stream/invocations.ts';

const ANSWER: DynamoDBBatchResponse = { batchItemFailures: [] };

/** Timers that fire when the test says so. */
function timers() {
  const waiting = new Map<number, () => void>();
  return {
    waiting,
    timer: (milliseconds: number, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        waiting.set(milliseconds, resolve);
        signal.addEventListener('abort', () => {
          waiting.delete(milliseconds);
          reject(signal.reason);
        });
      }),
  };
}

function running(handler: () => Promise<DynamoDBBatchResponse>) {
  const { waiting, timer } = timers();
  const stop = new AbortController();
  const errors: unknown[] = [];
  const log = {
    info() {},
    warn() {},
    error: (message: string, fields: Record<string, unknown>) => errors.push([message, fields['error']]),
  };
  const invoke = runAsLambda(handler, { timeoutMs: 120_000, timer, stop: stop.signal, log });
  return { invoke: () => invoke({ Records: [] }), waiting, stop, errors };
}

test('an invocation gives what the function answers, and leaves no timer behind', async () => {
  const { invoke, waiting, errors } = running(async () => ANSWER);
  expect(await invoke()).toBe(ANSWER);
  expect([...waiting]).toEqual([]);
  expect(errors).toEqual([]);
});

test('an invocation whose answer never comes fails after the time of the function', async () => {
  const { invoke, waiting, errors } = running(() => new Promise(() => {}));
  const invocation = invoke();
  expect([...waiting.keys()]).toEqual([120_000]);
  waiting.get(120_000)?.();
  await expect(invocation).rejects.toThrow('the invocation did not end within 120 seconds');
  expect([...waiting]).toEqual([]);
  expect(errors).toEqual([
    ['the function failed', expect.stringContaining('did not end within 120 seconds')],
  ]);
});

test('an invocation whose answer never comes does not hold up a stop', async () => {
  const { invoke, waiting, stop } = running(() => new Promise(() => {}));
  const invocation = invoke();
  stop.abort();
  await expect.poll(() => [...waiting.keys()]).toEqual([120_000, 10_000]);
  waiting.get(10_000)?.();
  await expect(invocation).rejects.toThrow('the invocation did not end within 10 seconds');
});

test('the error that ends an invocation is logged', async () => {
  const { invoke, errors } = running(() => Promise.reject(new Error('no sequence number')));
  await expect(invoke()).rejects.toThrow('no sequence number');
  expect(errors).toEqual([['the function failed', expect.stringContaining('no sequence number')]]);
});
