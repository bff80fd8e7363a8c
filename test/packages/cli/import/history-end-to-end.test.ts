import { afterEach, expect } from 'vitest';
import { monthBefore, monthOf } from '../../../../functions/shared/domain/month.ts';
import { addDays, DAY_MS, dayOf, startOf } from '../../../../functions/shared/domain/utc-day.ts';
import { AuditLog } from '../../../../functions/shared/store/audit-log.ts';
import type { AuditEntry } from '../../../../functions/shared/store/items/audit-entry.ts';
import { systemContext } from '../../../../packages/cli/src/system-context.ts';
import { type ChannelUsageClient, createChannelUsageClient } from '../../../../packages/client/src/index.ts';
import { auditCommand } from '../../../../tools/commands/audit.ts';
import { snapshotCommand } from '../../../../tools/commands/snapshot.ts';
import { withAllTables } from '../../../../tools/support/usage-data.ts';
import { test as fixture } from '../../../support/fixture.ts';
import {
  cleanUp,
  type RunningHost,
  startLocalHost,
  statsWith,
  temporaryFolder,
} from '../../../support/host/local-host.ts';
import { runOn } from '../../../tools/tool-run.ts';
import { runCommand } from '../cli-run.ts';
import { writeLines } from './engine/import-run.ts';

afterEach(cleanUp);

const PEER = 'peer_with_a_past';
const TODAY = startOf(dayOf(Date.now()));
const INCLUDE = ['disabled' as const, 'removed' as const];
const REAL = { clock: Date.now, waiting: systemContext().waiting };
const HISTORY = 600;

interface Sent {
  messageId: string;
  conversationId: string;
  channelId: string;
  role: 'user' | 'assistant';
  sentAt: string;
}

/** A message that was sent so many days before today, some seconds after noon. */
function sent(messageId: string, conversationId: string, channelId: string, daysAgo: number, seconds = 0) {
  const role = messageId.endsWith('3') ? ('assistant' as const) : ('user' as const);
  const sentAt = new Date(TODAY - daysAgo * DAY_MS + DAY_MS / 2 + seconds * 1_000).toISOString();
  return { messageId, conversationId, channelId, role, sentAt };
}

/** What is recorded as it comes. */
const LIVE: Sent[] = [5, 4, 3, 2, 1].map((daysAgo) =>
  sent(`live ${daysAgo}`, daysAgo % 2 === 0 ? 'for years 0' : 'of this week', 'web', daysAgo),
);

/**
 * The messages of three years, from the oldest on. Every fifth is of one of four conversations that go on all the time, on
 * both channels; the 120 in the middle are of one day, more than a counter holds the proof of by itself.
 */
const PAST: Sent[] = Array.from({ length: HISTORY }, (_, number) => {
  const channelId = number % 3 === 0 ? 'web' : 'slack';
  if (number >= 240 && number < 360)
    return sent(`past ${number}`, `busy ${number % 7}`, 'slack', 700, number);
  const conversationId = number % 5 === 0 ? `for years ${number % 4}` : `of days ${Math.floor(number / 9)}`;
  return sent(`past ${number}`, conversationId, channelId, 1_090 - Math.floor(number * 1.8), number);
});

interface Counts {
  messages: number;
  conversations: number;
}
type Figures = Record<string, Counts>;

/** The sums of what is counted of each channel. */
function sumOf(parts: Iterable<readonly [channelId: string, counts: Counts]>): Figures {
  const figures: Figures = {};
  for (const [channelId, { messages, conversations }] of parts) {
    const known = figures[channelId] ?? { messages: 0, conversations: 0 };
    figures[channelId] = {
      messages: known.messages + messages,
      conversations: known.conversations + conversations,
    };
  }
  return figures;
}

/** The figures of some days, by all messages in the order in which they come to be counted. */
function figuresOf(sentInOrder: readonly Sent[], isIn: (day: string) => boolean): Figures {
  const known = new Set<string>();
  const counted: [string, Counts][] = [];
  for (const { channelId, conversationId, role, sentAt } of sentInOrder) {
    if (role !== 'user') continue;
    const conversations = known.has(`${channelId} ${conversationId}`) ? 0 : 1;
    known.add(`${channelId} ${conversationId}`);
    if (isIn(sentAt.slice(0, 10))) counted.push([channelId, { messages: 1, conversations }]);
  }
  return sumOf(counted);
}

