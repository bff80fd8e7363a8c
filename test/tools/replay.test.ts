import { join } from 'node:path';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { countMessages } from '../../functions/shared/counting/count-messages.ts';
import type { CountOutcome } from '../../functions/shared/counting/day-counting.ts';
import { channelStats } from '../../functions/shared/domain/channel-stats.ts';
import { ContentionError } from '../../functions/shared/domain/errors.ts';
import type { Message } from '../../functions/shared/domain/message.ts';
import { messageItem } from '../../functions/shared/store/items/message.ts';
import { UsageReader } from '../../functions/shared/store/usage-reader.ts';
import { readIfThere } from '../../local/support/durable-file.ts';
import { replayCommand } from '../../tools/commands/replay.ts';
import { replayMessages } from '../../tools/support/replay-messages.ts';
import type { PageDone } from '../../tools/support/replay-progress.ts';
import type { ChosenMessages } from '../../tools/support/stored-items.ts';
import type { ToolContext } from '../../tools/support/tool.ts';
import { streamRecord } from '../faults/history.ts';
import { test as fixture } from '../support/fixture.ts';
import { type TestDependencies, testDependencies } from '../support/service/test-dependencies.ts';
import { bothTablesOf, runOn } from './tool-run.ts';

const NOW = '2026-11-22T10:00:00.000Z';
const RETENTION_DAYS = 400;
const MONTH = ['--from', '2026-11-01', '--to', '2026-11-30'];

const test = fixture
  .extend('stateFile', ({ folder }) => join(folder, 'state.json'))
  /** Stores messages; `attributes` are those of a writer that adds its own. */
  .extend('store', ({ messagesTable: { client, tableName } }) => {
    return async (messages: readonly Message[], attributes: Record<string, unknown> = {}): Promise<void> => {
      for (const each of messages) {
        const item = { ...messageItem(each, RETENTION_DAYS), ...attributes };
        await client.send(new PutCommand({ TableName: tableName, Item: item }));
      }
    };
  })
  .extend(
    'count',
    ({ dependencies }) =>
      (messages: readonly Message[]) =>
        countWith(dependencies, messages),
  )
  /** Runs the tool without `--yes`. */
  .extend('asking', ({ database, dependencies, stateFile }) => {
    const named = ['--peer', 'p', ...MONTH, '--state', stateFile, ...bothTablesOf(database, dependencies)];
    return (options: readonly string[], changed: Partial<ToolContext> = {}) =>
      runOn(dependencies, replayCommand, [...named, ...options], changed);
  })
  .extend('replay', ({ asking }) => (options: readonly string[] = [], changed: Partial<ToolContext> = {}) => {
    return asking(['--yes', ...options], changed);
  })
  .extend(
    'stats',
    ({ dependencies }) =>
      (peerId?: string) =>
        statsOf(dependencies, peerId),
  )
  /** The counts that messages come to when they are counted once, on tables of their own. */
  .extend('statsWhenAllIsWell', ({ database }) => async (messages: readonly Message[]) => {
    const own = await testDependencies(database, NOW);
    await countWith(own, messages);
    return statsOf(own);
  });

async function countWith(dependencies: TestDependencies, messages: readonly Message[]): Promise<void> {
  const records = messages.map((each, index) => streamRecord(each, index + 1));
  expect(await countMessages(dependencies)({ Records: records })).toEqual({ batchItemFailures: [] });
}

async function statsOf({ client, settings }: TestDependencies, peerId = 'p') {
  const table = { client, tableName: settings.usageTableName };
  return channelStats(await new UsageReader(table).read(peerId, '2026-11-22'), {});
}

/** The nth message of a peer: three channels, five days, a conversation for every four messages. */
function message(number: number, changes: Partial<Message> = {}): Message {
  return {
    peerId: 'p',
    channelId: `c${number % 3}`,
    conversationId: `conversation-${Math.floor(number / 4)}`,
    messageId: `message-${number}`,
    role: 'user',
    sentAt: Date.parse(`2026-11-1${number % 5}T09:00:00.000Z`) + number * 1_000,
    ...changes,
  };
}

function messagesOf(count: number, changes: Partial<Message> = {}): Message[] {
  return Array.from({ length: count }, (_, number) => message(number, changes));
}

