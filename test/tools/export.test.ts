import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { exportToMixpanel } from '../../functions/export-to-mixpanel/export-to-mixpanel.ts';
import { exportCommand } from '../../tools/commands/export.ts';
import { analyticsServer } from '../support/analytics/analytics-server.ts';
import { ANALYTICS_STREAM, FakeGoogleAnalytics } from '../support/analytics/fake-google-analytics.ts';
import { FakeMixpanel, MIXPANEL_ACCOUNT } from '../support/analytics/fake-mixpanel.ts';
import { test as fixture } from '../support/fixture.ts';
import { SnapshotWriter } from '../support/usage/snapshot-writer.ts';
import { runOn, usageTableOf } from './tool-run.ts';

// The tests' clock stands at 10 o'clock on 2026-11-22.
const ENVIRONMENT = {
  MIXPANEL_PROJECT_ID: MIXPANEL_ACCOUNT.projectId,
  MIXPANEL_USERNAME: MIXPANEL_ACCOUNT.username,
  MIXPANEL_SECRET: MIXPANEL_ACCOUNT.secret,
  GA4_MEASUREMENT_ID: ANALYTICS_STREAM.measurementId,
  GA4_API_SECRET: ANALYTICS_STREAM.secret,
};

const test = fixture
  .extend('days', ({ table }) => new SnapshotWriter(table))
  .extend('mixpanel', ({ dependencies }) => new FakeMixpanel(dependencies.clock))
  .extend('analytics', ({ dependencies }) => new FakeGoogleAnalytics(dependencies.clock))
  .extend('run', async ({ database, dependencies, mixpanel, analytics }) => {
    const url = await analyticsServer(mixpanel, analytics);
    const addresses = ['--mixpanel-url', `${url}/import`, '--ga4-url', `${url}/mp/collect`];
    return (argumentsGiven: readonly string[], environment: Record<string, string> = ENVIRONMENT) =>
      runOn(
        dependencies,
        exportCommand,
        [...usageTableOf(database, dependencies), ...addresses, ...argumentsGiven],
        { environment },
      );
  });

const range = (target: string, from: string, to: string) => ['--target', target, '--from', from, '--to', to];

test('days of all peers go to Mixpanel once, however often, and beside the function', async ({
  days,
  mixpanel,
  run,
  dependencies,
}) => {
  for (const day of ['2026-11-10', '2026-11-11', '2026-11-12']) await days.add('a', day, { slack: 2 });
  await days.add('b', '2026-11-11', { email: 5 });
  const consume = exportToMixpanel(dependencies, MIXPANEL_ACCOUNT, async (url, request) =>
    mixpanel.answer(url, request),
  );
  await consume([{ peerId: 'b', day: '2026-11-11', revision: 1 }], () => false);
  for (let times = 0; times < 2; times += 1) {
    expect(await run(range('mixpanel', '2026-11-11', '2026-11-12'))).toEqual({
      exitCode: 0,
      stdout: 'days of peers     3\nrows refused      0\ngaps listed       0\n',
      stderr: '',
    });
  }
  expect(mixpanel.taken.map(({ properties: { peer_id, day } }) => `${peer_id} ${day}`).sort()).toEqual([
    'a 2026-11-11',
    'a 2026-11-12',
    'b 2026-11-11',
  ]);
  expect((await run([...range('mixpanel', '2026-11-10', '2026-11-10'), '--peer', 'b'])).stdout).toContain(
    'days of peers     0\n',
  );
});

test('rows that were refused are sent again on request, and are then kept no longer', async ({
  days,
  mixpanel,
  run,
}) => {
  await days.add('a', '2026-11-11', { slack: 2, email: 1 });
  mixpanel.refuse = () => 'not today';
  expect(await run(range('mixpanel', '2026-11-11', '2026-11-11'))).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('rows refused      2\n'),
    stderr: 'What was refused is kept: --retry sends it again.\n',
  });
  expect(await run(['--retry'])).toEqual({
    exitCode: 1,
    stdout: 'taken             0\nrefused again     2\nnot sent          0\n',
    stderr: 'error: 2 rows are kept\n',
  });
  mixpanel.refuse = () => undefined;
  expect(await run(['--retry'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('taken             2\n'),
  });
  expect(await run(['--retry'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('taken             0\n'),
  });
  expect(mixpanel.shown().length).toBe(2);
});

test('gaps are listed with what they lack and why', async ({ days, analytics, run }) => {
  await days.add('a', '2026-11-20', { slack: 2 });
  expect((await run(['--gaps'])).stderr).toBe('There are no gaps.\n');
  analytics.answer = () => ({ status: 500, headers: {}, body: '' });
  expect(await run(range('google-analytics', '2026-11-20', '2026-11-21'))).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('gaps listed       1\n'),
  });
  expect((await run(['--gaps'])).stdout).toBe(
    'peer  day         revision  event               channel  messages  conversations  reason\n' +
      'a     2026-11-20  1         peer_channel_stats           2         1              Google Analytics answered 500\n' +
      'a     2026-11-20  1         channel_usage       slack    2         1              Google Analytics answered 500\n',
  );
});

