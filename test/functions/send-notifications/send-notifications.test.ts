import { describe, expect } from 'vitest';
import type { Receiver } from '../../../functions/send-notifications/receiver.ts';
import { sendNotifications } from '../../../functions/send-notifications/send-notifications.ts';
import { METRIC } from '../../../functions/shared/runtime/metric-names.ts';
import {
  type WaitingNotification,
  waitingNotificationKey,
} from '../../../functions/shared/store/items/waiting-notification.ts';
import { NotificationTargets } from '../../../functions/shared/store/notification-targets.ts';
import { WaitingNotifications } from '../../../functions/shared/store/waiting-notifications.ts';
import { intercepted } from '../../support/database/intercepted-client.ts';
import { test } from '../../support/fixture.ts';
import { failed, scriptedReceiver } from '../../support/sending/scripted-receiver.ts';
import { decide, givenUpBy, waitingFor } from '../../support/sending/waiting.ts';
import type { TestDependencies } from '../../support/service/test-dependencies.ts';
import { itemOf, putRaw } from '../shared/store/table-contents.ts';

const START = Date.parse('2026-11-22T10:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NEVER = () => false;

const at = (instant: number) => new Date(instant).toISOString();

/** A job whose waits are as long as they are said to be. */
function jobOf(dependencies: TestDependencies, receivers: readonly Receiver[]) {
  const waiting = { ...dependencies.waiting, random: () => 0 };
  return sendNotifications({ ...dependencies, waiting }, async () => receivers);
}

describe('what waits', () => {
  test('is sent to every target, oldest first for each peer, and does not wait any more', async ({
    dependencies,
    table,
  }) => {
    dependencies.setClock(at(START));
    const a = scriptedReceiver('a');
    const b = scriptedReceiver('b');
    for (const peer of ['peer_x', 'peer_y', 'peer_x', 'peer_z']) {
      await decide(table, ['a', 'b'], peer, { now: START, howMany: 2 });
    }
    const run = await jobOf(dependencies, [a.receiver, b.receiver])(NEVER);
    expect(run).toEqual({ sent: 16, givenUp: 0, waiting: 0, late: 0 });
    for (const { ids } of [a, b]) {
      const ofX = ids().filter((id) => id.startsWith('peer_x'));
      expect(ofX).toEqual(['peer_x-1', 'peer_x-2', 'peer_x-3', 'peer_x-4']);
      expect(new Set(ids()).size).toBe(8);
    }
    expect(await waitingFor(table, 'a')).toEqual([]);
    expect(await jobOf(dependencies, [a.receiver, b.receiver])(NEVER)).toMatchObject({ sent: 0 });
    expect(a.came).toHaveLength(8);
  });

  test('is counted, with what was sent', async ({ dependencies, table }) => {
    dependencies.setClock(at(START));
    const { receiver } = scriptedReceiver('a', ({ id }) =>
      id === 'peer_x-1' ? failed() : { kind: 'taken', answer: '' },
    );
    await decide(table, ['a'], 'peer_x', { now: START, howMany: 2 });
    await decide(table, ['a'], 'peer_y', { now: START, howMany: 3 });
    const job = jobOf(dependencies, [receiver]);
    await job(NEVER);
    dependencies.setClock(at(START + HOUR + 1));
    await job(NEVER);
    const { notificationsSent, notificationsGivenUp, notificationsWaiting, notificationRunsInTime } = METRIC;
    const given = { [notificationsGivenUp]: 0, [notificationsWaiting]: 2 };
    expect(dependencies.published).toEqual([
      { ...given, [notificationsSent]: 3, [notificationRunsInTime]: 1 },
      { ...given, [notificationsSent]: 0, [notificationRunsInTime]: 0 },
    ]);
  });
});

describe('what is not taken', () => {
  test('is sent again after 1 min, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h, and is given up then', async ({
    dependencies,
    table,
  }) => {
    const { receiver, came } = scriptedReceiver('a', () => failed('answered 500'));
    await decide(table, ['a'], 'peer_x', { now: START });
    const job = jobOf(dependencies, [receiver]);
    for (
      let [next] = await waitingFor(table, 'a');
      next !== undefined;
      [next] = await waitingFor(table, 'a')
    ) {
      // There is a run every minute; those before do nothing.
      dependencies.setClock(at(Math.ceil(next.dueAt / MINUTE) * MINUTE));
      await job(NEVER);
    }
    expect(came.map((one) => (one.at - START) / MINUTE)).toEqual([
      0, 1, 5, 30, 120, 300, 600, 840, 1200, 1440,
    ]);
    expect(await waitingFor(table, 'a')).toEqual([]);
    const [given, ...others] = await givenUpBy(table, 'a');
    expect(others).toEqual([]);
    expect(given).toMatchObject({
      id: 'peer_x-1',
      peerId: 'peer_x',
      attempts: 10,
      givenUpAt: START + 24 * HOUR,
      reason: 'answered 500',
    });
    expect(dependencies.published.at(-1)).toMatchObject({ [METRIC.notificationsGivenUp]: 1 });
  });

  test('keeps back what is to be told of its peer later, and nothing of other peers', async ({
    dependencies,
    table,
  }) => {
    dependencies.setClock(at(START));
    let isUp = false;
    const { receiver, ids } = scriptedReceiver('a', ({ id }) =>
      isUp || !id.startsWith('peer_x') ? { kind: 'taken', answer: '' } : failed(),
    );
    await decide(table, ['a'], 'peer_x', { now: START, howMany: 3 });
    await decide(table, ['a'], 'peer_y', { now: START });
    const job = jobOf(dependencies, [receiver]);
    await job(NEVER);
    expect(ids().toSorted()).toEqual(['peer_x-1', 'peer_y-1']);
    isUp = true;
    dependencies.setClock(at(START + MINUTE));
    await job(NEVER);
    expect(ids().slice(2)).toEqual(['peer_x-1', 'peer_x-2', 'peer_x-3']);
  });

  test('is told where it cannot be read, and keeps back what is to be told of its peer later', async ({
    dependencies,
    table,
  }) => {
    dependencies.setClock(at(START));
    const { receiver, ids } = scriptedReceiver('a');
    await decide(table, ['a'], 'peer_x', { now: START, howMany: 3 });
    for (const peer of ['peer_y', 'peer_z']) await decide(table, ['a'], peer, { now: START, howMany: 2 });
    const place = waitingNotificationKey({ target: 'a', peerId: 'peer_x', sequence: 2 });
    const stored = await itemOf(table, place);
    await putRaw(table, { ...stored, ...place, payload: 7 });
    const job = jobOf(dependencies, [receiver]);
    await expect(job(NEVER)).rejects.toThrow('1 of 1 targets could not be worked on');
    expect(ids().toSorted()).toEqual(['peer_x-1', 'peer_y-1', 'peer_y-2', 'peer_z-1', 'peer_z-2']);
    expect(JSON.stringify(dependencies.logged)).toContain('payload');
    expect(dependencies.published.at(-1)).toMatchObject({ [METRIC.notificationRunsInTime]: 0 });
    await putRaw(table, { ...stored, ...place });
    await job(NEVER);
    expect(ids().slice(5)).toEqual(['peer_x-2', 'peer_x-3']);
  });

  test('tells why it waits', async ({ dependencies, table }) => {
    dependencies.setClock(at(START));
    const { receiver } = scriptedReceiver('a', () => failed('answered 418'));
    await decide(table, ['a'], 'peer_x', { now: START });
    await jobOf(dependencies, [receiver])(NEVER);
    expect(await waitingFor(table, 'a')).toMatchObject([
      { attempts: 1, dueAt: START + MINUTE, problem: 'answered 418' },
    ]);
  });

  test('is not given up for having waited behind another one for a day', async ({ dependencies, table }) => {
    const { receiver, came } = scriptedReceiver('a', () => failed());
    await decide(table, ['a'], 'peer_x', { now: START, howMany: 2 });
    const job = jobOf(dependencies, [receiver]);
    // The first one was begun so often by processes that died.
    const store = new WaitingNotifications(table);
    const [first] = await waitingFor(table, 'a');
    if (first === undefined) throw new Error('nothing waits');
    let begun: WaitingNotification = first;
    for (let attempt = 0; attempt < 9; attempt += 1) begun = await store.begin(begun, START);
    const times: [string, number][] = [];
    for (let minute = 24 * 60; minute <= 25 * 60; minute += 1) {
      dependencies.setClock(at(START + minute * MINUTE));
      came.length = 0;
      await job(NEVER);
      times.push(...came.map(({ id }): [string, number] => [id, minute - 24 * 60]));
    }
    expect(times).toEqual([
      ['peer_x-1', 0],
      ['peer_x-2', 0],
      ['peer_x-2', 1],
      ['peer_x-2', 5],
      ['peer_x-2', 30],
    ]);
    expect((await givenUpBy(table, 'a')).map(({ attempts }) => attempts)).toEqual([10, 4]);
  });

  test('is not given up within a day, however often processes died', async ({ dependencies, table }) => {
    const { receiver } = scriptedReceiver('a', () => failed());
    await decide(table, ['a'], 'peer_x', { now: START });
    const store = new WaitingNotifications(table);
    let [one] = await waitingFor(table, 'a');
    for (let attempt = 0; attempt < 30 && one !== undefined; attempt += 1)
      one = await store.begin(one, START);
    dependencies.setClock(at(START + 23 * HOUR));
    await jobOf(dependencies, [receiver])(NEVER);
    expect(await waitingFor(table, 'a')).toMatchObject([{ attempts: 31, dueAt: START + 27 * HOUR }]);
  });
});

describe('a receiver that is busy', () => {
  test('is sent nothing further in this run, while others get theirs', async ({ dependencies, table }) => {
    dependencies.setClock(at(START));
    const busy = scriptedReceiver('busy', () => failed('answered 503', { isBusy: true }), { concurrency: 1 });
    const other = scriptedReceiver('other');
    for (const peer of ['peer_x', 'peer_y', 'peer_z']) {
      await decide(table, ['busy', 'other'], peer, { now: START });
    }
    await jobOf(dependencies, [busy.receiver, other.receiver])(NEVER);
    expect([busy.came.length, other.came.length]).toEqual([1, 3]);
  });

  test('is left alone for as long as it asks, but for an hour at most', async ({ dependencies, table }) => {
    let retryAfterMs = 10 * MINUTE;
    const { receiver, came } = scriptedReceiver(
      'a',
      () => failed('answered 429', { isBusy: true, retryAfterMs }),
      {
        concurrency: 1,
      },
    );
    await decide(table, ['a'], 'peer_x', { now: START });
    await decide(table, ['a'], 'peer_y', { now: START });
    const job = jobOf(dependencies, [receiver]);
    const minutes: number[] = [];
    for (const minute of [0, 1, 9, 10, 11, 69, 70]) {
      dependencies.setClock(at(START + minute * MINUTE));
      came.length = 0;
      await job(NEVER);
      minutes.push(...came.map(() => minute));
      if (minute === 0) retryAfterMs = 100 * HOUR;
    }
    expect(minutes).toEqual([0, 10, 70]);
  });

  test('does not change when what it refused is sent again, beyond what it asked for', async ({
    dependencies,
    table,
  }) => {
    dependencies.setClock(at(START));
    const { receiver } = scriptedReceiver('a', () => failed('answered 429', { retryAfterMs: 5_000 }));
    await decide(table, ['a'], 'peer_x', { now: START });
    await jobOf(dependencies, [receiver])(NEVER);
    expect(await waitingFor(table, 'a')).toMatchObject([{ dueAt: START + MINUTE }]);
  });
});

describe('a receiver that hangs for ever', () => {
  test('delays no other one, and its attempt ends', async ({ dependencies, table }) => {
    dependencies.setClock(at(START));
    const limits: (() => void)[] = [];
    const waiting = {
      ...dependencies.waiting,
      deadline: () => new Promise<void>((resolve) => limits.push(resolve)),
    };
    const bothHang = Promise.withResolvers<void>();
    const hanging = scriptedReceiver('hanging', () => {
      if (hanging.came.length === 2) bothHang.resolve();
      return new Promise(() => {});
    });
    const other = scriptedReceiver('other');
    for (const peer of ['peer_x', 'peer_y', 'peer_z']) {
      await decide(table, ['hanging', 'other'], peer, { now: START });
    }
    const othersAreDone = Promise.withResolvers<void>();
    let removed = 0;
    const client = intercepted(dependencies.client, async (command, send) => {
      const answer = await send();
      if (command.constructor.name === 'DeleteCommand') removed += 1;
      if (removed === 3) othersAreDone.resolve();
      return answer;
    });
    const receivers = [hanging.receiver, other.receiver];
    const run = sendNotifications({ ...dependencies, client, waiting }, async () => receivers)(NEVER);
    await Promise.all([bothHang.promise, othersAreDone.promise]);
    expect(await waitingFor(table, 'other')).toEqual([]);
    expect(await waitingFor(table, 'hanging')).toHaveLength(3);
    for (const runOut of limits) runOut();
    expect(await run).toMatchObject({ sent: 3, waiting: 3 });
    expect(new Set(other.ids())).toEqual(new Set(['peer_x-1', 'peer_y-1', 'peer_z-1']));
    // Those that were begun; the third one was not.
    const problems = (await waitingFor(table, 'hanging')).map(({ problem }) => problem);
    expect(problems.toSorted()).toEqual([
      'no answer within 20000 ms',
      'no answer within 20000 ms',
      undefined,
    ]);
  });
});

describe('a target that wants nothing any more', () => {
  test('gets nothing, and what waits for it is given up with the reason', async ({ dependencies, table }) => {
    dependencies.setClock(at(START));
    const { receiver, came } = scriptedReceiver('a', () => ({ kind: 'unwanted', problem: 'answered 410' }), {
      concurrency: 1,
    });
    await decide(table, ['a'], 'peer_x', { now: START, howMany: 2 });
    const job = jobOf(dependencies, [receiver]);
    expect(await job(NEVER)).toMatchObject({ givenUp: 2, waiting: 0 });
    await decide(table, ['a'], 'peer_y', { now: START });
    expect(await job(NEVER)).toMatchObject({ givenUp: 1 });
    expect(came).toHaveLength(1);
    const given = await givenUpBy(table, 'a');
    expect(given.map(({ reason }) => reason)).toEqual([
      'answered 410',
      'the target wants nothing any more',
      'the target wants nothing any more',
    ]);
  });

  test('is asked again where it is reached at another place', async ({ dependencies, table }) => {
    dependencies.setClock(at(START));
    const gone = scriptedReceiver('a', () => ({ kind: 'unwanted', problem: 'answered 410' }));
    await decide(table, ['a'], 'peer_x', { now: START });
    await jobOf(dependencies, [gone.receiver])(NEVER);
    const elsewhere = scriptedReceiver('a', undefined, { place: 'https://elsewhere.example/' });
    await decide(table, ['a'], 'peer_x', { now: START });
    expect(await jobOf(dependencies, [elsewhere.receiver])(NEVER)).toMatchObject({ sent: 1 });
    expect(elsewhere.ids()).toEqual(['peer_x-2']);
  });

  test('is asked again once somebody enables it', async ({ dependencies, table }) => {
    dependencies.setClock(at(START));
    let isThere = false;
    const { receiver, ids } = scriptedReceiver('a', () =>
      isThere ? { kind: 'taken', answer: '' } : { kind: 'unwanted', problem: 'answered 410' },
    );
    await decide(table, ['a'], 'peer_x', { now: START });
    const job = jobOf(dependencies, [receiver]);
    await job(NEVER);
    isThere = true;
    const store = new WaitingNotifications(table);
    for (const given of await givenUpBy(table, 'a')) await store.putBack(given, START);
    await new NotificationTargets(table).enable('a');
    expect(await job(NEVER)).toMatchObject({ sent: 1 });
    expect(ids()).toEqual(['peer_x-1', 'peer_x-1']);
    expect(await givenUpBy(table, 'a')).toEqual([]);
  });
});

describe('a run', () => {
  test('begins nothing once its time is over, and the next one goes on', async ({ dependencies, table }) => {
    dependencies.setClock(at(START));
    const { receiver, came } = scriptedReceiver('a', undefined, { concurrency: 1 });
    await decide(table, ['a'], 'peer_x', { now: START, howMany: 5 });
    const job = jobOf(dependencies, [receiver]);
    expect(await job(() => came.length >= 2)).toMatchObject({ sent: 2, waiting: 3 });
    expect(await job(NEVER)).toMatchObject({ sent: 3, waiting: 0 });
  });

  test('beside another one sends nothing that the other one has begun', async ({ dependencies, table }) => {
    dependencies.setClock(at(START));
    const begun = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const { receiver, ids } = scriptedReceiver('a', async () => {
      begun.resolve();
      await goOn.promise;
      return { kind: 'taken', answer: '' };
    });
    await decide(table, ['a'], 'peer_x', { now: START, howMany: 3 });
    const job = jobOf(dependencies, [receiver]);
    const first = job(NEVER);
    await begun.promise;
    expect(await job(NEVER)).toMatchObject({ sent: 0, waiting: 3 });
    goOn.resolve();
    expect(await first).toMatchObject({ sent: 3 });
    expect(ids()).toEqual(['peer_x-1', 'peer_x-2', 'peer_x-3']);
  });

  test('that died is made good by another one a minute later', async ({ dependencies, table }) => {
    dependencies.setClock(at(START));
    const begun = Promise.withResolvers<void>();
    const dead = scriptedReceiver('a', () => {
      begun.resolve();
      return new Promise(() => {});
    });
    await decide(table, ['a'], 'peer_x', { now: START });
    void jobOf(dependencies, [dead.receiver])(NEVER);
    await begun.promise;
    const { receiver, ids } = scriptedReceiver('a');
    const job = jobOf(dependencies, [receiver]);
    dependencies.setClock(at(START + MINUTE - 1));
    expect(await job(NEVER)).toMatchObject({ sent: 0 });
    dependencies.setClock(at(START + MINUTE));
    expect(await job(NEVER)).toMatchObject({ sent: 1 });
    expect(ids()).toEqual(['peer_x-1']);
  });

  test('does not send the second of two that were decided together where it cannot see the first yet', async ({
    dependencies,
    table,
  }) => {
    dependencies.setClock(at(START));
    await decide(table, ['a'], 'peer_x', { now: START, howMany: 2 });
    // A query may see a part of a transaction.
    const client = intercepted(dependencies.client, async (command, send) => {
      const answer = await send();
      if (command.constructor.name !== 'QueryCommand') return answer;
      const items =
        answer instanceof Object && 'Items' in answer && Array.isArray(answer.Items) ? answer.Items : [];
      return { Items: items.filter((item) => !String(item.sk).endsWith('1')) };
    });
    const { receiver, came } = scriptedReceiver('a');
    expect(await jobOf({ ...dependencies, client }, [receiver])(NEVER)).toMatchObject({
      sent: 0,
      waiting: 1,
    });
    expect(came).toEqual([]);
  });

  test('goes on with other targets where one cannot be worked on, and fails in the end', async ({
    dependencies,
    table,
  }) => {
    dependencies.setClock(at(START));
    await decide(table, ['a', 'b'], 'peer_x', { now: START });
    const client = intercepted(dependencies.client, async (command, send) => {
      if (JSON.stringify(command.input).includes('NOTIFICATIONS#a#')) throw new Error('no');
      return send();
    });
    const [a, b] = [scriptedReceiver('a'), scriptedReceiver('b')];
    const job = jobOf({ ...dependencies, client }, [a.receiver, b.receiver]);
    await expect(job(NEVER)).rejects.toThrow('1 of 2 targets could not be worked on');
    expect(b.ids()).toEqual(['peer_x-1']);
    expect(dependencies.published).toMatchObject([
      { [METRIC.notificationsSent]: 1, [METRIC.notificationRunsInTime]: 0 },
    ]);
  });

  test('leaves what cannot be sent for a reason of its own as if it was not taken', async ({
    dependencies,
    table,
  }) => {
    dependencies.setClock(at(START));
    await decide(table, ['a'], 'peer_x', { now: START });
    await decide(table, ['a'], 'peer_y', { now: START });
    const { receiver, ids } = scriptedReceiver('a', ({ id }) => {
      if (id === 'peer_x-1') throw new TypeError('secret-word');
      return { kind: 'taken', answer: '' };
    });
    expect(await jobOf(dependencies, [receiver])(NEVER)).toMatchObject({ sent: 1, waiting: 1 });
    expect(ids().toSorted()).toEqual(['peer_x-1', 'peer_y-1']);
    expect(await waitingFor(table, 'a')).toMatchObject([{ problem: 'not sent: TypeError' }]);
  });

  test('leaves a receiver alone for a moment after each, where it has to', async ({
    dependencies,
    table,
  }) => {
    dependencies.setClock(at(START));
    await decide(table, ['a'], 'peer_x', { now: START, howMany: 2 });
    const pauses: number[] = [];
    const waiting = { ...dependencies.waiting, pause: async (ms: number) => void pauses.push(ms) };
    const { receiver } = scriptedReceiver('a', undefined, { pauseMs: 1_000 });
    await sendNotifications({ ...dependencies, waiting }, async () => [receiver])(NEVER);
    expect(pauses).toEqual([1_000, 1_000]);
  });
});
