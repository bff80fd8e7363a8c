import { describe, expect } from 'vitest';
import { recordedMessages } from '../../../../../functions/record-messages/recorded-messages.ts';
import { ROUTES } from '../../../../../functions/shared/http/routes.ts';
import { call } from '../../../../support/service/http-events.ts';
import { PEER } from '../../cli-fixture.ts';
import { count, counted, line, lines, type SentMessages, test, writeLines } from './import-run.ts';

describe('beside an import', () => {
  test('others record for the same peer, also the same messages: each counts once', async ({
    folder,
    importing,
    behind,
    service,
    key,
    sent,
  }) => {
    const own = lines(1_200);
    const file = await writeLines(folder, own);
    let recordedByOthers = 0;
    const live = (number: number) => [
      // What the import has sent already, what it will send, and what it does not know.
      ...[own.at(-1), own[0], own[300], own[700]].filter((one) => one !== undefined),
      line(`live ${number}`, 21, { conversationId: 'c3' }),
    ];
    const proxy = await behind({
      async after(number) {
        const json = { messages: live(number).map(({ text: _, ...message }) => message) };
        const { body } = await call(service.recordMessages, {
          route: ROUTES.recordMessages,
          peerId: PEER,
          key,
          json,
        });
        recordedByOthers += recordedMessages.parse(body).recorded;
        const asSent = json.messages.map(({ sentAt, ...message }): SentMessages[number] => {
          return { ...message, role: 'user', sentAt: Date.parse(sentAt) };
        });
        sent.push(asSent);
      },
    });
    const { stdout } = await importing([file, '--json', '--url', proxy.url]);
    const { recorded, alreadyThere } = JSON.parse(stdout);
    expect(recorded + recordedByOthers).toBe(1_203);
    expect(recorded + alreadyThere).toBe(1_200);
    await count(service, sent);
    const { channels } = await counted(service, key);
    expect(channels).toEqual({ direct: { messages: 1_203, conversations: 7 } });
  });
});

describe('a conversation', () => {
  test('in two files, the newer one first, counts once, on the day of its first message', async ({
    folder,
    importing,
    service,
    key,
    sent,
  }) => {
    const newer = await writeLines(folder, [line('m4', 20), line('m3', 18), line('m2', 15)], 'newer.jsonl');
    const older = await writeLines(
      folder,
      [line('m2', 15), line('m1', 12), line('answer', 10, { role: 'assistant' })],
      'older.jsonl',
    );
    const given = [newer, older, '--json'];
    const { channels: foretold } = JSON.parse((await importing([...given, '--dry-run'])).stdout);
    const { stdout } = await importing(given);
    expect(JSON.parse(stdout)).toMatchObject({ messages: 5, repeated: 1, recorded: 5 });
    await count(service, sent);
    expect(await counted(service, key)).toEqual({
      channels: { direct: { messages: 4, conversations: 1 } },
      days: {
        'direct 2026-11-12': { messages: 1, conversations: 1 },
        'direct 2026-11-15': { messages: 1, conversations: 0 },
        'direct 2026-11-18': { messages: 1, conversations: 0 },
        'direct 2026-11-20': { messages: 1, conversations: 0 },
      },
    });
    expect(foretold).toMatchObject([{ userMessages: 4, conversations: 1, roles: { user: 4, assistant: 1 } }]);
  });
});
