import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { folderWith, openQuestions, readAll, readUntilError } from './reading.ts';

interface SlackMessage {
  ts: string;
  user?: string;
  bot_id?: string;
  username?: string;
  subtype?: string;
  thread_ts?: string;
}

const USERS = [
  { id: 'U1', name: 'maya', is_bot: false },
  { id: 'U2', name: 'helper', is_bot: true },
  { id: 'U3', name: 'ghost', is_bot: false },
  { id: 'USLACKBOT', name: 'slackbot', is_bot: false },
];

function workspace(
  channels: Readonly<Record<string, readonly SlackMessage[]>>,
  more: Record<string, string> = {},
): string {
  const files: Record<string, string> = {
    'users.json': JSON.stringify(USERS),
    'channels.json': JSON.stringify([{ id: 'C1', name: 'help', is_archived: false }]),
    'groups.json': JSON.stringify([{ id: 'G1', name: 'inner-circle', members: [] }]),
    'dms.json': JSON.stringify([{ id: 'D1', members: ['U1', 'U2'] }]),
    'mpims.json': JSON.stringify([{ id: 'C9', name: 'mpdm-maya--ghost-1', members: [] }]),
    ...more,
  };
  for (const [folder, messages] of Object.entries(channels)) {
    const days = Map.groupBy(messages, ({ ts }) =>
      new Date(Number(ts.split('.')[0]) * 1000).toISOString().slice(0, 10),
    );
    for (const [day, ofDay] of days) {
      const withType = ofDay.map((message) => ({ type: 'message', text: 'secret words', ...message }));
      files[`${folder}/${day}.json`] = JSON.stringify(withType);
    }
  }
  return folderWith(files);
}

const BASE = 1_793_000_000;
const FOLDERS: Readonly<Record<string, string>> = {
  help: 'C1',
  'inner-circle': 'G1',
  D1: 'D1',
  'mpdm-maya--ghost-1': 'C9',
};

const channels = fc.dictionary(
  fc.constantFrom(...Object.keys(FOLDERS)),
  fc.uniqueArray(
    fc.record({
      second: fc.integer({ min: 0, max: 1_000_000 }),
      micro: fc.integer({ min: 0, max: 999_999 }),
      author: fc.constantFrom('U1', 'U2', 'U3', 'U99'),
      thread: fc.option(fc.constantFrom(`${BASE}.000001`, `${BASE + 5}.123456`), { nil: undefined }),
      subtype: fc.constantFrom(undefined, undefined, 'me_message', 'file_share', 'thread_broadcast'),
    }),
    { minLength: 1, maxLength: 12, selector: ({ second, micro }) => `${second}.${micro}` },
  ),
  { minKeys: 1 },
);

