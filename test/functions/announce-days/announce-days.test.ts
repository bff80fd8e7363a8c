import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import {
  type Announce,
  announceDays,
  DaysNotAnnouncedError,
} from '../../../functions/announce-days/announce-days.ts';
import { buildCounter } from '../../../functions/shared/counting/build-counter.ts';
import type { UserMessage } from '../../../functions/shared/domain/message.ts';
import type { SealedDay } from '../../../functions/shared/domain/sealed-day.ts';
import { MINUTE_MS } from '../../../functions/shared/domain/utc-day.ts';
import { METRIC } from '../../../functions/shared/runtime/metric-names.ts';
import { AnnouncingProgressStore } from '../../../functions/shared/store/announcing-progress-store.ts';
import { monthKey } from '../../../functions/shared/store/items/month-of-snapshots.ts';
import { LANES, laneOf } from '../../../functions/shared/store/usage-table.ts';
import { takeDailySnapshot } from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { intercepted } from '../../support/database/intercepted-client.ts';
import { test as fixture } from '../../support/fixture.ts';
import type { TestDependencies } from '../../support/service/test-dependencies.ts';

const never = () => false;

/** Peers of one lane, so that their order follows from their changes alone. */
const [P, Q, R, S, T] = peersOfOneLane(5);
const LANE = laneOf(P);

const test = fixture
  /** Counts a message for each of some peers, and seals what is over. */
  .extend('change', ({ dependencies }) => async (peers: string[], message: Partial<UserMessage> = {}) => {
    const sentAt = Date.parse('2026-11-21T12:00:00Z');
    const of = (peerId: string, messageId: string): UserMessage => ({
      ...{ peerId, messageId, channelId: 'c', conversationId: 'k', sentAt },
      ...message,
    });
    const counter = await buildCounter(dependencies);
    for (const peerId of peers) {
      await counter.count([of(peerId, `m-${dependencies.clock()}-${message.channelId}`)]);
    }
    const scheduledAt = new Date(dependencies.clock()).toISOString();
    await takeDailySnapshot(dependencies)({ scheduledAt }, never);
  });

/** Announces to nobody, and remembers what. */
function recorder(refuse: (day: SealedDay) => boolean = never) {
  const told: SealedDay[] = [];
  const announce: Announce = async (days) => {
    const refused = new Set(days.filter(refuse));
    told.push(...days.filter((day) => !refused.has(day)));
    return refused;
  };
  /** The peers and days since it was asked last. */
  const take = () => told.splice(0).map(({ peerId, day }) => `${peerId} ${day}`);
  return { told, take, follower: { name: 'f', announce } };
}

function job(dependencies: TestDependencies, { follower }: ReturnType<typeof recorder>) {
  return announceDays(dependencies, follower);
}

test('a day that was sealed is announced, with what its snapshot holds', async ({ dependencies, change }) => {
  await change([P], { channelId: 'c' });
  await change([P], { channelId: 'd' });
  const all = recorder();
  expect(await job(dependencies, all)(never)).toEqual({ daysAnnounced: 1, failed: 0, lanesLeft: 0 });
  expect(all.told).toEqual([
    {
      peerId: P,
      day: '2026-11-21',
      revision: 2,
      changedAt: Date.parse('2026-11-22T10:00:00Z'),
      channels: [
        { channelId: 'c', channelName: 'c', messageCount: 1, conversationCount: 1 },
        { channelId: 'd', channelName: 'd', messageCount: 1, conversationCount: 1 },
      ],
    },
  ]);
});

test('a process announces nothing twice, and what changes again once more', async ({
  dependencies,
  change,
}) => {
  await change([P]);
  const all = recorder();
  const run = job(dependencies, all);
  await run(never);
  await run(never);
  expect(all.take()).toEqual([`${P} 2026-11-21`]);
  dependencies.setClock('2026-11-22T10:01:00.000Z');
  await change([P]);
  await run(never);
  expect(all.take()).toEqual([`${P} 2026-11-21`]);
});

test('the next process announces what it cannot know to be announced, and nothing older', async ({
  dependencies,
  change,
}) => {
  await change([P]);
  dependencies.setClock('2026-11-22T10:30:00.000Z');
  await change([Q]);
  const all = recorder();
  await job(dependencies, all)(never);
  all.take();
  await job(dependencies, all)(never);
  expect(all.take()).toEqual([`${Q} 2026-11-21`]);
  dependencies.setClock('2026-11-22T10:50:00.000Z');
  await job(dependencies, all)(never);
  await job(dependencies, all)(never);
  expect(all.take()).toEqual([`${Q} 2026-11-21`]);
});

