import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileWith, openQuestions, readAll, readUntilError } from './reading.ts';

const OPTIONS = { channel: 'mail', ownAddresses: ['Help@Shop.example'] };
const FROM = 'From x@y.example Sun Nov  1 18:50:08 2026';

function mail(headers: Readonly<Record<string, string>>, body = 'hello'): string {
  const lines = Object.entries({ From: 'a@b.example', Date: 'Sun, 1 Nov 2026 12:00:00 +0000', ...headers });
  return `${FROM}\n${lines
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')}\n${body}\n\n`;
}

const idsOf = async (text: string | Uint8Array, options = {}) => {
  const { messages } = await readAll([fileWith(text)], { ...OPTIONS, ...options });
  return messages.map(({ messageId, conversationId }) => `${messageId} in ${conversationId}`);
};

const layouts = fc.record({
  lineEnd: fc.constantFrom('\n', '\r\n'),
  fold: fc.constantFrom('\n ', '\n\t', '\n   '),
  nameCase: fc.constantFrom('lower', 'upper', 'as it is'),
  from: fc.constantFrom(
    '<ADDRESS>',
    '"Some, One" <ADDRESS>',
    '=?UTF-8?B?U29mw61h?= <ADDRESS>',
    'ADDRESS',
    'ADDRESS (Some One)',
  ),
});

const threads = fc.array(
  fc.record({
    isOwn: fc.boolean(),
    /** How many mails back the answered one is; none begins a thread. */
    back: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    hasReferences: fc.boolean(),
    minute: fc.integer({ min: 0, max: 400_000 }),
    offset: fc.constantFrom('+0000', '-0700', '+0530', 'GMT', 'EST', '+0900 (JST)'),
  }),
  { minLength: 1, maxLength: 15 },
);

const OFFSETS: Readonly<Record<string, number>> = {
  '+0000': 0,
  '-0700': -420,
  '+0530': 330,
  GMT: 0,
  EST: -300,
  '+0900 (JST)': 540,
};
const START = Date.parse('2026-01-01T00:00:00Z');

