import { expect, test } from 'vitest';
import { Patience } from '../../../packages/cli/src/service/patience.ts';
import { waitTeller } from '../../../packages/cli/src/service/wait-teller.ts';
import { ApiError, UnreachableError } from '../../../packages/client/src/index.ts';
import { FakeTiming } from '../../support/client/fake-timing.ts';

// What a person is told while a service does not answer.

const ORIGIN = 'https://usage.example.com';
const GONE = new UnreachableError(`${ORIGIN} could not be reached: connect ECONNREFUSED`);

function patience() {
  const timing = new FakeTiming();
  const told: string[] = [];
  return { timing, told, patience: new Patience(ORIGIN, timing.timer, (text) => told.push(text)) };
}

test('who has never answered is asked three times, who has as often as there is time', async () => {
  const { patience: stranger, told } = patience();
  const failed = { error: GONE, attempts: 8, delayMs: 500 };
  stranger.onRetry({ ...failed, next: 2 });
  stranger.onRetry({ ...failed, next: 3 });
  expect(() => stranger.onRetry({ ...failed, next: 4 })).toThrow(GONE);
  expect(told).toEqual([2, 3].map((next) => `${GONE.message}; trying again (${next} of 3)`));

  await stranger.watching(async () => new Response('{}'))(ORIGIN);
  stranger.onRetry({ ...failed, next: 8, delayMs: 30_000 });
  expect(told.at(-1)).toBe(`${GONE.message}; trying again in 30 s (8 of 8)`);
});

test('requests side by side that fail are told of once, until an answer comes', async () => {
  const { patience: one, told } = patience();
  const busy = new ApiError({ status: 503, code: 'unavailable', message: 'busy' });
  const failed = { error: busy, next: 2, attempts: 3, delayMs: 400 };
  one.onRetry(failed);
  one.onRetry(failed);
  await one.watching(async () => new Response('', { status: 503 }))(ORIGIN);
  one.onRetry(failed);
  expect(told).toEqual([`${ORIGIN} says 503: busy; trying again (2 of 3)`]);
  await one.watching(async () => new Response('{}'))(ORIGIN);
  one.onRetry(failed);
  expect(told).toHaveLength(2);
});

test('an answer that is long in coming is told of after 2 s, and after 10 s where others have come', async () => {
  const { patience: one, told, timing } = patience();
  const slowly = one.watching(async () => {
    for (const ms of timing.timers) timing.ring(ms);
    return new Response('{}');
  });
  await slowly(ORIGIN);
  await slowly(ORIGIN);
  expect(told).toEqual(
    [2, 10].map((seconds) => `${ORIGIN} has not answered for ${seconds} s; still waiting`),
  );
  expect(timing.timers).toEqual([]);
});

test('it is a line of its own, also where progress is drawn, and does nothing to a terminal', () => {
  let said = '';
  const say = (text: string) => {
    said += text;
  };
  waitTeller({ say, terminal: undefined })('busy\u001b[2J');
  waitTeller({ say, terminal: process.stderr })('busy');
  expect(said).toBe('busy\ufffd[2J\n\r\u001b[K\u001b[?7hbusy\n\u001b7');
});