function numbersOf(stdout: string): Record<string, number> {
  const lines = stdout.trimEnd().split('\n');
  return Object.fromEntries(
    lines.map((line) => line.split(/ {2,}/)).map(([name, value]) => [name, Number(value)]),
  );
}

test('restores the exact counts after a batch was lost', async ({
  store,
  count,
  replay,
  stats,
  statsWhenAllIsWell,
}) => {
  const all = messagesOf(60);
  await store(all);
  await count(all.slice(0, 25));
  await count(all.slice(41));
  const { exitCode, stdout } = await replay();
  expect(exitCode).toBe(0);
  expect(numbersOf(stdout)).toMatchObject({ counted: 16, 'counted before': 44, failed: 0 });
  expect(await stats()).toEqual(await statsWhenAllIsWell(all));
});

test('changes nothing where all is counted, and tells so', async ({ store, count, replay, stats }) => {
  const all = [...messagesOf(40), message(40, { role: 'assistant' })];
  await store(all);
  await count(all);
  const before = await stats();
  const { exitCode, stdout } = await replay();
  expect(exitCode).toBe(0);
  expect(numbersOf(stdout)).toEqual({
    counted: 0,
    'counted before': 40,
    'of roles that do not count': 1,
    failed: 0,
    'read units used': expect.any(Number),
  });
  expect(await stats()).toEqual(before);
  expect(await replay(['--dry-run'])).toMatchObject({
    exitCode: 0,
    stdout: 'No drift: p has 40 user messages stored from 2026-11-01 to 2026-11-30, and all are counted.\n',
  });
});

test('counts only the days that were asked for', async ({ store, replay, stats, statsWhenAllIsWell }) => {
  const all = messagesOf(20);
  await store(all);
  await replay(['--from', '2026-11-11', '--to', '2026-11-12']);
  const asked = all.filter((_, number) => number % 5 === 1 || number % 5 === 2);
  expect(await stats()).toEqual(await statsWhenAllIsWell(asked));
});

test('leaves other peers alone, those whose ids begin alike too', async ({ store, replay, stats }) => {
  const others = ['p2', 'p#', 'p%0A', 'q'];
  await store(messagesOf(4));
  for (const peerId of others) await store(messagesOf(4, { peerId }));
  expect(numbersOf((await replay()).stdout)).toMatchObject({ counted: 4 });
  for (const peerId of others) expect((await stats(peerId)).channels).toEqual([]);
});

test('skips what is past the retention, and what cannot be counted, and says how many', async ({
  store,
  replay,
  stats,
}) => {
  const from = ['--from', '2025-01-01'];
  await store([message(1, { sentAt: Date.parse('2025-10-10T00:00:00.000Z') })]);
  await store([message(2)], { expiresAt: Date.parse(NOW) / 1_000 });
  await store([message(3)], { schemaVersion: 2 });
  await store([message(4)], { role: 'someone' });
  await store([message(5)], { pk: 'another' });
  await store([message(6)]);
  const { exitCode, stdout } = await replay(from);
  expect(exitCode).toBe(0);
  expect(numbersOf(stdout)).toEqual({
    counted: 1,
    'counted before': 0,
    'of roles that do not count': 0,
    'skipped: past the retention': 1,
    'skipped: past the retention they were stored with': 1,
    'skipped: of an unknown version': 1,
    'skipped: not a message': 1,
    failed: 0,
    'read units used': expect.any(Number),
  });
  expect((await stats()).total.messageCount).toBe(1);
});