describe('mails in any layout', () => {
  it('are read back exactly, threads and instants included, in whatever order they come', async () => {
    await fc.assert(
      fc.asyncProperty(threads, layouts, fc.boolean(), async (mails, layout, isNewestFirst) => {
        const roots: string[] = [];
        const expected = mails.map(({ isOwn, back, minute }, index) => {
          const parent = back === undefined ? undefined : index - back;
          const root = (parent === undefined ? undefined : roots[parent]) ?? `m${index}@x.example`;
          roots.push(root);
          const sentAt = START + minute * 60_000;
          return {
            messageId: `m${index}@x.example`,
            conversationId: root,
            channelId: 'mail',
            role: isOwn ? 'assistant' : 'user',
            sentAt,
            galleryKey: 'email',
          };
        });
        const texts = mails.map((one, index) => {
          const { isOwn, back, hasReferences, minute, offset } = one;
          const local = new Date(START + minute * 60_000 + (OFFSETS[offset] ?? 0) * 60_000);
          const date = `${local.toUTCString().replace(' GMT', '')} ${offset}`;
          const parent = back === undefined || index < back ? undefined : `<m${index - back}@x.example>`;
          const fields = {
            From: layout.from.replace('ADDRESS', isOwn ? 'HELP@shop.EXAMPLE' : 'who@b.example'),
            Date: date,
            'Message-ID': `${layout.fold}<m${index}@x.example>`,
            Subject: `Re:${layout.fold}secret words`,
            ...(parent === undefined ? {} : { 'In-Reply-To': parent }),
            ...(parent === undefined || !hasReferences
              ? {}
              : { References: `<${roots[index]}>${layout.fold}${parent}` }),
          };
          const named = Object.entries(fields).map(([name, value]) => {
            const cased =
              layout.nameCase === 'lower'
                ? name.toLowerCase()
                : layout.nameCase === 'upper'
                  ? name.toUpperCase()
                  : name;
            return `${cased}: ${value}\n`;
          });
          return `${FROM}\n${named.join('')}\n>From here on\nFrom me to you\nMessage-ID: <no@header>\n\n`;
        });
        const inOrder = isNewestFirst ? texts.toReversed() : texts;
        const { messages, refused } = await readAll(
          [fileWith(inOrder.join('').replaceAll('\n', layout.lineEnd))],
          { ...OPTIONS, ownAddresses: ['help@shop.example', 'none@b.example'] },
        );
        expect(messages).toEqual(isNewestFirst ? expected.toReversed() : expected);
        expect(refused).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('mails', () => {
  it('without an id have one that is made of who wrote when to whom, and of no text', async () => {
    const [first] = await idsOf(mail({ To: 'h@s.example', Subject: 'one' }));
    const [second] = await idsOf(mail({ To: 'h@s.example', Subject: 'two' }, 'other'));
    const [third] = await idsOf(mail({ To: 'h@s.example', Date: 'Sun, 1 Nov 2026 12:00:01 +0000' }));
    expect(first).toMatch(/^mail-[0-9a-f]{32} in mail-[0-9a-f]{32}$/);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it('with an id that is too long have the beginning of its hash, in their answers too', async () => {
    const long = `${'long'.repeat(40)}@x.example`;
    const [first, second] = await idsOf(
      mail({ 'Message-ID': `<${long}>` }) + mail({ 'Message-ID': '<b@x>', References: `<${long}>` }),
    );
    expect(first).toMatch(/^(sha256-[0-9a-f]{32}) in \1$/);
    expect(second).toBe(`b@x in ${first?.split(' ')[0]}`);
  });

  it('that answer one another in a circle are conversations of their own', async () => {
    const circle =
      mail({ 'Message-ID': '<a@x>', 'In-Reply-To': '<b@x>' }) +
      mail({ 'Message-ID': '<b@x>', 'In-Reply-To': '<a@x>' });
    expect(await idsOf(circle)).toEqual(['a@x in a@x', 'b@x in b@x']);
  });

  it('of one thread in two files are one conversation, in either order', async () => {
    const one = fileWith(mail({ 'Message-ID': '<b@x>', References: '<a@x> <z@x>' }));
    const two = fileWith(mail({ 'Message-ID': '<c@x>', 'In-Reply-To': '<b@x>' }));
    for (const paths of [
      [one, two],
      [two, one],
    ]) {
      const { messages } = await readAll(paths, OPTIONS);
      expect(new Set(messages.map(({ conversationId }) => conversationId))).toEqual(new Set(['a@x']));
    }
  });

  it.each([
    [{ 'Auto-Submitted': 'auto-generated' }, 'automatic reply'],
    [{ 'Auto-Submitted': 'no' }, 'user'],
    [{ From: 'Mail <MAILER-DAEMON@b.example>' }, 'bounce'],
    [{ From: 'help@shop.example', 'Auto-Submitted': 'auto-replied' }, 'assistant'],
    [{ From: '' }, 'nobody is named as its author'],
    [{ Date: '' }, 'has no Date header, and so no time of its own'],
    [{ Date: 'yesterday' }, 'its Date header is no date with a time zone'],
    [{ Date: 'Sun, 1 Nov 26 12:00:00 -0000' }, 'user'],
    [{ Date: '1 Nov 2026 12:00 UT' }, 'user'],
  ])('with %o', async (headers, expected) => {
    const others = mail({ From: 'help@shop.example', 'Message-ID': '<own@x>' });
    const { records } = await readAll(
      [fileWith(others + mail({ 'Message-ID': '<a@x>', ...headers }))],
      OPTIONS,
    );
    const [, record] = records;
    expect(record?.kind === 'message' ? record.message.role : record?.reason).toBe(expected);
  });

  it('without a zone need one', async () => {
    const path = fileWith(mail({ Date: 'Sun, 1 Nov 2026 12:00:00', 'Message-ID': '<a@x>' }));
    expect(Object.keys(await openQuestions([path], OPTIONS))).toEqual(['--time-zone']);
    const { messages } = await readAll([path], { ...OPTIONS, timeZone: 'Asia/Tokyo' });
    expect(messages.map(({ sentAt }) => sentAt)).toEqual([Date.parse('2026-11-01T03:00:00Z')]);
  });

  it('ask whose they are, with who wrote how many', async () => {
    const path = fileWith(mail({}) + mail({ From: 'C <c@d.example>' }) + mail({}));
    const { error } = await readUntilError([path], { channel: 'mail' });
    expect(error).toMatchObject({
      questions: [
        {
          option: '--own-address',
          several: true,
          choices: [
            { value: 'a@b.example', label: 'a@b.example, 2 messages' },
            { value: 'c@d.example', label: 'c@d.example, 1 message' },
          ],
        },
      ],
    });
  });

  it('hold bytes of any encoding behind their header', async () => {
    const bytes = Buffer.concat([
      Buffer.from(mail({ 'Message-ID': '<a@x>', Subject: 'x' }, '')),
      Buffer.from([0xff, 0xfe, 0x80, 10, 10]),
      Buffer.from(mail({ 'Message-ID': '<b@x>' })),
    ]);
    expect(await idsOf(bytes)).toEqual(['a@x in a@x', 'b@x in b@x']);
  });
});
