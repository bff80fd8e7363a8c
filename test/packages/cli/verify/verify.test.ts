import { createSecretKey } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { digestUnder } from '../../../../functions/shared/counting/fingerprints.ts';
import { sumOfDigests, withoutDigest } from '../../../../functions/shared/domain/digest.ts';
import type { Message } from '../../../../functions/shared/domain/message.ts';
import { addDays, dayOf, type UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { DailyCounterStore } from '../../../../functions/shared/store/daily-counter-store.ts';
import { dailyCounterKey } from '../../../../functions/shared/store/items/daily-counter.ts';
import { MessageStore } from '../../../../functions/shared/store/message-store.ts';
import { PeerDirectoryStore } from '../../../../functions/shared/store/peer-directory-store.ts';
import { takeDailySnapshot } from '../../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { Random } from '../../../support/random.ts';
import { servedOverHttp } from '../../../support/service/served.ts';
import { test as fixture, PEER } from '../cli-fixture.ts';
import { runCommand } from '../cli-run.ts';

const DAY = '2026-11-20';
const NEXT_DAY = '2026-11-21';

const test = fixture
  /** Stores messages and counts those of users, as recording and counting would. */
  .extend('record', ({ service, messagesTable }) => async (messages: readonly Message[]) => {
    const store = new MessageStore(messagesTable, service.settings.messageRetentionDays);
    for (const message of messages) await store.putIfNew(message);
    await service.count(messages.filter(({ role }) => role === 'user'));
  })
  .extend('verify', ({ dependencies, folder, url, key }) => {
    const file = join(folder, 'messages.jsonl');
    return async (lines: readonly (object | string)[], options: readonly string[] = [], apiKey = key) => {
      const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
      await writeFile(file, text.map((line) => `${line}\n`).join(''));
      const given = ['--peer', PEER, '--file', file, '--url', url, ...options];
      const environment = { CHANNEL_USAGE_API_KEY: apiKey };
      const { clock, waiting } = dependencies;
      return runCommand(['verify', ...given], { clock, waiting, environment });
    };
  })
  .extend('verifyJson', ({ verify }) => async (...given: Parameters<typeof verify>) => {
    const [lines, options = [], ...rest] = given;
    const { exitCode, stdout } = await verify(lines, ['--json', ...options], ...rest);
    const all: Record<string, unknown>[] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    return { exitCode, found: all.slice(0, -1), summary: all.at(-1)?.['summary'] };
  });

function message(messageId: string, changed: Partial<Message> = {}): Message {
  return {
    peerId: PEER,
    conversationId: `c-${messageId}`,
    messageId,
    channelId: 'slack',
    role: 'user',
    sentAt: Date.parse(`${DAY}T09:00:00.000Z`),
    ...changed,
  };
}

function on(day: UtcDay): Pick<Message, 'sentAt'> {
  return { sentAt: Date.parse(`${day}T09:00:00.000Z`) };
}

/** A message as a line of somebody's list. */
function lineOf({ peerId: _, sentAt, ...fields }: Message): object {
  return { ...fields, sentAt: new Date(sentAt).toISOString() };
}

const BOTH = [message('a'), message('b'), message('c', on(NEXT_DAY)), message('d', { channelId: 'direct' })];

describe('a list', () => {
  test('that is what is counted is the same, and reads no fingerprint', async ({
    record,
    verifyJson,
    verify,
  }) => {
    await record([...BOTH, message('answer', { role: 'assistant' })]);
    const lines = [...BOTH, message('answer', { role: 'assistant' })].map(lineOf);
    const { exitCode, found, summary } = await verifyJson(lines.toReversed());
    expect({ exitCode, found }).toEqual({ exitCode: 0, found: [] });
    const reads = { requests: 3, fingerprints: 0 };
    expect(summary).toMatchObject({ messages: 4, same: 4, otherRoles: 1, reads });
    expect((await verify(lines)).stdout).toMatchInlineSnapshot(`
      "
      2026-11-20 to 2026-11-23; counted through 2026-11-22T10:00:00Z (current)
      messages here               4
      same                        4
      only here                   0
      only there                  0
      of roles that do not count  1
      requests                    3
      fingerprints read           0
      "
    `);
  });

  test('of which each kind of message differs is told all of them, and the reasons', async ({
    record,
    service,
    messagesTable,
    verifyJson,
  }) => {
    await record([
      ...BOTH,
      message('gone'),
      message('moved', { channelId: 'email' }),
      message('another day', on(NEXT_DAY)),
      message('in another role'),
      message('answer', { role: 'assistant' }),
    ]);
    await service.count([message('b', { channelId: 'direct' })]);
    const store = new MessageStore(messagesTable, service.settings.messageRetentionDays);
    await store.putIfNew(message('on its way'));
    const lines = [
      ...BOTH,
      message('lost'),
      message('moved'),
      message('another day'),
      message('in another role', { role: 'tool' }),
      message('answer'),
      message('on its way'),
    ].map(lineOf);
    const { exitCode, found, summary } = await verifyJson(lines);
    expect(exitCode).toBe(1);
    const slack = { channelId: 'slack', day: DAY, role: 'user' };
    expect(found).toEqual([
      expect.objectContaining({
        kind: 'doubled',
        message: named('b', 2),
        there: { ...slack, channelId: 'direct' },
      }),
      expect.objectContaining({
        kind: 'differs',
        message: named('moved', 6),
        fields: ['channelId'],
        there: { ...slack, channelId: 'email' },
      }),
      expect.objectContaining({
        kind: 'differs',
        message: named('another day', 7),
        fields: ['day'],
        there: { ...slack, day: NEXT_DAY },
      }),
      expect.objectContaining({
        kind: 'differs',
        message: { ...named('in another role', 8), role: 'tool' },
        fields: ['role'],
        there: slack,
      }),
      expect.objectContaining({ kind: 'only_here', message: named('lost', 5), reason: 'not_found' }),
      expect.objectContaining({
        kind: 'differs',
        message: named('answer', 9),
        fields: ['role'],
        there: { ...slack, role: 'assistant' },
      }),
      expect.objectContaining({ kind: 'waiting', message: named('on its way', 10) }),
      expect.objectContaining({ kind: 'only_there', channelId: 'slack', day: DAY }),
    ]);
    expect(summary).toMatchObject({ messages: 9, same: 4, onlyHere: 1, onlyThere: 1, differ: 5, waiting: 1 });
  });

  test('is compared as far as its lines are messages, each of which counts once', async ({
    record,
    verifyJson,
  }) => {
    await record([message('a'), message('b')]);
    const { exitCode, found, summary } = await verifyJson([
      `\ufeff${JSON.stringify({ ...lineOf(message('a')), text: 'a line\u2028within a text' })}`,
      lineOf(message('b')),
      '',
      lineOf(message('a')),
      lineOf(message('b', on(NEXT_DAY))),
      '{"messageId":',
      { ...lineOf(message('c')), sentAt: undefined },
      { ...lineOf(message('e\u202e')) },
    ]);
    expect(exitCode).toBe(0);
    expect(found).toEqual([
      {
        kind: 'other_copy',
        message: { ...named('b', 5), day: NEXT_DAY },
        first: { channelId: 'slack', day: DAY, role: 'user' },
      },
      { kind: 'bad_line', line: 6, problem: 'it is not JSON' },
      { kind: 'bad_line', line: 7, problem: 'sentAt is missing, and with it the day of the message' },
      {
        kind: 'bad_line',
        line: 8,
        problem: expect.stringMatching(/must not contain characters that change the direction/),
      },
    ]);
    expect(summary).toMatchObject({ messages: 2, same: 2, badLines: 3, copies: 2, otherCopies: 1 });
  });

  test('may begin or end later', async ({ record, verifyJson }) => {
    await record(BOTH);
    const { exitCode, summary } = await verifyJson(
      [lineOf(message('c', on(NEXT_DAY)))],
      ['--from', NEXT_DAY],
    );
    expect({ exitCode, summary }).toMatchObject({ exitCode: 0, summary: { messages: 1, same: 1 } });
    const until = await verifyJson(BOTH.map(lineOf), ['--to', DAY]);
    expect(until).toMatchObject({ exitCode: 0, summary: { messages: 3, same: 3, outOfRange: 1 } });
  });

  test('of a peer of whom nothing is counted is only here', async ({ verifyJson }) => {
    const { exitCode, found } = await verifyJson([lineOf(message('a'))]);
    expect({ exitCode, found }).toMatchObject({
      exitCode: 1,
      found: [{ kind: 'only_here', reason: 'not_found' }],
    });
  });

  test('has no reasons where the key may not look messages up', async ({
    record,
    service,
    verify,
    verifyJson,
  }) => {
    await record([message('a')]);
    const key = await service.addKey('verifier', { scopes: ['stats:read', 'proof:read'] });
    const lines = [message('a'), message('lost'), message('newer', { sentAt: service.clock() + 1 })].map(
      lineOf,
    );
    const { found } = await verifyJson(lines, [], key);
    expect(found).toEqual([
      { kind: 'only_here', message: named('lost', 2) },
      { kind: 'waiting', message: { ...named('newer', 3), day: '2026-11-22' } },
    ]);
    const { stdout, stderr } = await verify(lines, [], key);
    expect(stdout).toContain('Reasons are left out: the key has no scope messages:read.');
    expect(stderr).toBe('error: 1 difference is found\n');
  });
});

describe('days of long ago', () => {
  const OLD = '2025-10-05';
  const SEALED = [message('old', on(OLD)), message('older', on('2025-10-04')), message('new')];

  test('are compared by their month, and named by it', async ({ service, verifyJson }) => {
    await service.count(SEALED);
    await takeDailySnapshot(service)({ through: NEXT_DAY }, () => false);
    expect(await verifyJson(SEALED.map(lineOf))).toMatchObject({
      exitCode: 0,
      summary: { same: 3, notProven: 0 },
    });
    const { exitCode, found } = await verifyJson(SEALED.slice(1).map(lineOf));
    expect(exitCode).toBe(1);
    expect(found).toEqual([
      expect.objectContaining({
        kind: 'figures',
        code: 'month',
        month: '2025-10',
        channelId: 'slack',
        here: expect.objectContaining({ count: 1 }),
        there: expect.objectContaining({ count: 2 }),
      }),
    ]);
  });

  test('are told of where the month is not wholly compared', async ({ service, verifyJson }) => {
    await service.count(SEALED);
    const { exitCode, found } = await verifyJson(SEALED.map(lineOf), ['--from', OLD]);
    expect({ exitCode, found }).toEqual({
      exitCode: 0,
      found: [{ kind: 'not_proven', month: '2025-10', messages: 1 }],
    });
  });
});

describe('figures', () => {
  test.for([
    ['is counted twice', 1, 'counted_twice'],
    ['is lost', -1, 'not_in_figures'],
  ] as const)(
    'in which a message %s, though not in the evidence, name it',
    async ([, times, is], { record, table, verifyJson }) => {
      await record(BOTH);
      const counters = new DailyCounterStore(table);
      const place = { peerId: PEER, channelId: 'slack', channelNumber: 1, day: DAY };
      const counter = await counters.read(place);
      const proofKey = await new PeerDirectoryStore(table).proofKey(PEER);
      const one = digestUnder(createSecretKey(proofKey ?? new Uint8Array()), message('b'));
      const digest = times > 0 ? sumOfDigests([counter.digest, one]) : withoutDigest(counter.digest, one);
      await counters.apply({
        counter: {
          ...counter,
          messageCount: counter.messageCount + times,
          digest,
          version: counter.version + 1,
        },
      });
      const { exitCode, found } = await verifyJson(BOTH.map(lineOf));
      expect(exitCode).toBe(1);
      expect(found).toEqual([
        expect.objectContaining({
          kind: 'figures',
          code: 'evidence',
          channelId: 'slack',
          day: DAY,
          message: { ...named('b', 2), is },
        }),
      ]);
    },
  );

  test('whose digest nobody can tell are compared by their messages', async ({
    record,
    table,
    verifyJson,
  }) => {
    await record(BOTH);
    const counters = new DailyCounterStore(table);
    const counter = await counters.read({ peerId: PEER, channelId: 'slack', channelNumber: 1, day: DAY });
    await counters.apply({ counter: { ...counter, digest: undefined, version: counter.version + 1 } });
    expect(await verifyJson(BOTH.map(lineOf))).toMatchObject({
      exitCode: 0,
      summary: { same: 4, digestsUnknown: 1 },
    });
    const { found } = await verifyJson([...BOTH.slice(1), message('lost')].map(lineOf));
    expect(found).toMatchObject([{ kind: 'only_here' }, { kind: 'only_there' }]);
  });

  test('of conversations are compared where all messages are the same', async ({
    record,
    table,
    verifyJson,
  }) => {
    await record(BOTH);
    await table.client.send(
      new UpdateCommand({
        TableName: table.tableName,
        Key: dailyCounterKey({ peerId: PEER, channelId: 'slack', day: DAY }),
        UpdateExpression: 'SET conversationCount = :one',
        ExpressionAttributeValues: { ':one': 1 },
      }),
    );
    const { found } = await verifyJson(BOTH.map(lineOf));
    expect(found).toMatchObject([
      { code: 'conversations', channelId: 'slack', here: { count: 3 }, there: { count: 2 } },
    ]);
  });
});

test('random differences are found, each of them, and reads follow the days that differ', async ({
  service,
  verifyJson,
}) => {
  const random = new Random(7);
  const days = Array.from({ length: 20 }, (_, age) => addDays(DAY, -age));
  const channels = ['slack', 'email', 'direct', 'webchat'];
  const all = Array.from({ length: 3_000 }, (_, index) =>
    message(`m${index}`, { channelId: random.pick(channels), ...on(random.pick(days)) }),
  );
  const [lost, unknown, moved, same] = split(random.shuffled(all), [5, 6, 7]);
  const elsewhere = moved.map((one) => ({
    ...one,
    channelId: one.channelId === 'slack' ? 'email' : 'slack',
  }));
  await service.count([...unknown, ...elsewhere, ...same]);
  const { exitCode, found, summary } = await verifyJson(
    random.shuffled([...lost, ...moved, ...same]).map(lineOf),
  );
  expect(exitCode).toBe(1);
  const idsOf = (kind: string) =>
    found.flatMap((one) => (one['kind'] === kind ? [idIn(one['message'])] : [])).sort();
  expect(idsOf('only_here')).toEqual(lost.map(({ messageId }) => messageId).sort());
  expect(idsOf('differs')).toEqual(moved.map(({ messageId }) => messageId).sort());
  expect(found.filter(({ kind }) => kind === 'only_there')).toHaveLength(unknown.length);
  expect(found).toHaveLength(lost.length + moved.length + unknown.length);
  const placeOf = ({ channelId, sentAt }: Message) => `${channelId} ${dayOf(sentAt)}`;
  const counted = Map.groupBy([...unknown, ...elsewhere, ...same], placeOf);
  const places = new Set([...lost, ...unknown, ...moved, ...elsewhere].map(placeOf));
  const fingerprints = [...places].reduce((sum, place) => sum + (counted.get(place)?.length ?? 0), 0);
  // Trust, the key, the figures, a page for each channel and day that differs, and one look-up.
  const reads = { requests: 3 + places.size + 1, fingerprints };
  expect(summary).toMatchObject({ same: same.length, reads });
});

describe('the command', () => {
  test.for([
    [['--peer', ''], /must not be empty/],
    [['--url', 'ftp://somewhere'], /must be a URL/],
    [['--key', 'secret'], /the API key is none/],
    [['--from', '2026-11-21', '--to', '2026-11-20'], /--from must not be after --to/],
    [['--file', '/nowhere/at/all'], /cannot read .*: there is no such file/],
    [['--unknown'], /unknown option/],
  ] as const)('refuses %j as wrong usage', async ([options, words], { verify }) => {
    const { exitCode, stderr } = await verify([lineOf(message('a'))], options);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(words);
  });

  test('says so where no line is a message', async ({ verify }) => {
    const { exitCode, stderr } = await verify(['nothing', 'at all']);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringMatching(/^error: no line of .* is a message\n$/),
    });
  });

  test('ends with 3 where the service refuses it', async ({ service, verify }) => {
    const stranger = await service.addKey('stranger', { peers: ['other'] });
    expect(await verify([lineOf(message('a'))], [], stranger)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/^error: the service says 403: /),
    });
  });

  test('ends with 4 where nothing answers', async ({ service, verify }) => {
    const server = await servedOverHttp(service);
    await server.stop();
    expect(await verify([lineOf(message('a'))], ['--url', server.url])).toMatchObject({
      exitCode: 4,
      stderr: expect.stringMatching(/^error: \S+ could not be reached: .*ECONNREFUSED/m),
    });
  });
});

function named(messageId: string, line: number) {
  return { line, conversationId: `c-${messageId}`, messageId, channelId: 'slack', day: DAY, role: 'user' };
}

function idIn(value: unknown): string {
  return typeof value === 'object' && value !== null && 'messageId' in value ? String(value.messageId) : '';
}

/** The first so many, the next so many, and so on; the last part is the rest. */
function split(messages: readonly Message[], [one, two, three]: readonly [number, number, number]) {
  return [
    messages.slice(0, one),
    messages.slice(one, one + two),
    messages.slice(one + two, one + two + three),
    messages.slice(one + two + three),
  ] as const;
}
