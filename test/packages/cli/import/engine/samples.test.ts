import { describe, expect } from 'vitest';
import * as z from 'zod/mini';
import type { ReadOptions } from '../../../../../packages/cli/src/import/read-options.ts';
import {
  EXPECTED_IMPORTS,
  type ExpectedImport,
  optionsOf,
  pathsOf,
  SAMPLE_LIMITS,
} from '../formats/expected-imports.ts';
import { count, counted, test } from './import-run.ts';

const counts = z.object({ messages: z.int(), conversations: z.int() });
const dryRun = z.object({
  messages: z.int(),
  repeated: z.int(),
  channels: z.array(
    z.object({
      channelId: z.string(),
      userMessages: z.int(),
      conversations: z.int(),
      roles: z.record(z.string(), z.int()),
      days: z.array(z.extend(counts, { day: z.string() })),
    }),
  ),
});

/** The options as they are typed. */
function typed({ bots, ownAddresses, chats, map, roles, ...given }: ReadOptions): string[] {
  const flags = {
    ...{ '--channel': given.channel, '--gallery-key': given.galleryKey, '--time-zone': given.timeZone },
    ...{ '--date-order': given.dateOrder, '--date-format': given.dateFormat, '--delimiter': given.delimiter },
    '--conversation': given.conversation,
  };
  return [
    ...Object.entries(flags).flatMap(([flag, value]) => (value === undefined ? [] : [flag, value])),
    ...bots.flatMap((bot) => ['--bot', bot]),
    ...ownAddresses.flatMap((address) => ['--own-address', address]),
    ...chats.flatMap((chat) => ['--chat', chat]),
    ...[...map].flatMap(([field, column]) => ['--map', `${field}=${column}`]),
    ...[...roles].flatMap(([value, role]) => ['--role', `${value}=${role}`]),
  ];
}

/** What a dry run says would be counted, in the same form. */
function foretold({ channels }: z.output<typeof dryRun>) {
  const days = channels.flatMap(({ channelId, days: ofChannel }) =>
    ofChannel.map(({ day, ...figures }) => [`${channelId} ${day}`, figures]),
  );
  const ofUsers = channels.filter(({ userMessages }) => userMessages > 0);
  return {
    channels: Object.fromEntries(
      ofUsers.map(({ channelId, userMessages: messages, conversations }) => [
        channelId,
        { messages, conversations },
      ]),
    ),
    days: Object.fromEntries(days),
  };
}

/** The days of all channels, as the samples tell them. */
function perDay(days: Readonly<Record<string, { messages: number }>>) {
  const told: Record<string, Record<string, number>> = {};
  for (const [name, { messages }] of Object.entries(days)) {
    const [day = '', channelId = ''] = [name.slice(-10), name.slice(0, -11)];
    told[day] = { ...told[day], [channelId]: messages };
  }
  return told;
}

describe('a sample export', () => {
  test.for(EXPECTED_IMPORTS.imports.map((one): [string, ExpectedImport] => [one.id, one]))(
    'counts exactly what its dry run foretold: %s',
    async ([, one], { importing, service, sent, key }) => {
      service.setClock(new Date(SAMPLE_LIMITS.now).toISOString());
      const given = [...pathsOf(one), ...typed(optionsOf(one)), '--json', '--yes'];
      const before = dryRun.parse(JSON.parse((await importing([...given, '--dry-run'])).stdout));
      expect(sent).toEqual([]);
      const { exitCode, stdout, stderr } = await importing(given);
      expect({ exitCode, stderr }).toMatchObject({ exitCode: one.rejected.length > 0 ? 1 : 0 });
      expect(JSON.parse(stdout)).toMatchObject({ messages: before.messages, recorded: before.messages });
      await count(service, sent);
      const figures = await counted(service, key);
      expect(figures).toEqual(foretold(before));
      const { channels, userMessagesPerDay, duplicatesWithin } = one.aloneIntoAnEmptyPeer;
      expect(figures.channels).toEqual(channels);
      expect(perDay(figures.days)).toEqual(userMessagesPerDay);
      expect(before.repeated).toBe(duplicatesWithin);
    },
  );

  test('of each format, one after another, counts every message once', async ({
    importing,
    service,
    sent,
    key,
  }) => {
    service.setClock(new Date(SAMPLE_LIMITS.now).toISOString());
    for (const one of EXPECTED_IMPORTS.imports) {
      const { stdout } = await importing([...pathsOf(one), ...typed(optionsOf(one)), '--json', '--yes']);
      expect({ id: one.id, ...JSON.parse(stdout) }).toMatchObject({
        id: one.id,
        recorded: one.afterTheEarlierImports.newMessages,
      });
    }
    await count(service, sent);
    const { channels, userMessagesPerDay } = EXPECTED_IMPORTS.wholeSetInThisOrder;
    const figures = await counted(service, key);
    expect(figures.channels).toEqual(channels);
    const days = Object.entries(perDay(figures.days)).map(([day, ofDay]) => [
      day,
      Object.values(ofDay).reduce((total, messages) => total + messages, 0),
    ]);
    expect(Object.fromEntries(days)).toEqual(userMessagesPerDay);
  });
});
