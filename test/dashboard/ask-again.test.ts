import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { askAgain } from '../../dashboard/src/api/ask-again.ts';

const QUERY_KEY = ['figures'];
const HOUR_MS = 3_600_000;

// The client waits between its questions. Here that never comes to an end.
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Asks for figures that somebody looks at, until the first answer or failure. */
async function askFor(answers: (() => Promise<number>)[]) {
  const client = new QueryClient();
  const observer = new QueryObserver(client, {
    queryKey: QUERY_KEY,
    queryFn: () => answers.shift()?.(),
    retry: true,
    retryDelay: HOUR_MS,
    networkMode: 'always',
  });
  observer.subscribe(() => {});
  await vi.waitFor(() => {
    const { isSuccess, failureCount } = observer.getCurrentResult();
    expect(isSuccess || failureCount > 0).toBe(true);
  });
  return { client, observer };
}

async function failing(): Promise<number> {
  throw new Error('there is no connection');
}

test('a query that never had an answer asks at once, and not only when it would by itself', async () => {
  const { client, observer } = await askFor([failing, async () => 5]);
  await askAgain(client, QUERY_KEY);
  expect(observer.getCurrentResult()).toMatchObject({ data: 5, failureCount: 0, fetchStatus: 'idle' });
});

test('a query that has an answer keeps it until the next one is there', async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const { client, observer } = await askFor([async () => 5, () => promise]);
  const asked = askAgain(client, QUERY_KEY);
  await vi.waitFor(() => expect(observer.getCurrentResult().fetchStatus).toBe('fetching'));
  expect(observer.getCurrentResult().data).toBe(5);
  resolve(6);
  await asked;
  expect(observer.getCurrentResult().data).toBe(6);
});
