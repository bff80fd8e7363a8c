import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileWith, openQuestions, readAll, readUntilError } from './reading.ts';

const ids = fc.stringMatching(/^[A-Za-z0-9ÄöÉ"',;|.:-]{1,20}$/);
const texts = fc.oneof(
  fc.constantFrom('', 'ok', 'a "b" c', 'two\nlines', 'two\r\nlines', '=1+1', ';,|\t', '"', '""', "it's"),
  fc.string({ maxLength: 20 }),
);

const rows = fc.array(
  fc.record({
    messageId: ids,
    conversationId: ids,
    role: fc.constantFrom('user', 'assistant', 'tool'),
    text: texts,
    sentAt: fc.date({
      min: new Date('2026-01-01T00:00:00Z'),
      max: new Date('2026-11-01T00:00:00Z'),
      noInvalidDate: true,
    }),
  }),
  { minLength: 1, maxLength: 30 },
);

const dialects = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  encoding: fc.constantFrom('utf-8', 'utf-8 with mark', 'utf-16le', 'utf-16be'),
  isQuotedAlways: fc.boolean(),
  hasSeparatorLine: fc.boolean(),
  hasLastEnd: fc.boolean(),
});
type Dialect = typeof dialects extends fc.Arbitrary<infer One> ? One : never;

const COLUMNS = ['text', 'messageId', 'sentAt', 'conversationId', 'role'] as const;

function encoded(text: string, encoding: string): Uint8Array {
  if (encoding === 'utf-8') return Buffer.from(text);
  if (encoding === 'utf-8 with mark') return Buffer.from(`\ufeff${text}`);
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return encoding === 'utf-16le' ? bytes : bytes.swap16();
}