test('a change that is stored after a run is found by the next one, although it was decided before', async ({
  dependencies,
  change,
}) => {
  const all = recorder();
  dependencies.setClock('2026-11-22T10:20:00.000Z');
  await job(dependencies, all)(never);
  dependencies.setClock('2026-11-22T10:12:00.000Z');
  await change([P]);
  dependencies.setClock('2026-11-22T10:50:00.000Z');
  await job(dependencies, all)(never);
  expect(all.take()).toEqual([`${P} 2026-11-21`]);
});

test('a day of years ago is announced where it changes, and months that did not change are not read for it', async ({
  dependencies,
  change,
}) => {
  const sent = (instant: string) => ({ sentAt: Date.parse(instant) });
  await change([P]);
  for (const day of ['2023-05-04', '2024-02-29', '2025-01-01']) await change([P], sent(`${day}T10:00:00Z`));
  const first = recorder();
  await job(dependencies, first)(never);
  expect(first.take().sort()).toEqual([
    `${P} 2023-05-04`,
    `${P} 2024-02-29`,
    `${P} 2025-01-01`,
    `${P} 2026-11-21`,
  ]);
  dependencies.setClock('2026-11-22T11:00:00Z');
  await change([P]);
  dependencies.setClock('2026-11-22T12:00:00Z');
  await change([P], sent('2024-02-29T12:00:00Z'));
  await job(dependencies, first)(never);
  dependencies.setClock('2026-11-22T12:30:00Z');
  await job(dependencies, first)(never);
  dependencies.setClock('2026-11-22T13:00:00Z');
  await change([P], sent('2023-05-04T12:00:00Z'));
  // What changed at eleven is known not to have changed since, and so is all of a lower revision.
  const months: unknown[] = [];
  const client = intercepted(dependencies.client, (command, send) => {
    const { ':from': from, ':to': to } =
      command instanceof QueryCommand ? (command.input.ExpressionAttributeValues ?? {}) : {};
    if (String(from).startsWith('MONTH#')) months.push([from, to]);
    return send();
  });
  const next = recorder();
  await job({ ...dependencies, client }, next)(never);
  expect(next.take()).toEqual([`${P} 2023-05-04`]);
  expect(months).toEqual([
    ['MONTH#2025-08', 'MONTH#2026-11'],
    ['MONTH#2023-05', 'MONTH#2023-05'],
    ['MONTH#2024-02', 'MONTH#2024-02'],
  ]);
});

test('whoever follows for the first time is told of what changed within a day', async ({
  dependencies,
  change,
}) => {
  await change([P]);
  dependencies.setClock('2026-11-23T09:00:00.000Z');
  await change([Q]);
  dependencies.setClock('2026-11-23T11:00:00.000Z');
  const all = recorder();
  await job(dependencies, all)(never);
  expect(all.take()).toEqual([`${Q} 2026-11-21`]);
});

test('what changed before the first run is announced however long the first runs fail', async ({
  dependencies,
  change,
}) => {
  await change([P]);
  await job(
    dependencies,
    recorder(() => true),
  )(never).catch(() => {});
  dependencies.setClock('2026-11-25T10:00:00.000Z');
  const all = recorder();
  await job(dependencies, all)(never);
  expect(all.take()).toEqual([`${P} 2026-11-21`]);
});

test('followers know nothing of one another', async ({ dependencies, change }) => {
  await change([P]);
  const [one, other] = [recorder(), recorder()];
  await job(dependencies, one)(never);
  await announceDays(dependencies, { ...other.follower, name: 'g' })(never);
  expect(other.take()).toEqual([`${P} 2026-11-21`]);
});