describe('a replay that is killed', () => {
  /** So large that DynamoDB reads six of them at most at once. */
  const LARGE = { note: 'x'.repeat(160_000) };

  test.for([1, 2, 3])(
    'after %i pages ends the same when it is started again',
    async (pages, { dependencies, stateFile, store, count, replay, stats, statsWhenAllIsWell }) => {
      const all = messagesOf(24);
      await store(all, LARGE);
      await count(all.slice(0, 5));
      let paused = 0;
      const killer = async () => {
        paused += 1;
        if (paused === pages) throw new Error('killed');
      };
      const killed = await replay(['--segments', '1'], {
        waiting: { ...dependencies.waiting, pause: killer },
      });
      expect(killed.stderr).toMatch(/cannot be used: Error: killed\n$/);
      expect((await stats()).total.messageCount).toBeLessThan(24);
      const { stdout, stderr } = await replay();
      expect(stderr).toMatch(/It goes on after \d+ messages/);
      expect(numbersOf(stdout)).toMatchObject({ counted: 19, 'counted before': 5 });
      expect(await stats()).toEqual(await statsWhenAllIsWell(all));
      expect(await readIfThere(stateFile)).toBeUndefined();
    },
  );

  test('between counting a page and keeping the state, too', async ({
    stateFile,
    store,
    replay,
    stats,
    statsWhenAllIsWell,
  }) => {
    const all = messagesOf(24);
    await store(all, LARGE);
    const nowhere = join(stateFile, 'nowhere');
    expect((await replay(['--state', nowhere])).stderr).toMatch(
      /error: cannot write .*nowhere: there is no such folder\n$/,
    );
    expect((await stats()).total.messageCount).toBeGreaterThan(0);
    expect((await replay()).exitCode).toBe(0);
    expect(await stats()).toEqual(await statsWhenAllIsWell(all));
  });

  test('is not mixed up with another one', async ({ dependencies, stateFile, store, replay }) => {
    await store(messagesOf(24), LARGE);
    const pause = async () => {
      throw new Error('killed');
    };
    await replay(['--segments', '1'], { waiting: { ...dependencies.waiting, pause } });
    const kept = await readIfThere(stateFile);
    const { exitCode, stderr } = await replay(['--to', '2026-11-12']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/is of the unfinished replay of p from 2026-11-01 to 2026-11-30, in http/);
    expect(await readIfThere(stateFile)).toBe(kept);
  });
});

describe('where messages cannot be counted', () => {
  const fail = (error: unknown): CountOutcome => ({ kind: 'failed', error });

  /** Replays a page whose messages come to some outcomes, and tells what was kept of it. */
  function replayOfPage(
    { clock }: TestDependencies,
    chosen: ChosenMessages,
    outcomes: readonly CountOutcome[],
  ): { replaying: Promise<void>; kept: PageDone[] } {
    const kept: PageDone[] = [];
    const images = outcomes.flatMap((_, number) => {
      const { dynamodb } = streamRecord(message(number, { peerId: `p${number}` }), 1);
      return dynamodb?.NewImage === undefined ? [] : [{ ...dynamodb.NewImage }];
    });
    const progress = {
      segments: [{ isDone: false, examined: 0, readUnits: 0 }],
      examined: 0,
      keep: async (page: PageDone) => void kept.push(page),
    };
    const dependencies = {
      messages: { scan: async () => ({ images, examined: images.length, readUnits: 1 }) },
      counter: { count: async () => [...outcomes] },
      clock,
      retentionDays: RETENTION_DAYS,
      pace: { afterUse: async () => {} },
      marks: { isMarkOf: () => false },
      shown: { update() {} },
    };
    return { replaying: replayMessages(dependencies, chosen, progress), kept };
  }

  test('it stops, and does not pass over them', async ({ dependencies }) => {
    const outcomes = [fail(new Error('x'))];
    const { replaying, kept } = replayOfPage(dependencies, { peerId: 'p0' }, outcomes);
    await expect(replaying).rejects.toMatchObject({ name: 'ReplayStoppedError', failed: 1 });
    expect(kept).toEqual([]);
  });

  test('it stops for all peers where the database is not there', async ({ dependencies }) => {
    const outage = Object.assign(new Error('no answer'), { $metadata: {} });
    const { replaying, kept } = replayOfPage(dependencies, {}, [{ kind: 'counted' }, fail(outage)]);
    await expect(replaying).rejects.toMatchObject({ name: 'ReplayStoppedError', failed: 1, cause: outage });
    expect(kept).toEqual([]);
  });

  test('one peer of all does not stop the others', async ({ dependencies }) => {
    const outcomes = [fail(new ContentionError('x')), { kind: 'counted' } as const];
    const { replaying, kept } = replayOfPage(dependencies, {}, outcomes);
    await replaying;
    expect(kept).toMatchObject([
      {
        after: null,
        peers: [
          ['p0', { failed: 1, counted: 0 }],
          ['p1', { failed: 0, counted: 1 }],
        ],
      },
    ]);
  });
});

