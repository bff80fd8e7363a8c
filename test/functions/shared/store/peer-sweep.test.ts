import { describe, expect } from 'vitest';
import { MalformedItemError } from '../../../../functions/shared/domain/errors.ts';
import { sweepProgressKey } from '../../../../functions/shared/store/items/sweep-progress.ts';
import { PeerDirectoryStore } from '../../../../functions/shared/store/peer-directory-store.ts';
import { PeerSweep } from '../../../../functions/shared/store/peer-sweep.ts';
import { laneOf } from '../../../../functions/shared/store/usage-table.ts';
import { watched } from '../../../support/database/watched-client.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { itemOf, putRaw } from './table-contents.ts';

const LIMITS = { peersPerPage: 3, concurrentPeersPerLane: 2, mostAgain: 2 };
const NEVER = () => false;

/** Peers of one lane, so that what happens in it is not a matter of chance. */
const PEERS = Array.from({ length: 200 }, (_, number) => `peer_${String(number).padStart(3, '0')}`)
  .filter((peerId) => laneOf(peerId) === 0)
  .slice(0, 8);
const [FIRST = '', SECOND = '', THIRD = '', FOURTH = ''] = PEERS;

const test = fixture
  .extend('peers', async ({ table }): Promise<string[]> => {
    for (const peerId of PEERS) await new PeerDirectoryStore(table).add(peerId);
    return PEERS;
  })
  .extend('sweep', ({ dependencies, table }) => new PeerSweep(table, 'test', dependencies.log, LIMITS))
  /** Visits the peers of a period, some of which fail; gives those that were visited. */
  .extend(
    'visit',
    ({ sweep }) =>
      async (
        period: string,
        problems: Record<string, Error> = {},
        outOfTime: (visited: string[]) => boolean = NEVER,
      ) => {
        const visited: string[] = [];
        const run = await sweep.run(
          period,
          async (peerId) => {
            visited.push(peerId);
            const problem = problems[peerId];
            if (problem !== undefined) throw problem;
          },
          () => outOfTime(visited),
        );
        return { visited: visited.sort(), run };
      },
  );

test('every peer is visited once in a period, and again in the next one', async ({ peers, visit }) => {
  const all = { visited: peers, run: { visited: 8, failed: 0, lanesLeft: 0, lanesFailed: 0 } };
  const none = { visited: [], run: { ...all.run, visited: 0 } };
  expect(await visit('2026-11-21')).toEqual(all);
  expect(await visit('2026-11-21')).toEqual(none);
  expect(await visit('2026-11-22')).toEqual(all);
});

test('all lanes together have each peer of the directory once', async ({ table, visit }) => {
  const peers = Array.from({ length: 40 }, (_, number) => `#%${number}`).sort();
  for (const peerId of peers) await new PeerDirectoryStore(table).add(peerId);
  expect((await visit('2026-11-21')).visited).toEqual(peers);
});

test('a run that is out of time goes no further, and the next one goes on there', async ({
  peers,
  visit,
}) => {
  const first = await visit('2026-11-21', {}, (visited) => visited.length >= 4);
  // A lane that had not read how far it was when the time was up is left as well.
  expect(first.run.lanesLeft).toBeGreaterThan(0);
  expect(first.visited.length).toBeLessThan(8);
  const second = await visit('2026-11-21');
  expect(second.run).toMatchObject({ lanesLeft: 0 });
  expect([...first.visited, ...second.visited].sort()).toEqual(peers);
});

test('no more peers are read at a time than make a page', async ({ dependencies, peers, table }) => {
  const watcher = watched(dependencies.client);
  const pages: unknown[] = [];
  watcher.failWith = (command) => {
    if (command.constructor.name === 'QueryCommand') pages.push(Object(command.input).Limit);
    return undefined;
  };
  const sweep = new PeerSweep({ ...table, client: watcher.client }, 'test', dependencies.log, LIMITS);
  await sweep.run('2026-11-21', async () => {}, NEVER);
  expect(peers).toHaveLength(8);
  expect(pages.every((limit) => Number(limit) <= LIMITS.peersPerPage)).toBe(true);
});

describe('a visit that fails', () => {
  const lost = new Error('the answer was lost');

  test('delays no other one, and is tried again by the next run, and no longer', async ({ peers, visit }) => {
    const first = await visit('2026-11-21', { [SECOND]: lost });
    expect(first).toEqual({
      visited: peers,
      run: { visited: 7, failed: 1, lanesLeft: 0, lanesFailed: 0 },
    });
    expect(await visit('2026-11-21', { [SECOND]: lost })).toMatchObject({ visited: [SECOND] });
    expect(await visit('2026-11-21')).toMatchObject({ visited: [SECOND], run: { failed: 0 } });
    expect(await visit('2026-11-21')).toMatchObject({ visited: [] });
  });

  test('of more peers than can be noted is a trouble of all: the next run goes on before them', async ({
    peers,
    visit,
  }) => {
    const problems = { [FIRST]: lost, [SECOND]: lost, [THIRD]: lost };
    expect(await visit('2026-11-21', problems)).toMatchObject({
      visited: [FIRST, SECOND, THIRD],
      run: { failed: 3, lanesLeft: 1 },
    });
    expect(await visit('2026-11-21')).toMatchObject({ visited: peers, run: { failed: 0, lanesLeft: 0 } });
  });

  test('for what is stored of it keeps nobody waiting, however many there are', async ({ peers, visit }) => {
    const malformed = new MalformedItemError('stored totals are malformed');
    const problems = { [FIRST]: malformed, [SECOND]: malformed, [THIRD]: malformed, [FOURTH]: malformed };
    expect(await visit('2026-11-21', problems)).toMatchObject({
      visited: peers,
      run: { visited: 4, failed: 4, lanesLeft: 0 },
    });
    expect(await visit('2026-11-21', problems)).toMatchObject({ visited: [FIRST, SECOND] });
  });
});

test('a lane whose progress is malformed keeps no other one from being swept, and is told of', async ({
  dependencies,
  table,
  visit,
}) => {
  const others = ['peer_000', 'peer_001', 'peer_002', 'peer_003'].filter((peerId) => laneOf(peerId) !== 0);
  for (const peerId of others) await new PeerDirectoryStore(table).add(peerId);
  await putRaw(table, { ...sweepProgressKey('test', 0), period: 7 });
  expect(await visit('2026-11-21')).toMatchObject({ visited: others, run: { lanesFailed: 1 } });
  expect(dependencies.logged).toMatchObject([
    { level: 'error', message: 'a lane of peers could not be swept', fields: { job: 'test', lane: 0 } },
  ]);
});

test('the progress is that of the job alone', async ({ peers, table, visit }) => {
  await visit('2026-11-21');
  expect(await itemOf(table, sweepProgressKey('test', 0))).toEqual({
    ...{ pk: 'SWEEP#test', sk: 'LANE#0', period: '2026-11-21' },
    ...{ after: peers.at(-1), isThrough: true, again: [] },
  });
});