describe('where something fails', () => {
  test('a day that is refused comes again, with the others that changed since, and the run says so', async ({
    dependencies,
    change,
  }) => {
    await change([P, Q, R]);
    // Later than by what runs look back.
    dependencies.setClock('2026-11-22T10:20:00.000Z');
    const some = recorder(({ peerId }) => peerId === Q);
    await expect(job(dependencies, some)(never)).rejects.toThrow(DaysNotAnnouncedError);
    expect(some.take().sort()).toEqual([P, R].map((peerId) => `${peerId} 2026-11-21`).sort());
    expect(dependencies.published.at(-1)).toEqual({
      [METRIC.daysAnnounced]: 2,
      [METRIC.announcingRunsCompleted]: 0,
    });
    dependencies.setClock('2026-11-22T12:00:00.000Z');
    const all = recorder();
    await job(dependencies, all)(never);
    expect(all.take()).toContain(`${Q} 2026-11-21`);
  });

  test('a process that goes on announces only the one that was refused', async ({ dependencies, change }) => {
    await change([P, Q]);
    let isRefused = true;
    const all = recorder(({ peerId }) => isRefused && peerId === Q);
    const run = job(dependencies, all);
    await run(never).catch(() => {});
    isRefused = false;
    all.take();
    await run(never);
    expect(all.take()).toEqual([`${Q} 2026-11-21`]);
  });

  test('a peer whose snapshot is malformed keeps no other from being announced, nor what changes later', async ({
    dependencies,
    change,
    table: { client, tableName },
  }) => {
    await change([P, Q]);
    const Key = monthKey(P, '2026-11');
    const spoil = { UpdateExpression: 'SET snapshots = :none', ExpressionAttributeValues: { ':none': 'x' } };
    await client.send(new UpdateCommand({ TableName: tableName, Key, ...spoil }));
    const all = recorder();
    await expect(job(dependencies, all)(never)).rejects.toThrow(DaysNotAnnouncedError);
    expect(all.take()).toEqual([`${Q} 2026-11-21`]);
    expect(dependencies.logged).toContainEqual({
      level: 'error',
      message: 'the changed days of a peer could not be read',
      fields: { peerId: P, problem: expect.stringMatching(/^MalformedItemError: stored month/) },
    });
  });

  test('a lane that cannot be listed keeps no other from being announced', async ({
    dependencies,
    change,
  }) => {
    const other = Array.from({ length: 50 }, (_, n) => `other-${n}`).find((peer) => laneOf(peer) !== LANE);
    await change([P, other ?? '']);
    const client = intercepted(dependencies.client, async (command, send) => {
      const lane = command instanceof QueryCommand && command.input.ExpressionAttributeValues?.[':lane'];
      if (lane === `CHANGED#${LANE}`) throw new Error('the index is busy');
      return send();
    });
    const all = recorder();
    await expect(job({ ...dependencies, client }, all)(never)).rejects.toThrow(DaysNotAnnouncedError);
    expect(all.take()).toEqual([`${other} 2026-11-21`]);
  });

  test('whatever call a process dies at, the next run announces what it did not', async ({
    dependencies,
    change,
  }) => {
    await change([P, Q]);
    const all = recorder();
    const counter = await buildCounter(dependencies);
    const sentAt = Date.parse('2026-11-21T12:00:00Z');
    let calls = 0;
    for (let crashAt = 0; crashAt <= calls; crashAt += 1) {
      dependencies.setClock(new Date(dependencies.clock() + 60 * MINUTE_MS).toISOString());
      // The day is sealed: what is counted late changes it at once.
      const late = { channelId: `c-${crashAt}`, conversationId: 'k', messageId: 'm', sentAt };
      await counter.count([P, Q].map((peerId) => ({ peerId, ...late })));
      // Later than by what runs look back.
      dependencies.setClock(new Date(dependencies.clock() + 20 * MINUTE_MS).toISOString());
      calls = 0;
      const die = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
        calls += 1;
        // It does not come back; nothing that was under way does anything any more.
        if (calls > crashAt) throw new Error('the process has died');
        return work();
      };
      const client = intercepted(dependencies.client, (_command, send) => die(send));
      const announce: Announce = (days) => die(() => all.follower.announce(days, never));
      await announceDays({ ...dependencies, client }, { name: 'f', announce })(never).catch(() => {});
      await job(dependencies, all)(never);
      expect(new Set(all.told.map(({ peerId, channels }) => `${peerId} ${channels.length}`))).toEqual(
        new Set([P, Q].map((peerId) => `${peerId} ${crashAt + 2}`)),
      );
      all.take();
    }
    expect(calls).toBeGreaterThan(25);
  });
});