/** The figures of an answer, of the channels that have any; reports name them as they do. */
function told(
  channels: readonly ({ channelId: string } & (
    | { messageCount: number; conversationCount: number }
    | Counts
  ))[],
): Figures {
  return sumOf(
    channels
      .map((one): [string, Counts] => [
        one.channelId,
        'messages' in one ? one : { messages: one.messageCount, conversations: one.conversationCount },
      ])
      .filter(([, { messages }]) => messages > 0),
  );
}

const within = (from: string, to: string) => (day: string) => day >= from && day <= to;
const inMonth = (month: string) => (day: string) => monthOf(day) === month;
const day = (daysAgo: number) => dayOf(TODAY - daysAgo * DAY_MS);
const FIRST_DAY = day(1_090);
const messagesOf = (figures: Figures) =>
  Object.values(figures).reduce((sum, { messages }) => sum + messages, 0);

/** All buckets by month, a year at a time. */
async function months(client: ChannelUsageClient) {
  const ranges = [1_100, 733, 366].map((daysAgo) => ({ from: day(daysAgo), to: day(daysAgo - 366) }));
  const asked = ranges.map((range) =>
    client.getHistory(PEER, { ...range, interval: 'month', include: INCLUDE }),
  );
  return (await Promise.all(asked)).flatMap(({ buckets }) => buckets);
}

const test = fixture
  .extend('host', async (): Promise<RunningHost> => {
    const dataFolder = await temporaryFolder();
    return startLocalHost({ dataFolder, options: ['--no-sample'] });
  })
  .extend('client', ({ host: { url, apiKey: key } }) => createChannelUsageClient({ url, key }))
  /** Imports the three years, the newest message first. */
  .extend('importPast', ({ host: { dataFolder }, folder }) => async () => {
    const file = await writeLines(folder, PAST.toReversed());
    const where = ['--data', dataFolder, '--state', folder];
    const { exitCode, stdout, stderr } = await runCommand(
      ['import', file, '--peer', PEER, '--history', ...where, '--yes', '--json', '--quiet'],
      REAL,
    );
    expect(exitCode, stderr).toBe(0);
    return JSON.parse(stdout);
  })
  .extend('audit', ({ dependencies, host: { dataFolder } }) => () => {
    return runOn(dependencies, auditCommand, ['--data', dataFolder, '--json'], REAL);
  })
  .extend('seal', ({ dependencies, host: { dataFolder } }) => () => {
    return runOn(dependencies, snapshotCommand, ['--data', dataFolder, '--day', day(1)], REAL);
  })
  /** The audit log, the earliest line first. */
  .extend('log', ({ host: { dataFolder }, dependencies: { randomBytes } }) => async () => {
    const lines: AuditEntry[] = [];
    await withAllTables({ data: dataFolder }, async ({ audit }) => {
      for await (const page of new AuditLog(audit, randomBytes).entries()) lines.push(...page);
    });
    return lines.map(({ at: _, by: __, ...line }) => line);
  });

const EXPECTED = [...LIVE, ...PAST];
const expected = (isIn: (day: string) => boolean) => figuresOf(EXPECTED, isIn);
const ALL_TIME = expected(() => true);