describe('days that are taken for sent', () => {
  test('are not sent to Mixpanel, but what is added to them is', async ({ days, mixpanel, run }) => {
    await days.add('a', '2026-11-10', { slack: 2 });
    await run(range('mixpanel', '2026-11-10', '2026-11-10'));
    await days.add('a', '2026-11-10', { slack: 3, email: 1 });
    await days.add('a', '2026-11-11', { slack: 1 });
    for (const taken of [2, 0]) {
      expect(await run([...range('mixpanel', '2026-11-10', '2026-11-11'), '--assume-sent'])).toEqual({
        exitCode: 0,
        stdout: `days taken for sent ${taken}\n`,
        stderr: '',
      });
    }
    await run(range('mixpanel', '2026-11-10', '2026-11-11'));
    expect(mixpanel.taken.map(({ properties }) => properties.message_count)).toEqual([2]);
    await days.add('a', '2026-11-11', { slack: 4 });
    await run(range('mixpanel', '2026-11-10', '2026-11-11'));
    expect(mixpanel.taken.map(({ properties }) => properties.message_count)).toEqual([2, 4]);
  });

  test('are claimed for Google Analytics, and listed as what it may lack', async ({
    days,
    analytics,
    run,
  }) => {
    await days.add('a', '2026-11-20', { slack: 2 });
    expect(
      await run([...range('google-analytics', '2026-11-01', '2026-11-20'), '--assume-sent']),
    ).toMatchObject({
      exitCode: 0,
      stdout: 'days taken for sent 1\n',
    });
    await run(range('google-analytics', '2026-11-20', '2026-11-20'));
    expect(analytics.requests).toBe(0);
    expect((await run(['--gaps'])).stdout).toMatch(/slack .*it was taken for sent, because more was sent/);
  });

  test('are none for S3', async ({ run }) => {
    expect(await run([...range('s3', '2026-11-20', '2026-11-20'), '--assume-sent'])).toMatchObject({
      exitCode: 1,
      stderr: 'error: --assume-sent is not for S3: its files are written anew instead\n',
    });
  });
});

test('a check tells what the targets say, and sends nothing', async ({ mixpanel, analytics, run }) => {
  expect(await run(['--check', '--target', 'mixpanel'])).toMatchObject({
    exitCode: 0,
    stdout: 'Mixpanel accepts the service account for this project. Nothing was imported.\n',
  });
  const wrong = { ...ENVIRONMENT, MIXPANEL_SECRET: 'another' };
  expect(await run(['--check', '--target', 'mixpanel'], wrong)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(
      /^error: Mixpanel does not accept the service account .* \(it answered 401\)/,
    ),
  });
  expect(await run(['--check', '--target', 'google-analytics'])).toEqual({
    exitCode: 0,
    stdout: 'Google Analytics finds nothing wrong with the events.\n',
    stderr: 'Nothing was sent. It does not say whether the measurement id and the secret are right.\n',
  });
  expect(mixpanel.taken).toEqual([]);
  expect(analytics.requests).toBe(0);
});

test('days go into files of the data folder', async ({ days, run, folder, database, dependencies }) => {
  await days.add('a', '2026-11-20', { slack: 2 });
  await runOn(dependencies, exportCommand, [
    ...usageTableOf(database, dependencies),
    ...['--data', folder],
    ...range('s3', '2026-11-20', '2026-11-20'),
  ]);
  const file = join(folder, 'exports', 'day=2026-11-20', 'peer=a', 'usage.jsonl');
  expect(await readFile(file, 'utf8')).toMatch(/^\{"peer_id":"a","channel_id":"slack".*\}\n$/);
  expect(run).toBeDefined();
});

test.for([
  [['--from', '2026-11-20', '--to', '2026-11-21'], /^error: --target is needed: one of s3, mixpanel/],
  [['--target', 's3', '--from', '2026-11-20'], /^error: --from and --to are needed/],
  [range('s3', '2026-11-21', '2026-11-20'), /^error: --from lies after --to/],
  [range('s3', '2026-11-20', '2026-11-22'), /^error: 2026-11-22 is not over yet/],
  [
    range('google-analytics', '2026-11-18', '2026-11-21'),
    /^error: Google Analytics takes nothing older than 72 hours: 2026-11-18 is too old/,
  ],
  [['--check', '--target', 's3'], /^error: --check needs --target mixpanel or google-analytics/],
  [['--retry', '--target', 's3'], /^error: --retry goes with Mixpanel alone/],
  ...['http://127.0.0.1:9/mp/collect/', 'http://127.0.0.1:9/mp/collect?a', 'http://127.0.0.1:9/'].map(
    (url) =>
      [
        ['--check', '--target', 'google-analytics', '--ga4-url', url],
        /^error: --ga4-url has to end with \/mp\/collect/,
      ] as const,
  ),
] as const)(
  'what cannot be done is an error before anything is sent: %s',
  async ([argumentsGiven, message], { run }) => {
    const { exitCode, stderr } = await run(argumentsGiven);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(message);
  },
);

test('settings that are missing are all named', async ({ run }) => {
  const { stderr } = await run(range('mixpanel', '2026-11-20', '2026-11-20'), { MIXPANEL_SECRET: 'x' });
  expect(stderr).toBe(
    'error: --mixpanel-url needs variables that are missing in the environment: MIXPANEL_PROJECT_ID, MIXPANEL_USERNAME\n',
  );
});