describe('a run that is out of time', () => {
  /** Is over after so many looks at the clock. */
  const overAfter = (looks: number) => {
    let left = looks;
    return () => left-- <= 0;
  };

  test('keeps how far it has come, and the next one goes on from there', async ({ dependencies, change }) => {
    for (const [hour, peer] of [P, Q, R, S, T].entries()) {
      dependencies.setClock(`2026-11-22T1${hour}:00:00.000Z`);
      await change([peer]);
    }
    const all = recorder();
    // Only the lane of these peers asks: the others have nothing to announce.
    const run = await job(dependencies, all)(overAfter(1));
    expect(run).toEqual({ daysAnnounced: 4, failed: 0, lanesLeft: 1 });
    expect(dependencies.published.at(-1)).toMatchObject({ [METRIC.announcingRunsCompleted]: 0 });
    expect(all.take()).toEqual([P, Q, R, S].map((peer) => `${peer} 2026-11-21`));
    await job(dependencies, all)(never);
    // The last one may have changed again within the time that a change may take.
    expect(all.take()).toEqual([S, T].map((peer) => `${peer} 2026-11-21`));
  });

  test('loses no earlier change of a peer that it did not get to', async ({ dependencies, change }) => {
    const at = async (hour: number, peer: string, day: string) => {
      dependencies.setClock(`2026-11-22T${hour}:00:00.000Z`);
      await change([peer], { sentAt: Date.parse(`${day}T12:00:00Z`) });
    };
    await at(10, T, '2026-11-20');
    for (const [index, peer] of [P, Q, R, S].entries()) await at(11 + index, peer, '2026-11-21');
    await at(15, T, '2026-11-21');
    const all = recorder();
    await job(dependencies, all)(overAfter(1));
    await job(dependencies, all)(never);
    expect(all.take()).toContain(`${T} 2026-11-20`);
  });

  test('passes no change by that is stored behind it, of a peer that it has passed', async ({
    dependencies,
    change,
    table,
  }) => {
    for (const peer of [P, Q, R]) await change([peer]);
    dependencies.setClock('2026-11-22T11:00:00.000Z');
    const all = recorder();
    const slow: Announce = async (days) => {
      // The run takes a quarter of an hour, and meets a peer that has changed meanwhile.
      dependencies.setClock('2026-11-22T11:15:00.000Z');
      return all.follower.announce(days, never);
    };
    const client = intercepted(dependencies.client, async (command, send) => {
      const isList = command instanceof QueryCommand && command.input.IndexName !== undefined;
      if (isList && command.input.ExpressionAttributeValues?.[':lane'] === `CHANGED#${LANE}`) {
        dependencies.setClock('2026-11-22T11:14:00.000Z');
        await change([S, T]);
      }
      return send();
    });
    await announceDays({ ...dependencies, client }, { name: 'f', announce: slow })(overAfter(1));
    const progress = await new AnnouncingProgressStore(table, 'f').read(LANE);
    expect(progress?.peersThrough).toBeLessThanOrEqual(Date.parse('2026-11-22T11:00:00.000Z'));
  });
});

describe('the progress', () => {
  const at = (hour: number) => Date.parse(`2026-11-22T${hour}:00:00.000Z`);

  test('never goes back, whichever run stores it', async ({ table }) => {
    const store = new AnnouncingProgressStore(table, 'f');
    const stored = async (progress: Parameters<typeof store.raise>[1]) => {
      await store.raise(0, progress);
      return store.read(0);
    };
    expect(await stored({ through: at(10), peersThrough: at(12) })).toEqual({
      through: at(10),
      peersThrough: at(12),
    });
    expect(await stored({ through: at(10), peersThrough: at(11) })).toMatchObject({ peersThrough: at(12) });
    expect(await stored({ through: at(10) })).toMatchObject({ peersThrough: at(12) });
    expect(await stored({ through: at(13) })).toEqual({ through: at(13) });
    expect(await stored({ through: at(10), peersThrough: at(14) })).toEqual({ through: at(13) });
    expect(await stored({ through: at(12) })).toEqual({ through: at(13) });
    expect(await store.read(1)).toBeUndefined();
  });

  test('is stored once in a while where nothing changes', async ({ dependencies, table }) => {
    const store = new AnnouncingProgressStore(table, 'f');
    const run = job(dependencies, recorder());
    await run(never);
    dependencies.setClock('2026-11-22T10:09:00.000Z');
    await run(never);
    expect(await store.read(0)).toEqual({ through: Date.parse('2026-11-22T10:00:00.000Z') });
    dependencies.setClock('2026-11-22T10:10:00.000Z');
    await run(never);
    for (let lane = 0; lane < LANES; lane += 1) {
      expect(await store.read(lane)).toEqual({ through: Date.parse('2026-11-22T10:10:00.000Z') });
    }
  });
});

function peersOfOneLane(howMany: number): [string, string, string, string, string] {
  const peers = Array.from({ length: 200 }, (_, n) => `peer-${n}`).filter((peer) => laneOf(peer) === 0);
  const [p = '', q = '', r = '', s = '', t = ''] = peers.slice(0, howMany);
  return [p, q, r, s, t];
}