test('keeps to the rate', async ({ dependencies, store, replay }) => {
  await store(messagesOf(24), { note: 'x'.repeat(160_000) });
  let waited = 0;
  const pause = async (milliseconds: number) => {
    waited += milliseconds;
    dependencies.setClock(new Date(dependencies.clock() + milliseconds).toISOString());
  };
  const { stdout } = await replay(['--rate', '50', '--segments', '1'], {
    waiting: { ...dependencies.waiting, pause },
  });
  const { 'read units used': units = 0 } = numbersOf(stdout);
  expect(units).toBeGreaterThan(400);
  // The last page is not waited for.
  expect(waited).toBeGreaterThan(((units - 128) / 50) * 1_000);
  expect(waited).toBeLessThan((units / 50) * 1_000);
});

describe('a dry run', () => {
  test('tells the drift of each channel and day, and writes nothing', async ({
    stateFile,
    store,
    count,
    replay,
    stats,
  }) => {
    const all = messagesOf(24);
    await store(all.filter((_, number) => number !== 4));
    await count(all.filter((_, number) => number < 20));
    const before = await stats();
    const { exitCode, stdout } = await replay(['--dry-run']);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      [
        'DAY         CHANNEL  STORED  COUNTED  DRIFT',
        '2026-11-10  c2       2       1        +1',
        '2026-11-11  c0       2       1        +1',
        '2026-11-12  c1       2       1        +1',
        '2026-11-13  c2       2       1        +1',
        '2026-11-14  c1       1       2        -1',
        '',
      ].join('\n'),
    );
    expect(await stats()).toEqual(before);
    expect(await readIfThere(stateFile)).toBeUndefined();
  });

  test('compares only days of which no message can have expired', async ({ store, count, replay }) => {
    await store(messagesOf(2));
    await count(messagesOf(2));
    const { stderr, stdout } = await replay(['--dry-run', '--from', '2025-01-01']);
    expect(stderr).toMatch('Days before 2025-10-19 are not compared: messages of them have expired.\n');
    expect(stdout).toMatch(/^No drift/);
    const early = await replay(['--dry-run', '--from', '2025-01-01', '--to', '2025-10-18']);
    expect(early).toMatchObject({ exitCode: 1, stdout: '' });
    expect(early.stderr).toMatch(
      'no day up to 2025-10-18 is still fully stored: the first that is is 2025-10-19',
    );
  });
});

describe('before it starts', () => {
  test('it shows what it will read, and asks', async ({ store, stats, asking }) => {
    await store(messagesOf(3));
    let asked = '';
    const { exitCode, stdout, stderr } = await asking([], {
      ask: async (question) => {
        asked = question;
        return 'n';
      },
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(asked).toBe('Count the messages of p from 2026-11-01 to 2026-11-30 again? [y/N] ');
    expect(stderr).toMatch(
      /^messages-\S+ holds 3 messages of all peers in an estimated 2 kB .*\n.*: 1 read units, 1 s at 200 .*\n.*less than 0.01 USD.*\nerror: not confirmed/,
    );
    expect((await stats()).channels).toEqual([]);
  });

  test('it does nothing where nobody can be asked', async ({ asking }) => {
    const { exitCode, stderr } = await asking([]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/error: nobody is there to confirm it; add --yes\n$/);
  });

  test.for<[string, string[], RegExp]>([
    ['a day that does not exist', ['--from', '2026-02-29'], /It must be a day that exists/],
    ['days the wrong way round', ['--from', '2026-12-01'], /--from must not be after --to/],
    ['a rate that is none', ['--rate', '0'], /It must be a whole number above 0/],
    ['a peer that cannot be', ['--peer', ''], /It must not be empty/],
    [
      'to guess how long a stage keeps messages',
      ['--aws', '--counter-retention-days', '460'],
      /^error: --aws needs --message-retention-days and --counter-retention-days, .* --stage,/,
    ],
  ])('it refuses %s', async ([_, options, reason], { asking }) => {
    const { exitCode, stdout, stderr } = await asking(options);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(reason);
  });
});