function written(cells: readonly string[], { delimiter, isQuotedAlways }: Dialect): string {
  return cells
    .map((cell) => {
      const isQuoted = isQuotedAlways || /["\r\n]/.test(cell) || cell.includes(delimiter);
      return isQuoted ? `"${cell.replaceAll('"', '""')}"` : cell;
    })
    .join(delimiter);
}

function csvOf(lines: readonly (readonly string[])[], dialect: Dialect): Uint8Array {
  const all = lines.map((cells) => written(cells, dialect));
  if (dialect.hasSeparatorLine) all.unshift(`sep=${dialect.delimiter}`);
  return encoded(all.join(dialect.lineEnd) + (dialect.hasLastEnd ? dialect.lineEnd : ''), dialect.encoding);
}

describe('CSV in any dialect', () => {
  it('is read back exactly, whatever separates, quotes and encodes it', async () => {
    await fc.assert(
      fc.asyncProperty(rows, dialects, async (messages, dialect) => {
        const cells = messages.map((row) => [
          row.text.toWellFormed(),
          row.messageId,
          row.sentAt.toISOString(),
          row.conversationId,
          row.role,
        ]);
        const path = fileWith(csvOf([COLUMNS, ...cells], dialect));
        const reading = await readAll([path], { format: 'csv', channel: 'c', delimiter: dialect.delimiter });
        expect(reading.messages).toEqual(
          messages.map(({ text: _, sentAt, ...row }) => ({
            ...row,
            channelId: 'c',
            sentAt: sentAt.getTime(),
          })),
        );
        expect([reading.refused, reading.skipped]).toEqual([[], []]);
      }),
      { numRuns: 200 },
    );
  });

  it('tells what separates it', async () => {
    const delimiters = [
      'messageId,conversationId,role,sentAt',
      'messageId;conversationId;role;sentAt',
      'messageId\tconversationId\trole\tsentAt',
    ];
    for (const header of delimiters) {
      const delimiter = header[9] ?? '';
      const row = ['a', 'b', 'user', '2026-11-01T00:00:00Z'].join(delimiter);
      const { messages } = await readAll([fileWith(`${header}\n${row}\n`)], { channel: 'c' });
      expect(messages.map(({ messageId }) => messageId)).toEqual(['a']);
    }
  });

  it('may have a tab, which is given by its name too', async () => {
    const path = fileWith('a,x\tb\n1,x\t2\n');
    for (const delimiter of ['tab', '\\t', '\t']) {
      const { error } = await readUntilError([path], { channel: 'c', delimiter });
      expect(String(error)).toContain('a,x: ');
    }
  });

  it('asks what separates it where two characters would do', async () => {
    const path = fileWith('a,b;c,d\n1,2;3,4\n5,6;7,8\n');
    expect(await openQuestions([path], { channel: 'c' })).toEqual({ '--delimiter': [',', ';'] });
  });
});

const HEADER = 'id,thread,who,when,said\n';
const MAPPED = {
  map: new Map([
    ['messageId', 'id'],
    ['conversationId', 'thread'],
    ['role', 'who'],
    ['sentAt', 'when'],
  ]),
  channel: 'c',
};

describe('times in CSV', () => {
  const instantsOf = async (time: string, options: object) => {
    const { messages, refused } = await readAll([fileWith(`${HEADER}1,t,user,"${time}",x\n`)], {
      ...MAPPED,
      ...options,
    });
    return (
      messages.map(({ sentAt }) => new Date(sentAt).toISOString())[0] ??
      refused.map(({ reason }) => reason)[0]
    );
  };

  it.each([
    ['2026-10-28T16:32:40Z', {}, '2026-10-28T16:32:40.000Z'],
    ['2026-10-28 16:32:40.251069 UTC', {}, '2026-10-28T16:32:40.251Z'],
    ['2026-10-28 16:32:40.251069', { timeZone: 'Asia/Tokyo' }, '2026-10-28T07:32:40.251Z'],
    ['1792748595', {}, '2026-10-23T09:43:15.000Z'],
    ['1792748595.25', {}, '2026-10-23T09:43:15.250Z'],
    ['1792748595250', {}, '2026-10-23T09:43:15.250Z'],
    [
      '22.10.2026 00:25:10',
      { timeZone: 'Europe/Berlin', dateFormat: 'DD.MM.YYYY HH:mm:ss' },
      '2026-10-21T22:25:10.000Z',
    ],
    [
      '10/22/26, 1:05\u202fPM',
      { timeZone: '+02:00', dateFormat: 'M/D/YY, h:mm A' },
      '2026-10-22T11:05:00.000Z',
    ],
    ['22 Oct 2026 12:00 +0530', { dateFormat: 'D MMM YYYY HH:mm Z' }, '2026-10-22T06:30:00.000Z'],
    [
      '2026-10-22 at 07.08',
      { timeZone: 'UTC', dateFormat: 'YYYY-MM-DD [at] HH.mm' },
      '2026-10-22T07:08:00.000Z',
    ],
    [
      '31.11.2026 00:25',
      { timeZone: 'UTC', dateFormat: 'DD.MM.YYYY HH:mm' },
      'sentAt is a time that there is not',
    ],
    [
      '22.10.26 00:25',
      { timeZone: 'UTC', dateFormat: 'DD.MM.YYYY HH:mm' },
      'sentAt is not written as DD.MM.YYYY HH:mm',
    ],
  ])('%s', async (time, options, expected) => {
    expect(await instantsOf(time, options)).toBe(expected);
  });

  it('that a clock change makes double are the earlier ones, with a warning', async () => {
    const options = { ...MAPPED, timeZone: 'America/New_York' };
    const { messages, warnings } = await readAll(
      [fileWith(`${HEADER}1,t,user,2026-11-01 01:30:00,x\n`)],
      options,
    );
    expect(messages.map(({ sentAt }) => new Date(sentAt).toISOString())).toEqual([
      '2026-11-01T05:30:00.000Z',
    ]);
    expect(warnings).toHaveLength(1);
  });

  it.each([
    ['DD.MM.YYYY', 'it has no hour'],
    ['DD.MM.YYYY hh:mm', 'hours of h need A'],
    ['DD.MM.YYYY HH:mm qq', '"qq" means nothing in it'],
    ['DD.DD.YYYY HH:mm', 'it has the day twice'],
  ])('written as %s cannot be read', async (dateFormat, problem) => {
    await expect(readAll([fileWith(`${HEADER}1,t,user,x,x\n`)], { ...MAPPED, dateFormat })).rejects.toThrow(
      problem,
    );
  });
});

describe('what CSV leaves open', () => {
  it('is asked for at once, with an example that holds no text', async () => {
    const path = fileWith(
      'Nr,Thread,Von,Zeit,Inhalt\n7,t,Kunde,22.10.2026 00:25:10,Where is it?\n8,t,Bot,23.10.2026 00:25:10,ok\n',
    );
    const { error } = await readUntilError([path]);
    expect(String(error)).toContain('Nr: 7, Thread: t, Von: Kunde, Zeit: 22.10.2026 00:25:10, Inhalt: …');
    expect(await openQuestions([path])).toEqual({
      '--map messageId=': ['Nr', 'Thread', 'Von', 'Zeit', 'Inhalt'],
      '--map conversationId=': ['Nr', 'Thread', 'Von', 'Zeit', 'Inhalt'],
      '--channel': [],
      '--map role=': ['Nr', 'Thread', 'Von', 'Zeit', 'Inhalt'],
      '--map sentAt=': ['Nr', 'Thread', 'Von', 'Zeit', 'Inhalt'],
    });
    const withChannel = fileWith('Nr,Inbox ID\n7,3\n');
    expect((await openQuestions([withChannel]))['--map channelId=']).toEqual(['Nr', 'Inbox ID']);
    const map = new Map([
      ['messageId', 'Nr'],
      ['conversationId', 'Thread'],
      ['role', 'Von'],
      ['sentAt', 'Zeit'],
    ]);
    const asked = await openQuestions([path], { map, channel: 'c' });
    expect(Object.keys(asked)).toEqual(['--role Kunde=', '--role Bot=', '--date-format', '--time-zone']);
    expect(asked['--date-format']).toContain('DD.MM.YYYY HH:mm:ss');
    expect(asked['--date-format']).not.toContain('MM.DD.YYYY HH:mm:ss');
  });

  it('is refused row by row where it is rare', async () => {
    const good = Array.from({ length: 40 }, (_, index) => `${index},t,user,2026-10-01T00:00:00Z,x\n`).join(
      '',
    );
    const rare = '98,t,human,2026-10-01T00:00:00Z,x\n99,t,user,2026-10-01 00:00:00,x\n';
    const { messages, refused } = await readAll([fileWith(HEADER + good + rare)], MAPPED);
    expect([messages.length, refused.length]).toEqual([40, 2]);
    const asked = await openQuestions([fileWith(HEADER + rare)], MAPPED);
    expect(Object.keys(asked)).toEqual(['--role human=', '--time-zone']);
  });

  it('is a mistake of the mapping where the column of roles holds texts', async () => {
    const map = new Map([...MAPPED.map, ['role', 'said']]);
    const path = fileWith(`${HEADER}1,t,user,2026-10-01T00:00:00Z,${'what somebody said '.repeat(5)}\n`);
    const { error } = await readUntilError([path], { ...MAPPED, map });
    expect(String(error)).toMatch(/looks like no roles/);
    expect(String(error)).not.toContain('somebody');
  });

  it.each([
    [{ map: new Map([...MAPPED.map, ['sentAt', 'wen']]) }, 'did you mean when?'],
    [{ map: new Map([...MAPPED.map, ['sentat', 'when']]) }, 'did you mean sentAt?'],
    [{ roles: new Map([['a', 'usr']]) }, 'did you mean user?'],
    [{ timeZone: 'Europe/Berln' }, 'did you mean Europe/Berlin?'],
    [{ timeZone: 'Berlin' }, 'did you mean Europe/Berlin?'],
    [{ delimiter: ';;' }, 'must be one character'],
    [{ channel: ' c' }, '--channel must not begin or end with white space'],
    [{ bots: ['x'] }, '--bot has no use here: the files are csv'],
    [{ dateOrder: 'dmy' as const }, '--date-order has no use here'],
  ])('has no answer in %o', async (options, problem) => {
    const path = fileWith(`${HEADER}1,t,user,2026-10-01T00:00:00Z,x\n`);
    await expect(readAll([path], { ...MAPPED, ...options })).rejects.toThrow(problem);
  });
});

describe('records of CSV that cannot be read', () => {
  const good = (id: string) => `${id},t,user,2026-10-01T00:00:00Z,x\n`;
  const readParts = (...parts: (string | Uint8Array)[]) =>
    readAll([fileWith(Buffer.concat(parts.map((part) => Buffer.from(part))))], MAPPED);

  it('are told, and the next ones are read', async () => {
    const { messages, refused } = await readParts(
      HEADER,
      good('1'),
      Buffer.from('2,t,us\xe9r,2026-10-01T00:00:00Z,x\n', 'latin1'),
      good('3'),
      '4,t\n5,t,user,2026-10-01T00:00:00Z,x,y\n',
      good('6'),
    );
    expect(messages.map(({ messageId }) => messageId)).toEqual(['1', '3', '6']);
    expect(refused.map(({ place, reason }) => `${place.replace(/.*record/, 'record')}: ${reason}`)).toEqual([
      'record 2 (after the header), line 3: is not UTF-8',
      'record 4 (after the header), id 4: has too few columns',
      'record 5 (after the header), id 5: has more cells than there are columns',
    ]);
  });

  it('are those that a line of 17 MiB is in', async () => {
    const { messages, refused } = await readParts(
      HEADER,
      good('1'),
      '2,t,user,x,',
      'y'.repeat(17 * 1024 ** 2),
      '\n',
      good('3'),
    );
    expect(messages.map(({ messageId }) => messageId)).toEqual(['1', '3']);
    expect(refused.map(({ reason }) => reason)).toEqual(['is longer than 16 MiB']);
  });

  it('open a quotation that nothing closes', async () => {
    const { messages, refused } = await readParts(HEADER, good('1'), '2,t,user,x,"y\n', good('3'));
    expect(messages.map(({ messageId }) => messageId)).toEqual(['1']);
    expect(refused.map(({ reason }) => reason)).toEqual(['opens a quotation mark that nothing closes']);
  });
});
