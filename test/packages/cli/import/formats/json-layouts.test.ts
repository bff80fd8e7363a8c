import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileWith, folderWith, openQuestions, readAll, readUntilError } from './reading.ts';

const SPACES = [undefined, 1, '\t'] as const;

describe('a Discord export', () => {
  const author = {
    id: '200000000000000001',
    name: 'maya',
    nickname: 'Maya',
    discriminator: '0000',
    isBot: false,
  };
  const messageOf = (more: object) => ({
    id: '1574014082351106682',
    type: 'Default',
    timestamp: '2026-11-01T10:00:00.000-03:00',
    content: 'secret words',
    author,
    ...more,
  });
  const exportOf = (messages: readonly object[], space?: string | number) =>
    JSON.stringify(
      {
        guild: { id: '1', name: 'g' },
        channel: { id: '500000000000000017', type: 'GuildTextChat' },
        dateRange: {},
        messages,
        messageCount: messages.length,
      },
      null,
      space,
    );

  it('keeps ids that no number holds, in any file order, parts and offsets', async () => {
    const ids = fc.uniqueArray(fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }).map(String), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(
        ids,
        fc.integer({ min: -12, max: 13 }),
        fc.nat(),
        fc.constantFrom(...SPACES),
        async (some, offset, at, space) => {
          const zone = `${offset < 0 ? '-' : '+'}${String(Math.abs(offset)).padStart(2, '0')}:00`;
          const messages = some.map((id, index) =>
            messageOf({ id, timestamp: `2026-10-${String(10 + index).padStart(2, '0')}T12:00:00.5${zone}` }),
          );
          const cut = at % (some.length + 1);
          const folder = folderWith({
            'a.json': exportOf(messages.slice(0, cut), space),
            'b [part 2].json': exportOf(messages.slice(cut), space),
          });
          const reading = await readAll([folder], { channel: 'd' });
          expect(
            reading.messages.map(({ messageId, conversationId, sentAt }) => [
              messageId,
              conversationId,
              sentAt,
            ]),
          ).toEqual(
            some.map((id, index) => [
              id,
              '500000000000000017',
              Date.UTC(2026, 9, 10 + index, 12 - offset, 0, 0, 500),
            ]),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each([
    [{ type: 'Reply' }, 'user'],
    [{ type: 19 }, 'type 19'],
    [{ type: '21' }, 'type 21, the thread starter: a copy of a message in the parent channel'],
    [{ author: { ...author, isBot: true, discriminator: '4821' } }, 'assistant'],
    [{ author: { ...author, isBot: true, discriminator: '4821' }, type: '20' }, 'assistant'],
    [{ type: '20' }, 'type 20'],
    [{ author: { ...author, isBot: true } }, 'webhook bot'],
    [{ author: { ...author, id: '9' } }, 'assistant'],
    [{ author: null }, 'nobody is named as its author'],
    [{ timestamp: '2026-11-01T10:00:00' }, 'has no time of its own'],
  ])('with %o', async (more, expected) => {
    const { records } = await readAll([fileWith(exportOf([messageOf(more)]))], { channel: 'd', bots: ['9'] });
    expect(records.map((one) => (one.kind === 'message' ? one.message.role : one.reason))).toEqual([
      expected,
    ]);
  });
});

describe('a Telegram export', () => {
  const messageOf = (more: object) => ({
    id: 7,
    type: 'message',
    date: '2026-11-01T10:00:00',
    date_unixtime: '1793523600',
    from: 'Maya',
    from_id: 'user1',
    text: 'secret words',
    ...more,
  });
  const chat = (more: object, messages: readonly object[]) => ({
    name: 'Group',
    type: 'private_supergroup',
    id: 42,
    messages,
    ...more,
  });
  const OPTIONS = { channel: 't', bots: ['user2'] };
  const both = [messageOf({}), messageOf({ id: 8, from: 'Bot', from_id: 'user2' })];

  it('asks who the bot of a group is, with who wrote how many', async () => {
    const path = fileWith(JSON.stringify(chat({}, [...both, messageOf({ id: 9 })])));
    const { error } = await readUntilError([path], { channel: 't' });
    expect(error).toMatchObject({
      questions: [
        {
          option: '--bot',
          choices: [
            { value: 'user1', label: 'Maya (user1), 2 messages' },
            { value: 'user2', label: 'Bot (user2), 1 message' },
            { value: '-', label: 'nobody: all of them are users' },
          ],
        },
      ],
    });
    for (const bot of ['user2', '2', 'Bot']) {
      const { messages } = await readAll([path], { channel: 't', bots: [bot] });
      expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    }
    const { messages } = await readAll([path], { channel: 't', bots: ['-'] });
    expect(messages.map(({ role }) => role)).toEqual(['user', 'user', 'user']);
  });

  it('of an account asks which chats are wanted, by name and kind, also of those that were left', async () => {
    const account = {
      about: 'x',
      personal_information: { user_id: 1 },
      contacts: { list: [{ first_name: 'x' }] },
      chats: {
        about: '',
        list: [chat({}, both), { type: 'saved_messages', id: 1, messages: [messageOf({})] }],
      },
      left_chats: { about: '', list: [chat({ name: 'Club', id: 43, type: 'private_group' }, both)] },
    };
    const path = fileWith(JSON.stringify(account));
    const { error } = await readUntilError([path], OPTIONS);
    expect(error).toMatchObject({
      questions: [
        {
          option: '--chat',
          several: true,
          choices: [
            { value: '42', label: 'chat "Group", private_supergroup, 2 messages' },
            { value: '1', label: 'saved_messages, saved_messages, 1 message' },
            { value: '43', label: 'left chat "Club", private_group, 2 messages' },
          ],
        },
      ],
    });
    expect(Object.keys(await openQuestions([path], { ...OPTIONS, chats: ['44'] }))).toEqual(['--chat']);
    const { messages, skipped } = await readAll([path], { ...OPTIONS, chats: ['43', '42'] });
    expect(messages.map(({ conversationId }) => conversationId)).toEqual(['42', '42', '43', '43']);
    expect(skipped).toHaveLength(1);
  });

  it('without the second of each message asks for the zone, and takes the earlier of two instants', async () => {
    const path = fileWith(
      JSON.stringify(
        chat({}, [
          messageOf({ date: '2026-10-25T02:30:00', date_unixtime: undefined, from_id: 4294967297 }),
          ...both,
        ]),
      ),
    );
    expect(Object.keys(await openQuestions([path], OPTIONS))).toEqual(['--time-zone']);
    const { messages, warnings } = await readAll([path], { ...OPTIONS, timeZone: 'Europe/Madrid' });
    expect(messages.map(({ sentAt }) => sentAt)).toEqual([
      Date.parse('2026-10-25T00:30:00Z'),
      1793523600000,
      1793523600000,
    ]);
    expect(warnings).toHaveLength(1);
  });

  it('has its control characters mended wherever a piece ends, and nothing else', async () => {
    const name = 'a\\x1Fb\\\\x1F\\u0041\\"\\\\';
    const text = JSON.stringify(chat({ name: 'NAME' }, both))
      .replace('NAME', name)
      .replace('secret words', `${name.repeat(20_000)}`);
    const { messages } = await readAll([fileWith(text)], OPTIONS);
    expect(messages).toHaveLength(2);
    expect(String((await readUntilError([fileWith(text.replace('\\x1F', '\\y1F'))], OPTIONS)).error)).toMatch(
      /no JSON|known are/,
    );
  });

  it.each([
    [{ from: null }, 'user'],
    [{ from_id: 'channel9' }, 'from_id is a channel, no person'],
    [{ from_id: undefined }, 'nobody is named as its author'],
    [{ type: 'service' }, 'service'],
    [{ forwarded_from: 'x', via_bot: '@y' }, 'user'],
    [{ id: undefined }, 'a message has no id'],
    [{ date_unixtime: 1793523600 }, 'user'],
    [{ date_unixtime: 'soon' }, 'has no time of its own'],
  ])('with %o', async (more, expected) => {
    const { records } = await readAll([fileWith(JSON.stringify(chat({}, [messageOf(more)])))], {
      channel: 't',
      bots: ['-'],
    });
    expect(records.map((one) => (one.kind === 'message' ? one.message.role : one.reason))).toEqual([
      expected,
    ]);
  });
});

describe('Chatwoot', () => {
  const messageOf = (more: object) => ({
    id: 1,
    account_id: 3,
    inbox_id: 2,
    conversation_id: 41,
    message_type: 0,
    created_at: 1792748595,
    private: false,
    content: 'secret words',
    ...more,
  });
  const read = (messages: readonly object[], options = {}) =>
    readAll([fileWith(JSON.stringify({ meta: {}, payload: messages }))], options);

  it.each([
    [{}, 'user'],
    [{ message_type: 'incoming', created_at: '2026-10-23T09:43:15Z' }, 'user'],
    [{ message_type: 1 }, 'assistant'],
    [{ message_type: 3 }, 'assistant'],
    [{ message_type: 2 }, 'activity'],
    [{ private: true }, 'private note'],
    [{ message_type: 9 }, 'its message_type is none that is known'],
    [{ account_id: null }, 'has no account_id'],
    [{ created_at: null }, 'has no time of its own'],
  ])('with %o', async (more, expected) => {
    const { records } = await read([messageOf({ id: 9, message_type: 1 }), messageOf(more)]);
    expect(records.slice(1).map((one) => (one.kind === 'message' ? one.message.role : one.reason))).toEqual([
      expected,
    ]);
  });

  it('tells conversations of two accounts, and of the table, apart', async () => {
    const { messages } = await read([messageOf({}), messageOf({ id: 2, account_id: 4 })]);
    const table =
      'id,account_id,inbox_id,conversation_id,message_type,created_at,private\n1,3,2,41,0,2026-10-28 16:32:40.2,f\n';
    messages.push(...(await readAll([fileWith(table)])).messages);
    expect(messages.map(({ conversationId }) => conversationId)).toEqual(['3:41', '4:41', '3:key:41']);
    expect(messages.map(({ channelId }) => channelId)).toEqual(Array(3).fill('chatwoot-inbox-2'));
    expect(messages[2]?.sentAt).toBe(Date.parse('2026-10-28T16:32:40.200Z'));
  });

  it('is never read from the table and the API at once', async () => {
    const table = fileWith(
      'id,account_id,inbox_id,conversation_id,message_type,created_at,private\n1,3,2,41,0,2026-10-28 16:32:40,f\n',
    );
    const answer = fileWith(JSON.stringify({ payload: [messageOf({})] }));
    const { error, messages } = await readUntilError([answer, table]);
    expect(String(error)).toMatch(/would count twice/);
    expect(messages).toEqual([]);
  });
});

describe('a ChatGPT export', () => {
  const node = (id: string, more: object = {}) => ({
    id,
    parent: null,
    children: [],
    message: {
      id,
      author: { role: 'user' },
      create_time: 1792847042.9996,
      content: { content_type: 'text', parts: ['secret words'] },
      metadata: {},
      ...more,
    },
  });
  const conversation = (id: object, ...nodes: { id: string }[]) => ({
    title: null,
    mapping: Object.fromEntries(nodes.map((one) => [one.id, one])),
    current_node: 'x',
    ...id,
  });

  it('of several files gives all branches, with the id that stands behind them', async () => {
    const folder = folderWith({
      'conversations-000.json': JSON.stringify([
        conversation({ conversation_id: 'c1', id: 'other' }, node('a'), node('b')),
      ]),
      'conversations-001.json': JSON.stringify([
        conversation({ id: 'c2' }, node('a')),
        conversation({ id: 'c1' }, node('b')),
      ]),
      'user.json': '{"id":"user-1","email":"x@y.example"}',
      'chat.html': '<html></html>',
    });
    const { messages, skipped } = await readAll([folder], { channel: 'g' });
    expect(
      messages.map(({ messageId, conversationId, sentAt }) => [messageId, conversationId, sentAt]),
    ).toEqual([
      ['a', 'c1', 1792847042999],
      ['b', 'c1', 1792847042999],
      ['a', 'c2', 1792847042999],
      ['b', 'c1', 1792847042999],
    ]);
    expect(skipped).toHaveLength(2);
  });

  it.each([
    [{ author: { role: 'tool', name: 'browser' } }, 'tool'],
    [{ metadata: { is_visually_hidden_from_conversation: true } }, 'hidden user node'],
    [
      { content: { content_type: 'user_editable_context' }, create_time: null },
      'hidden user node without time',
    ],
    [{ author: { role: 'system' }, create_time: null }, 'system node without time'],
    [{ create_time: null }, 'has no time of its own'],
    [{ author: null }, 'nobody is named as its author'],
  ])('with %o', async (more, expected) => {
    const { records } = await readAll(
      [fileWith(JSON.stringify([conversation({ id: 'c' }, node('a', more))]))],
      { channel: 'g' },
    );
    expect(records.map((one) => (one.kind === 'message' ? one.message.role : one.reason))).toEqual([
      expected,
    ]);
  });
});

describe('JSON Lines', () => {
  const line = (more: object) =>
    JSON.stringify({
      messageId: 'a',
      conversationId: 'b',
      channelId: 'c',
      role: 'user',
      sentAt: '2026-11-01T00:00:00Z',
      ...more,
    });

  it('are read by a mapping, into objects too, with numbers that no Number holds as they are', async () => {
    const own =
      '{"id":12345678901234567890,"meta":{"thread":7,"at":1792748595},"author":{"kind":"customer"},"text":"secret words"}';
    const map = new Map([
      ['messageId', 'id'],
      ['conversationId', 'meta.thread'],
      ['sentAt', 'meta.at'],
      ['role', 'author.kind'],
    ]);
    const path = fileWith(`${own}\n${own}\n`);
    const { messages } = await readAll([path], { map, roles: new Map([['customer', 'user']]), channel: 'c' });
    expect(messages[0]).toEqual({
      messageId: '12345678901234567890',
      conversationId: '7',
      channelId: 'c',
      role: 'user',
      sentAt: 1792748595000,
    });
    expect((await openQuestions([path], { channel: 'c' }))['--map role=']).toContain('author.kind');
  });

  it('that cannot be read are told by their number, and the next ones are read: also one of 17 MiB', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${line({})}\n${line({ messageId: true })}\n`),
      Buffer.from(`${line({ conversationId: 'é' })}\n`, 'latin1'),
      Buffer.from(`"${'x'.repeat(17 * 1024 ** 2)}"\n${line({ messageId: 'z' })}`),
    ]);
    const { messages, refused } = await readAll([fileWith(bytes)]);
    expect(messages.map(({ messageId }) => messageId)).toEqual(['a', 'z']);
    expect(refused.map(({ place, reason }) => `${place.replace(/.*line/, 'line')}: ${reason}`)).toEqual([
      'line 2: messageId must be a string',
      'line 3: the line is not UTF-8',
      'line 4: the line is longer than 16 MiB',
    ]);
  });

  it('hold no text in anything that is told of them', async () => {
    const texts = Array.from({ length: 30 }, (_, index) =>
      line({ messageId: `m${index}`, text: 'secret words', role: index === 3 ? 'secret words' : 'user' }),
    );
    const { records } = await readAll([fileWith(texts.join('\n'))]);
    expect(JSON.stringify(records)).not.toContain('secret');
  });
});
