import { expect, test } from 'vitest';
import { CountingWatch } from '../../../local/host/counting-watch.ts';

const BEHIND = expect.stringMatching(
  /^counting is behind: nothing of what waits has been counted for 15 seconds\. .* tells what to do$/,
);
const CAUGHT_UP = 'counting has caught up: nothing waits any longer';

/** A watch whose time goes on by hand. */
function watchInTime() {
  const told: string[] = [];
  const timers: { at: number; callback: () => void }[] = [];
  let now = 0;
  const watch = new CountingWatch({
    clock: () => now,
    tell: (line) => told.push(line),
    later: (milliseconds, callback) => timers.push({ at: now + milliseconds, callback }),
  });
  const pass = (seconds: number) => {
    now += seconds * 1000;
    for (const timer of timers.splice(0)) {
      if (timer.at <= now) timer.callback();
      else timers.push(timer);
    }
  };
  return { watch, told, timers, pass };
}

test('that nothing gets through is told once, and once again when nothing waits any longer', () => {
  const { watch, told, pass } = watchInTime();
  watch.waits();
  pass(14);
  watch.waits();
  expect(told).toEqual([]);
  pass(1);
  expect(told).toEqual([BEHIND]);
  watch.waits();
  pass(60);
  expect(told).toHaveLength(1);
  watch.advances();
  expect(told).toHaveLength(1);
  watch.caughtUp();
  watch.caughtUp();
  expect(told).toEqual([BEHIND, CAUGHT_UP]);
  watch.waits();
  pass(15);
  expect(told).toEqual([BEHIND, CAUGHT_UP, BEHIND]);
});

test('much to count is no reason as long as some of it gets through, until nothing does', () => {
  const { watch, told, pass } = watchInTime();
  watch.waits();
  for (let batch = 0; batch < 10; batch += 1) {
    pass(10);
    watch.advances();
  }
  expect(told).toEqual([]);
  pass(10);
  expect(told).toEqual([]);
  pass(5);
  expect(told).toEqual([BEHIND]);
});

test('where nothing waits no time is kept, and nothing is told', () => {
  const { watch, told, timers, pass } = watchInTime();
  watch.waits();
  watch.caughtUp();
  pass(15);
  watch.advances();
  watch.caughtUp();
  expect(timers).toEqual([]);
  expect(told).toEqual([]);
});

test('what waits anew is not taken for what waited before', () => {
  const { watch, told, pass } = watchInTime();
  watch.waits();
  pass(10);
  watch.caughtUp();
  watch.waits();
  pass(5);
  expect(told).toEqual([]);
  pass(10);
  expect(told).toEqual([BEHIND]);
});

test('nothing is told of a host that stops', () => {
  const { watch, told, pass } = watchInTime();
  watch.waits();
  watch.stop();
  pass(60);
  expect(told).toEqual([]);
});
