import { expect, test } from 'vitest';
import type {
  SnapshotJob,
  SnapshotRun,
} from '../../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { startSnapshotSchedule } from '../../../../local/aws/schedule/snapshot-schedule.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const RUN: SnapshotRun = {
  through: '2026-11-21',
  peers: 0,
  daysSealed: 0,
  daysResealed: 0,
  leftOver: 0,
  failed: 0,
  inconsistent: 0,
  durationMs: 0,
};

/** A schedule whose runs end when they are told to. */
function scheduleOf(problem?: Error) {
  const runs: { request: unknown; outOfTime: () => boolean; end: () => void }[] = [];
  const errors: string[] = [];
  const job: SnapshotJob = (request, outOfTime) => {
    const { promise, resolve, reject } = Promise.withResolvers<SnapshotRun>();
    const end = () => (problem === undefined ? resolve(RUN) : reject(problem));
    runs.push({ request, outOfTime, end });
    return promise;
  };
  const log = { info: () => {}, warn: () => {}, error: (message: string) => errors.push(message) };
  const clock = { now: NOW };
  const limits: { milliseconds: number; pass: () => void }[] = [];
  const deadline = (milliseconds: number) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    limits.push({ milliseconds, pass: resolve });
    return promise;
  };
  const waiting = { pause: async () => {}, deadline, random: () => 0 };
  const schedule = startSnapshotSchedule(job, { clock: () => clock.now, log, waiting });
  return { schedule, runs, errors, clock, limits };
}

/** Lets what is ready go on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('the job runs at the start, for the instant at which it does', async () => {
  const { schedule, runs } = scheduleOf();
  await settled();
  expect(runs.map(({ request }) => request)).toEqual([{ scheduledAt: '2026-11-22T10:00:00.000Z' }]);
  runs[0]?.end();
  await schedule.stop();
});

test('a run that is asked for waits for the one under way', async () => {
  const { schedule, runs } = scheduleOf();
  const asked = schedule.runNow();
  await settled();
  expect(runs).toHaveLength(1);
  runs[0]?.end();
  await settled();
  expect(runs).toHaveLength(2);
  runs[1]?.end();
  await asked;
  await schedule.stop();
});

test('a run that fails is logged, and the next one runs', async () => {
  const { schedule, runs, errors } = scheduleOf(new Error('no connection'));
  await settled();
  runs[0]?.end();
  await settled();
  expect(errors).toEqual(['the snapshot job failed']);
  const next = schedule.runNow();
  await settled();
  runs[1]?.end();
  await next;
  expect(runs).toHaveLength(2);
  await schedule.stop();
});

test('stopping tells the run under way, waits for its end, and begins no other', async () => {
  const { schedule, runs } = scheduleOf();
  await settled();
  const stopped = schedule.stop();
  expect(runs[0]?.outOfTime()).toBe(true);
  runs[0]?.end();
  await stopped;
  await schedule.runNow();
  expect(runs).toHaveLength(1);
});

test('a run has 15 minutes, and begins nothing new in the last half of one', async () => {
  const { schedule, runs, clock } = scheduleOf();
  await settled();
  clock.now = NOW + 14.5 * 60_000;
  expect(runs[0]?.outOfTime()).toBe(false);
  clock.now += 1;
  expect(runs[0]?.outOfTime()).toBe(true);
  runs[0]?.end();
  await schedule.stop();
});

test('a run that never ends is left to itself after its time, and the next one runs', async () => {
  const { schedule, runs, errors, limits } = scheduleOf();
  const next = schedule.runNow();
  await settled();
  expect(limits.map(({ milliseconds }) => milliseconds)).toEqual([900_000]);
  limits[0]?.pass();
  await settled();
  expect(errors).toEqual(['the snapshot job failed']);
  runs[1]?.end();
  await next;
  await schedule.stop();
});