test('three years join a peer that is in use, once, and every answer tells of them', async ({
  host,
  client,
  importPast,
  audit,
  seal,
  log,
}) => {
  await client.recordMessages(PEER, LIVE);
  await statsWith(host, PEER, messagesOf(figuresOf(LIVE, () => true)));
  await seal();
  const { weeks: before } = await client.getGrowth(PEER, { weeks: 2 });
  expect(before.map(({ total }) => total.messages.reason)).toEqual(['no_history', 'no_history']);

  expect(await importPast()).toMatchObject({ messages: HISTORY, recorded: HISTORY, alreadyThere: 0 });
  await statsWith(host, PEER, messagesOf(ALL_TIME));
  const allTime = await client.getChannelStats(PEER, { include: INCLUDE });
  expect(told(allTime.channels)).toEqual(ALL_TIME);
  expect(await audit()).toMatchObject({ exitCode: 0 });
  expect(await seal()).toMatchObject({ exitCode: 0 });
  await expectFigures(client);
  expect(await audit()).toMatchObject({ exitCode: 0 });

  // Again: all of it is known. What is counted after it shows that nothing of it is on its way.
  expect(await importPast()).toMatchObject({ messages: HISTORY, recorded: 0, alreadyThere: HISTORY });
  await client.recordMessages('another', LIVE);
  await statsWith(host, 'another', messagesOf(figuresOf(LIVE, () => true)));
  expect(await client.getChannelStats(PEER, { include: INCLUDE })).toEqual(allTime);
  await expectFigures(client);
  expect(await audit()).toMatchObject({ exitCode: 0 });

  const days = { firstDay: FIRST_DAY, lastDay: PAST.at(-1)?.sentAt.slice(0, 10) };
  const line = { action: 'import', peerId: PEER, ...days };
  const done = { days: new Set(PAST.map(({ sentAt }) => sentAt.slice(0, 10))).size, refused: 0 };
  expect(await log()).toEqual([
    { ...line, phase: 'begun', counts: { messages: HISTORY } },
    { ...line, phase: 'done', counts: { ...done, messages: HISTORY, known: 0 } },
    { ...line, phase: 'begun', counts: { messages: HISTORY } },
    { ...line, phase: 'done', counts: { ...done, messages: 0, known: HISTORY } },
  ]);
});

/** What all ways to ask for figures tell of the peer. */
async function expectFigures(client: ChannelUsageClient): Promise<void> {
  const buckets = await months(client);
  for (const { start, end, channels } of buckets) {
    expect(told(channels), start).toEqual(expected(within(start, end)));
  }
  expect(sumOf(buckets.flatMap(({ channels }) => Object.entries(told(channels))))).toEqual(ALL_TIME);
  expect(buckets.at(-1)?.cumulative.messageCount).toBe(messagesOf(ALL_TIME));

  const [from, to] = [day(710), day(690)];
  const range = await client.getChannelStats(PEER, { from, to, compare: 'previous', include: INCLUDE });
  expect(told(range.channels)).toEqual(expected(within(from, to)));
  const earlier = messagesOf(expected(within(day(731), day(711))));
  expect(range.total.previous?.messages.previous).toBe(earlier);

  const { weeks } = await client.getGrowth(PEER, { weeks: 52, include: INCLUDE });
  for (const { start, end, total } of weeks) {
    const previous = expected(within(addDays(start, -7), addDays(end, -7)));
    const current = messagesOf(expected(within(start, end)));
    expect(total.messages, start).toMatchObject({ current, previous: messagesOf(previous) });
  }

  for (const period of [monthOf(FIRST_DAY), monthOf(day(700))]) {
    const { channels, change } = await client.getReport(PEER, { period, include: INCLUDE });
    expect(told(channels)).toEqual(expected(inMonth(period)));
    const isFirst = period === monthOf(FIRST_DAY);
    const previous = messagesOf(expected(inMonth(monthBefore(period))));
    expect(change?.messages).toMatchObject(isFirst ? { previous: null, reason: 'no_history' } : { previous });
  }

  const proof = await client.getProof(PEER, { from: day(1_130), to: day(430) });
  expect(proof.months.length).toBeGreaterThan(20);
  expect(proof.days).toEqual([]);
  for (const { month, channels } of proof.months) {
    expect(told(channels), month).toEqual(expected(inMonth(month)));
    for (const { digest } of channels) expect(digest).toMatch(/^[0-9a-f]{32}$/);
  }

  expect(await client.getTrust(PEER)).toMatchObject({ firstCountedDay: FIRST_DAY });
  const { peers } = await client.getOverview({ days: 90, search: PEER });
  expect(peers).toMatchObject([{ peerId: PEER, lastMessageAt: LIVE.at(-1)?.sentAt }]);
  const asked = PAST.slice(100);
  const { messages } = await client.lookUpMessages(
    PEER,
    asked.map(({ conversationId, messageId }) => ({ conversationId, messageId })),
  );
  expect(messages.map((one) => `${one.status} ${one.channelId} ${one.day ?? one.reason}`)).toEqual(
    asked.map(({ channelId, role, sentAt }) =>
      role === 'user'
        ? `counted ${channelId} ${sentAt.slice(0, 10)}`
        : `not_counted ${channelId} role_not_counted`,
    ),
  );
}
