import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { channelStatsAnswer } from '../../../../../functions/shared/domain/channel-stats.ts';
import { COUNTED_ROLE, ROLES, sentAtField } from '../../../../../functions/shared/domain/message.ts';
import { parseJson } from '../../../../../functions/shared/domain/parse-json.ts';
import { addDays, dayOf } from '../../../../../functions/shared/domain/utc-day.ts';
import { ROUTES } from '../../../../../functions/shared/http/routes.ts';
import { historyAnswer } from '../../../../../functions/usage-api/get-history.ts';
import { keepRequestOutOfLogs } from '../../../../support/logs/log-watch.ts';
import { type FaultyProxyOptions, startFaultyProxy } from '../../../../support/sending/faulty-proxy.ts';
import { call } from '../../../../support/service/http-events.ts';
import type { TestService } from '../../../../support/service/test-service.ts';
import { test as fixture, PEER } from '../../cli-fixture.ts';
import { type CliRun, runCommand, type TestedContext } from '../../cli-run.ts';

const sentMessages = z.object({
  messages: z.array(
    z.looseObject({
      messageId: z.string(),
      conversationId: z.string(),
      channelId: z.string(),
      role: z.enum(ROLES),
      sentAt: sentAtField(),
    }),
  ),
});

/** What a request of recording sends. */
export type SentMessages = z.output<typeof sentMessages>['messages'];

/**
 * The service of all tests of the command line, and the command:
 *
 * - `state`: the folder in which imports keep what they have read;
 * - `sent`: what recorded messages were sent, request by request;
 * - `importing`: runs the command, as somebody with the key would type it;
 * - `behind`: starts a proxy in which requests have fates.
 */
export const test = fixture
  .extend('state', ({ folder }) => join(folder, 'state'))
  .extend('sent', (): SentMessages[] => [])
  .extend('importing', ({ service, url, key, state, sent }) => {
    return async (argumentsGiven: readonly string[], changed: TestedContext = {}): Promise<CliRun> => {
      const watching: typeof fetch = async (input, init) => {
        const request = new Request(input, init);
        if (request.method === 'POST') {
          const body = await request.clone().text();
          sent.push(sentMessages.parse(parseJson(body)).messages);
          keepRequestOutOfLogs({ authorization: `Bearer ${key}` }, body);
        }
        return (changed.fetch ?? fetch)(request);
      };
      const given = ['import', '--peer', PEER, '--state', state, '--url', url, ...argumentsGiven];
      return runCommand(given, {
        clock: service.clock,
        environment: { CHANNEL_USAGE_API_KEY: key },
        ...changed,
        fetch: watching,
      });
    };
  })
  .extend('behind', ({ url, onTestFinished }) => async (options: Omit<FaultyProxyOptions, 'target'>) => {
    const proxy = await startFaultyProxy({ target: url, ...options });
    onTestFinished(() => proxy.stop());
    return proxy;
  });

/** Writes JSON Lines into a folder. @returns the file */
export async function writeLines(
  folder: string,
  lines: readonly (object | string)[],
  name = 'messages.jsonl',
): Promise<string> {
  const file = join(folder, name);
  await writeFile(
    file,
    lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''),
  );
  return file;
}

/** A message as a line, sent at 09:00 on a day of November 2026. */
export function line(messageId: string, day: number, changed: object = {}) {
  return {
    ...{ messageId, conversationId: 'c1', channelId: 'direct', role: 'user' },
    sentAt: `2026-11-${String(day).padStart(2, '0')}T09:00:00.000Z`,
    text: 'what somebody wrote',
    ...changed,
  };
}

/** So many lines, of a message each, the newest first. */
export function lines(howMany: number) {
  return Array.from({ length: howMany }, (_, number) =>
    line(`m${number}`, 1, {
      conversationId: `c${number % 7}`,
      sentAt: new Date(Date.parse('2026-11-21T09:00:00Z') - number * 60_000).toISOString(),
    }),
  );
}

/** What of imports is kept in their folder, locks left out. */
export async function keptIn(state: string): Promise<string[]> {
  const names = await readdir(join(state, 'imports'));
  return names
    .filter((name) => !name.endsWith('.lock'))
    .map((name) => name.replace(/^[0-9a-f]{16}/, 'import'));
}

/** All messages that requests sent, in their order, by their ids. */
export function idsOf(sent: readonly SentMessages[]): string[] {
  return sent.flat().map(({ messageId }) => messageId);
}

/** Counts what requests sent, as the stream gives it: request by request, each in the order of `sentAt`. */
export async function count(service: TestService, sent: readonly SentMessages[]): Promise<void> {
  for (const request of sent) {
    const inOrder = request
      .toSorted((a, b) => a.sentAt - b.sentAt)
      .filter(({ role }) => role === COUNTED_ROLE);
    await service.count(
      inOrder.map(({ messageId, conversationId, channelId, sentAt }) => ({
        ...{ peerId: PEER, messageId, conversationId, channelId, sentAt },
      })),
    );
  }
}

/** What the API counts: by channel, and by channel and day. */
export async function counted(service: TestService, key: string) {
  const include = 'include=disabled,removed';
  const stats = channelStatsAnswer.parse(
    (await call(service.usageApi, { route: ROUTES.getChannelStats, peerId: PEER, key, query: include })).body,
  );
  const today = dayOf(service.clock());
  const days: Record<string, { messages: number; conversations: number }> = {};
  // An answer has 400 days at most.
  for (const [from, to] of [
    [addDays(today, -400), addDays(today, -200)],
    [addDays(today, -199), today],
  ]) {
    const query = `from=${from}&to=${to}&interval=day&${include}`;
    const { body } = await call(service.usageApi, { route: ROUTES.getHistory, peerId: PEER, key, query });
    for (const { start, channels } of historyAnswer.parse(body).buckets) {
      for (const { channelId, messageCount: messages, conversationCount: conversations } of channels) {
        if (messages > 0) days[`${channelId} ${start}`] = { messages, conversations };
      }
    }
  }
  const channels = stats.channels.map(({ channelId, messageCount, conversationCount }) => [
    channelId,
    { messages: messageCount, conversations: conversationCount },
  ]);
  return { channels: Object.fromEntries(channels), days };
}
