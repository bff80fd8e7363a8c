import { GetCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { ReportsNotMadeError } from '../../../functions/send-reports/send-reports.ts';
import { ROUTES } from '../../../functions/shared/http/routes.ts';
import { METRIC } from '../../../functions/shared/runtime/metric-names.ts';
import { NotifiedPeers } from '../../../functions/shared/store/notified-peers.ts';
import { LANES } from '../../../functions/shared/store/usage-table.ts';
import { takeDailySnapshot } from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { areUnitsBilled, metered } from '../../support/database/capacity.ts';
import { call } from '../../support/service/http-events.ts';
import type { TestService } from '../../support/service/test-service.ts';
import { DASHBOARD, filesOf, NEVER, type PutFile, TARGETS, test } from './reporting.ts';

const FIRST_OF_NOVEMBER = '2026-11-01T00:40:00.000Z';

describe('on the first of a month', () => {
  test('every peer with messages in the month before is reported, and no other one', async ({
    reporting,
  }) => {
    await reporting.count('used', '2026-10-10T12:00:00Z', 3);
    await reporting.count('used before', '2026-09-30T23:59:59Z');
    await reporting.count('used since', '2026-11-01T00:00:00Z');
    await reporting.count('on its last second', '2026-10-31T23:59:59Z');
    await reporting.counted(FIRST_OF_NOVEMBER);
    expect(await reporting.run()).toEqual({
      ...{ month: '2026-10', isCounted: true, reported: 2 },
      ...{ visited: 4, failed: 0, lanesLeft: 0, lanesFailed: 0 },
    });
    expect(await reporting.lines()).toEqual(['2026-10 on its last second: 1', '2026-10 used: 3']);
    expect([...reporting.files.keys()].sort()).toEqual([
      ...filesOf('on%20its%20last%20second', '2026-10'),
      ...filesOf('used', '2026-10'),
    ]);
  });

  test('the files are what the API answers', async ({ key, reporting, service }) => {
    await reporting.count('p', '2026-09-10T12:00:00Z', 2);
    await reporting.count('p', '2026-10-10T12:00:00Z', 3, 'integration_slack');
    await reporting.count('p', '2026-10-11T12:00:00Z', 1);
    await reporting.counted(FIRST_OF_NOVEMBER);
    await reporting.run();
    for (const [extension, asked] of Object.entries(await asAnswered(service, key))) {
      expect(reporting.files.get(`reports/2026-10/peer=p/report.${extension}`)).toEqual(asked);
    }
  });

  test('people are told the figures, with a link to the days', async ({ reporting }) => {
    await reporting.count('a b', '2026-10-10T12:00:00Z', 3);
    await reporting.counted(FIRST_OF_NOVEMBER);
    await reporting.run();
    const [told] = await reporting.told();
    expect(told).toMatchObject({
      type: 'report.monthly',
      timestamp: '2026-11-01T00:40:00Z',
      data: {
        peerId: 'a b',
        month: '2026-10',
        url: `${DASHBOARD}?peer=a+b&from=2026-10-01&to=2026-10-31`,
        report: {
          period: 'October 2026',
          complete: true,
          channels: [{ channelId: 'direct', messages: 3 }],
        },
        furtherChannels: 0,
      },
    });
  });

  test('a report waits until counting has passed the month', async ({ dependencies, reporting }) => {
    await reporting.count('p', '2026-10-31T23:59:59Z');
    await reporting.counted('2026-10-31T23:59:59.999Z');
    dependencies.setClock(FIRST_OF_NOVEMBER);
    expect(await reporting.run()).toMatchObject({ isCounted: false, visited: 0, reported: 0 });
    expect(dependencies.published.at(-1)).toEqual({ [METRIC.reportRunsCompleted]: 0 });
    await reporting.counted('2026-11-01T00:00:00.000Z');
    dependencies.setClock('2026-11-01T01:40:00.000Z');
    expect(await reporting.run()).toMatchObject({ isCounted: true, reported: 1 });
    expect(dependencies.published.at(-1)).toEqual({
      [METRIC.reportsMade]: 1,
      [METRIC.reportRunsCompleted]: 1,
    });
  });

  test('a peer all of whose messages are on a channel that was switched off is not reported', async ({
    reporting,
    service,
  }) => {
    await reporting.count('p', '2026-10-10T12:00:00Z');
    await service.setStatus('p', 'direct', 'disabled');
    await reporting.counted(FIRST_OF_NOVEMBER);
    expect(await reporting.run()).toMatchObject({ visited: 1, reported: 0 });
    expect(reporting.puts).toEqual([]);
  });
});

describe('a month', () => {
  test('is reported by the first run after a deploy, whatever day that is', async ({ reporting }) => {
    await reporting.count('p', '2026-10-10T12:00:00Z');
    await reporting.count('p', '2026-11-10T12:00:00Z');
    await reporting.counted('2026-11-22T10:40:00.000Z');
    await reporting.run();
    expect(await reporting.lines()).toEqual(['2026-10 p: 1']);
  });

  test('is reported once, and the next one too', async ({ reporting }) => {
    await reporting.count('p', '2026-10-10T12:00:00Z');
    await reporting.count('p', '2026-11-10T12:00:00Z', 2);
    for (const run of ['2026-11-01T00:40:00Z', '2026-11-01T01:40:00Z', '2026-11-02T00:40:00Z']) {
      await reporting.counted(run);
      await reporting.run();
      expect(await reporting.lines()).toEqual(['2026-10 p: 1']);
    }
    await reporting.counted('2026-12-01T00:40:00.000Z');
    await reporting.run();
    expect(await reporting.lines()).toEqual(['2026-10 p: 1', '2026-11 p: 2']);
    const waiting = await reporting.waiting('on-call');
    expect(waiting.map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect(new Set(waiting.map(({ id }) => id)).size).toBe(2);
    expect(waiting.every(({ id }) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
    expect([...reporting.files.keys()].sort()).toEqual([
      ...filesOf('p', '2026-10'),
      ...filesOf('p', '2026-11'),
    ]);
  });

  test('stays as it was reported, whatever is counted late', async ({ reporting }) => {
    await reporting.count('p', '2026-10-10T12:00:00Z');
    await reporting.counted(FIRST_OF_NOVEMBER);
    await reporting.run();
    const before = new Map(reporting.files);
    await reporting.count('p', '2026-10-11T12:00:00Z', 5);
    await reporting.counted('2026-11-02T00:40:00.000Z');
    expect(await reporting.run()).toMatchObject({ visited: 1, reported: 0 });
    expect(await reporting.lines()).toEqual(['2026-10 p: 1']);
    expect(reporting.files).toEqual(before);
  });

  test('of which a peer gets figures later is reported the next day', async ({ reporting }) => {
    await reporting.count('other', '2026-10-10T12:00:00Z');
    await reporting.count('late', '2026-11-01T00:10:00Z');
    await reporting.counted(FIRST_OF_NOVEMBER);
    await reporting.run();
    await reporting.count('late', '2026-10-20T12:00:00Z', 2);
    await reporting.count('new', '2026-10-20T12:00:00Z', 4);
    await reporting.counted('2026-11-01T01:40:00.000Z');
    expect(await reporting.run()).toMatchObject({ visited: 0 });
    await reporting.counted('2026-11-02T00:40:00.000Z');
    expect(await reporting.run()).toMatchObject({ visited: 3, reported: 2 });
    expect(await reporting.lines()).toEqual(['2026-10 late: 2', '2026-10 new: 4', '2026-10 other: 1']);
  });

  test('that nobody is told of has its files all the same', async ({ reporting }) => {
    await reporting.count('p', '2026-10-10T12:00:00Z');
    await reporting.counted(FIRST_OF_NOVEMBER);
    await reporting.run(NEVER, { targets: [] });
    expect([...reporting.files.keys()].sort()).toEqual(filesOf('p', '2026-10'));
    expect(await reporting.run(NEVER, { targets: [] })).toMatchObject({ reported: 0 });
  });
});

describe('a run', () => {
  test('in which a peer fails makes all others, says so, and the next one makes it', async ({
    dependencies,
    reporting,
  }) => {
    for (const peerId of ['a', 'b', 'c', 'd']) await reporting.count(peerId, '2026-10-10T12:00:00Z');
    await reporting.counted(FIRST_OF_NOVEMBER);
    reporting.failPut = (key) => (key.includes('peer=b/report.csv') ? new Error('S3 is busy') : undefined);
    await expect(reporting.run()).rejects.toThrow(ReportsNotMadeError);
    expect(await reporting.lines()).toEqual(['2026-10 a: 1', '2026-10 c: 1', '2026-10 d: 1']);
    expect(dependencies.logged.filter(({ level }) => level === 'error')).toMatchObject([
      { fields: { peerId: 'b', problem: 'Error: S3 is busy' } },
    ]);
    expect(dependencies.published.at(-1)).toEqual({
      [METRIC.reportsMade]: 3,
      [METRIC.reportsFailed]: 1,
      [METRIC.reportRunsCompleted]: 0,
    });
    reporting.failPut = () => undefined;
    expect(await reporting.run()).toMatchObject({ visited: 1, reported: 1, failed: 0 });
    expect(await reporting.lines()).toHaveLength(4);
  });

  test('that runs out of time is gone on with by the next one', async ({ dependencies, reporting }) => {
    const peers = Array.from({ length: 12 }, (_, number) => `peer ${number}`);
    for (const peerId of peers) await reporting.count(peerId, '2026-10-10T12:00:00Z');
    await reporting.counted(FIRST_OF_NOVEMBER);
    let visits = 0;
    for (let runs = 1; visits < peers.length; runs += 1) {
      expect(runs).toBeLessThan(20);
      const before = reporting.puts.length;
      // As many as are begun at a time may still be made.
      const run = await reporting.run(() => reporting.puts.length > before);
      expect(run.visited).toBeGreaterThan(0);
      visits += run.visited;
      expect(run.lanesLeft > 0).toBe(dependencies.published.at(-1)?.[METRIC.reportRunsCompleted] === 0);
    }
    await reporting.run();
    expect(await reporting.lines()).toEqual(peers.map((peerId) => `2026-10 ${peerId}: 1`).sort());
    expect(reporting.puts).toHaveLength(3 * peers.length);
  });

  test('that was not the first to decide on a peer decides anew', async ({
    dependencies,
    reporting,
    table,
  }) => {
    await reporting.count('p', '2026-10-10T12:00:00Z');
    await reporting.counted(FIRST_OF_NOVEMBER);
    const notified = new NotifiedPeers(table, TARGETS);
    let isOther = true;
    reporting.failPut = () => undefined;
    const run = reporting.run(NEVER, {
      put: async () => {
        if (!isOther) return;
        isOther = false;
        // Something else is decided on the peer between reading and deciding.
        const read = await notified.read('p');
        const { version, sequence, ...state } = read;
        await notified.decide('p', read, { state, notifications: [] }, dependencies.clock());
      },
    });
    expect(await run).toMatchObject({ reported: 1 });
    expect(await reporting.lines()).toEqual(['2026-10 p: 1']);
    expect(await notified.read('p')).toMatchObject({ version: 2, sequence: 1, reportedMonth: '2026-10' });
  });

  test('that another one was faster than leaves files that belong together', async ({
    key,
    reporting,
    service,
  }) => {
    await reporting.count('p', '2026-10-10T12:00:00Z');
    await reporting.counted(FIRST_OF_NOVEMBER);
    let isSlow = true;
    reporting.failPut = () => undefined;
    await reporting.run(NEVER, {
      put: async (key, body, contentType) => {
        if (isSlow) {
          isSlow = false;
          await reporting.count('p', '2026-10-11T12:00:00Z', 4);
          expect(await reporting.run()).toMatchObject({ reported: 1 });
        }
        reporting.files.set(key, { body, contentType });
      },
    });
    expect(await reporting.lines()).toEqual(['2026-10 p: 5']);
    for (const [extension, asked] of Object.entries(await asAnswered(service, key))) {
      expect(reporting.files.get(`reports/2026-10/peer=p/report.${extension}`)).toEqual(asked);
    }
  });
});

test('whichever call a run ends at, also beside another run, each peer is reported once, with its files', async ({
  reporting,
}) => {
  const months = ['2026-09', '2026-10'] as const;
  for (const month of months) {
    for (const peerId of ['a', 'b', 'c']) await reporting.count(peerId, `${month}-10T12:00:00Z`, 2);
  }
  await reporting.counted('2026-10-01T00:40:00.000Z');
  let calls = 1;
  for (let isWhole = false; !isWhole; calls += 1) {
    isWhole = await reporting.runThatEnds(calls, 'before');
    await reporting.runThatEnds(calls, 'after');
  }
  expect(await reporting.lines()).toEqual(['2026-09 a: 2', '2026-09 b: 2', '2026-09 c: 2']);
  await reporting.counted('2026-11-01T00:40:00.000Z');
  for (let call = 1; call < calls; call += 1) {
    await Promise.all([reporting.runThatEnds(call, 'after'), reporting.runThatEnds(calls - call, 'before')]);
  }
  await Promise.all([reporting.run(), reporting.run()]);
  expect(await reporting.lines()).toHaveLength(6);
  expect([...reporting.files.keys()].sort()).toEqual(
    months.flatMap((month) => ['a', 'b', 'c'].flatMap((peerId) => filesOf(peerId, month))),
  );
});

describe('a thousand peers', () => {
  test('take a few calls each', async ({ dependencies, reporting }) => {
    await reporting.count('peer', '2026-10-10T12:00:00Z');
    dependencies.setClock('2026-11-01T00:05:00.000Z');
    await takeDailySnapshot(dependencies)({ scheduledAt: '2026-11-01T00:05:00Z' }, NEVER);
    await reporting.copyPeer(
      'peer',
      Array.from({ length: 999 }, (_, number) => `peer ${number}`),
    );
    await reporting.counted(FIRST_OF_NOVEMBER);
    expect(await reporting.run()).toMatchObject({ visited: 1_000, reported: 1_000 });
    const { calls } = reporting.watched;
    expect(calls.filter((name) => name === TransactWriteCommand.name)).toHaveLength(1_000);
    // What was told before, the totals and the months of a peer; the rest is the directory, and how far the run is.
    expect(calls.filter((name) => name === GetCommand.name)).toHaveLength(1_000 + LANES + 1);
    expect(calls.filter((name) => name === QueryCommand.name).length).toBeLessThan(3_000 + 5 * LANES);
    expect(reporting.puts).toHaveLength(3_000);
    // Until the next day there is nothing to do but to see that.
    calls.length = 0;
    dependencies.setClock('2026-11-01T01:40:00.000Z');
    await reporting.run();
    expect(calls.length).toBe(LANES + 1);
    // On it, each is looked at once more.
    calls.length = 0;
    dependencies.setClock('2026-11-02T00:40:00.000Z');
    await reporting.run();
    expect(calls.length).toBeLessThan(1_100);
  });
});

test.runIf(areUnitsBilled)(
  'a report takes as many units as docs/cost.md says',
  async ({ dependencies, reporting }) => {
    for (const channel of ['direct', 'integration_slack', 'integration_email', 'integration_webchat']) {
      await reporting.count('peer', '2026-09-10T12:00:00Z', 1, channel);
      await reporting.count('peer', '2026-10-10T12:00:00Z', 1, channel);
    }
    dependencies.setClock('2026-11-01T00:05:00.000Z');
    await takeDailySnapshot(dependencies)({ scheduledAt: '2026-11-01T00:05:00Z' }, NEVER);
    await reporting.counted(FIRST_OF_NOVEMBER);
    const units = async () => {
      const { client, readUnits, writeUnits } = metered(dependencies.client);
      await reporting.runOn(client);
      return { read: readUnits(), written: writeUnits() };
    };
    const first = await units();
    const nothingToDo = await units();
    dependencies.setClock('2026-11-02T00:40:00.000Z');
    const nextDay = await units();
    // The heartbeats, how far the run is in each lane, and the directory.
    const run = { read: 0.5 + LANES + LANES / 2, written: LANES };
    expect(first).toEqual({ read: run.read + 4, written: run.written + 2 + 4 * TARGETS.length });
    expect(nothingToDo).toEqual({ read: 0.5 + LANES, written: 0 });
    expect(nextDay).toEqual({ read: run.read + 1, written: run.written });
  },
);

/** The files of the report on October, as the API answers with them. */
async function asAnswered(service: TestService, key: string): Promise<Record<string, PutFile>> {
  const asked: Record<string, PutFile> = {};
  for (const [extension, route] of [
    ['json', ROUTES.getReport],
    ['csv', ROUTES.getReportCsv],
    ['html', ROUTES.getReportHtml],
  ] as const) {
    const request = { route, key, peerId: 'p', query: 'period=2026-10' };
    const { body, headers } = await call(service.usageApi, request);
    asked[extension] = {
      body: typeof body === 'string' ? body : JSON.stringify(body),
      contentType: String(headers['content-type']),
    };
  }
  return asked;
}