describe('a Slack export with any channels', () => {
  it('gives each message with its own id, in the conversation of its thread, at its instant', async () => {
    await fc.assert(
      fc.asyncProperty(channels, async (chat) => {
        const expected: object[] = [];
        const written: Record<string, SlackMessage[]> = {};
        for (const [folder, messages] of Object.entries(chat)) {
          const id = FOLDERS[folder];
          written[folder] = messages.map(({ second, micro, author, thread, subtype }) => {
            const ts = `${BASE + second}.${String(micro).padStart(6, '0')}`;
            expected.push({
              messageId: ts,
              conversationId: thread === undefined && id === 'D1' ? id : `${id}:${thread ?? ts}`,
              channelId: 's',
              role: author === 'U2' ? 'assistant' : 'user',
              sentAt: (BASE + second) * 1000 + Math.floor(micro / 1000),
              galleryKey: 'slack',
            });
            return {
              ts,
              user: author,
              ...(thread === undefined ? {} : { thread_ts: thread }),
              ...(subtype === undefined ? {} : { subtype }),
            };
          });
        }
        const { messages, refused } = await readAll([workspace(written)], { channel: 's' });
        const byId = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
        expect(messages.toSorted(byId)).toEqual(expected.toSorted(byId));
        expect(refused).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a Slack export', () => {
  const one = (message: Partial<SlackMessage>) => [{ ts: `${BASE}.000100`, ...message }];
  const roleOf = async (message: Partial<SlackMessage>, options = {}) => {
    const { messages, skipped } = await readAll([workspace({ help: one(message) })], {
      channel: 's',
      ...options,
    });
    return messages[0]?.role ?? skipped[0]?.reason;
  };

  it.each([
    [{ user: 'U1' }, {}, 'user'],
    [{ user: 'U99' }, {}, 'user'],
    [{ user: 'U2' }, {}, 'assistant'],
    [{ user: 'U1', bot_id: 'B1' }, {}, 'assistant'],
    [{ user: 'U3' }, { bots: ['ghost'] }, 'assistant'],
    [{ user: 'U3' }, { bots: ['U3'] }, 'assistant'],
    [{ user: 'USLACKBOT' }, {}, 'author USLACKBOT'],
    [{}, {}, 'nobody is named as its author'],
    [{ bot_id: 'B2', username: 'deploys', subtype: 'bot_message' }, {}, 'bot_message of another bot'],
    [{ bot_id: 'B2', username: 'deploys', subtype: 'bot_message' }, { bots: ['deploys'] }, 'assistant'],
    [{ user: 'U1', subtype: 'channel_join' }, {}, 'subtype channel_join'],
    [{ user: 'U1', subtype: 'something_new' }, {}, 'subtype something_new'],
  ])('tells of %o (%o)', async (message, options, expected) => {
    expect(await roleOf(message, options)).toBe(expected);
  });

  it('of an enterprise is recognised by org_users.json, and one in a folder of a folder too', async () => {
    const files = {
      'w/org_users.json': JSON.stringify(USERS),
      'w/dms.json': JSON.stringify([{ id: 'D1', members: [] }]),
      'w/D1/2026-10-26.json': JSON.stringify([
        { type: 'message', ts: `${BASE}.000100`, user: 'U1', text: 'x' },
      ]),
    };
    const { messages } = await readAll([folderWith(files)], { channel: 's' });
    expect(messages.map(({ conversationId }) => conversationId)).toEqual(['D1']);
  });

  it('of texts is refused', async () => {
    const folder = workspace({ help: one({ user: 'U1' }) }, { 'help/2026-10-27.txt': 'maya: hello' });
    expect(String((await readUntilError([folder], { channel: 's' })).error)).toMatch(
      /is text: export .* as JSON/,
    );
  });

  it('with a channel that no list has says that its messages are left out', async () => {
    const folder = workspace({ help: one({ user: 'U1' }), unlisted: one({ user: 'U1' }) });
    const { messages, skipped } = await readAll([folder], { channel: 's' });
    expect(messages).toHaveLength(1);
    expect(skipped.map(({ place, reason }) => `${place.slice(folder.length)} ${reason}`)).toEqual([
      expect.stringMatching(/^ unlisted no list of channels .* has this one/),
    ]);
  });

  it('can be narrowed to channels, by id or name, and asks where none of them is there', async () => {
    const folder = workspace({ help: one({ user: 'U1' }), D1: one({ user: 'U1' }) });
    for (const chat of ['help', 'C1']) {
      const { messages, skipped } = await readAll([folder], { channel: 's', chats: [chat] });
      expect(messages.map(({ conversationId }) => conversationId)).toEqual([`C1:${BASE}.000100`]);
      expect(skipped.map(({ reason }) => reason)).toEqual(['is not among the chats that --chat names']);
    }
    expect(Object.keys(await openQuestions([folder], { channel: 's', chats: ['hlep'] }))).toEqual(['--chat']);
  });

  it('takes no id of a conversation, and asks for its channel', async () => {
    const folder = workspace({ help: one({ user: 'U1' }) });
    await expect(readAll([folder], { channel: 's', conversation: 'x' })).rejects.toThrow(
      /a thread or a channel/,
    );
    expect(await openQuestions([folder])).toEqual({ '--channel': ['slack'] });
  });
});
