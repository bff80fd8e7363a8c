import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../../../functions/shared/domain/utc-day.ts';
import type { DateOrder } from '../../../../../packages/cli/src/import/read-options.ts';
import { fileWith, openQuestions, readAll, TODAY } from './reading.ts';

/** How phones of a language write a chat. */
interface Layout {
  order: DateOrder;
  between: '/' | '.' | '-';
  isPadded: boolean;
  hasLongYear: boolean;
  isIos: boolean;
  halves: readonly [string, string] | undefined;
  /** Before am and pm. */
  space: string;
  comma: string;
  lineEnd: string;
  hasMark: boolean;
}

const HALVES = [
  ['AM', 'PM'],
  ['am', 'pm'],
  ['a.\u00a0m.', 'p.\u00a0m.'],
  ['a. m.', 'p. m.'],
  ['ص', 'م'],
  ['오전', '오후'],
] as const;

const layouts: fc.Arbitrary<Layout> = fc.record({
  order: fc.constantFrom('dmy', 'mdy', 'ymd'),
  between: fc.constantFrom('/', '.', '-'),
  isPadded: fc.boolean(),
  hasLongYear: fc.boolean(),
  isIos: fc.boolean(),
  halves: fc.option(fc.constantFrom(...HALVES), { nil: undefined }),
  space: fc.constantFrom(' ', '\u202f', '\u00a0', ''),
  comma: fc.constantFrom(', ', ' ', '، '),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  hasMark: fc.boolean(),
});

interface Said {
  /** Minutes since the one before. */
  after: number;
  second: number;
  author: string;
  text: string;
}

const AUTHORS = [
  'Maya Okafor',
  'Harbour AI',
  '+44 20 7946 0142',
  'Zoë – van Dam',
  'Dr. Li (work)',
  'Robert "Bob" Smith',
  '李伟',
  'محمد',
];

const said: fc.Arbitrary<Said> = fc.record({
  after: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3000 })),
  second: fc.integer({ min: 0, max: 59 }),
  author: fc.constantFrom(...AUTHORS),
  text: fc.constantFrom(
    'ok',
    '<Media omitted>',
    'This message was deleted',
    'Time: 10:30 - or later?',
    'My list:\n- two ropes\n\n- one anchor: big',
    'on 1/2/2026, 10:00 we met',
    '"quoted": yes',
    '',
    'a, b; c',
  ),
});

const chats = fc.array(said, { minLength: 1, maxLength: 40 });

/** From this day on, in the past of every test, and with a day above 12 before long. */
const BEGIN = Temporal.PlainDateTime.from('2026-08-30T22:10');

function rendered(chat: readonly Said[], layout: Layout): { text: string; times: Temporal.PlainDateTime[] } {
  let time = BEGIN;
  const times: Temporal.PlainDateTime[] = [];
  const lines = chat.map(({ after, second, author, text }) => {
    time = time.add({ minutes: after });
    times.push(layout.isIos ? time.with({ second }) : time);
    return lineOf(time, second, author, text, layout);
  });
  return { text: lines.join(layout.lineEnd), times };
}

function lineOf(
  time: Temporal.PlainDateTime,
  second: number,
  author: string,
  text: string,
  layout: Layout,
): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const padded = (value: number) => (layout.isPadded ? two(value) : String(value));
  const year = layout.hasLongYear ? String(time.year) : two(time.year % 100);
  const [day, month] = [padded(time.day), padded(time.month)];
  const parts = { dmy: [day, month, year], mdy: [month, day, year], ymd: [year, month, day] }[layout.order];
  const hour = layout.halves === undefined ? time.hour : time.hour % 12 || 12;
  const seconds = layout.isIos ? `:${two(second)}` : '';
  const half = layout.halves === undefined ? '' : layout.space + layout.halves[time.hour < 12 ? 0 : 1];
  const date = `${parts.join(layout.between)}${layout.comma}${two(hour)}:${two(time.minute)}${seconds}${half}`;
  const shown = author.startsWith('+') ? `\u202a${author}\u202c` : author;
  return layout.isIos
    ? `${layout.hasMark ? '\u200e' : ''}[${date}] ${shown}: ${text}`
    : `${date} - ${shown}: ${text}`;
}

const OPTIONS = {
  channel: 'wa',
  timeZone: 'America/Sao_Paulo',
  bots: ['Harbour AI', '-'],
  conversation: 'c',
};

describe('a WhatsApp chat in any layout', () => {
  it('is read back exactly where the order of its dates is given', async () => {
    await fc.assert(
      fc.asyncProperty(chats, layouts, async (chat, layout) => {
        const { text, times } = rendered(chat, layout);
        const { messages, skipped, refused } = await readAll([fileWith(text)], {
          ...OPTIONS,
          dateOrder: layout.order,
        });
        expect(messages.map(({ role, sentAt }) => ({ role, sentAt }))).toEqual(
          chat.map(({ author }, index) => ({
            role: author === 'Harbour AI' ? 'assistant' : 'user',
            sentAt: times[index]?.toZonedDateTime('America/Sao_Paulo').epochMilliseconds,
          })),
        );
        expect([skipped, refused]).toEqual([[], []]);
        expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(messages.length);
      }),
      { numRuns: 150 },
    );
  });

  it('has the same ids from Android and from iOS, whatever the order, the clock and what was said', async () => {
    await fc.assert(
      fc.asyncProperty(chats, layouts, layouts, async (chat, one, other) => {
        const censored = chat.map((message) => ({ ...message, text: 'x' }));
        const [first, second] = await Promise.all(
          (
            [
              [chat, one],
              [censored, other],
            ] as const
          ).map(async ([written, layout]) =>
            readAll([fileWith(rendered(written, layout).text)], { ...OPTIONS, dateOrder: layout.order }),
          ),
        );
        expect(second?.messages.map(({ messageId }) => messageId)).toEqual(
          first?.messages.map(({ messageId }) => messageId),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('never takes a wrong order of dates: it finds the right one, or asks with the right one among the choices', async () => {
    let asked = 0;
    let found = 0;
    await fc.assert(
      fc.asyncProperty(chats, layouts, async (chat, layout) => {
        const { text, times } = rendered(chat, layout);
        const path = fileWith(text);
        const reading = await readAll([path], OPTIONS).catch(() => undefined);
        if (reading === undefined) {
          asked += 1;
          expect((await openQuestions([path], OPTIONS))['--date-order']).toContain(layout.order);
        } else {
          found += 1;
          expect(reading.messages.map(({ sentAt }) => sentAt)).toEqual(
            times.map((time) => time.toZonedDateTime('America/Sao_Paulo').epochMilliseconds),
          );
        }
      }),
      { numRuns: 100, seed: 5 },
    );
    expect([asked > 5, found > 5]).toEqual([true, true]);
  });
});

describe('the order of the dates of a WhatsApp chat', () => {
  const orderOf = async (...dates: string[]) => {
    const path = fileWith(dates.map((date) => `${date}, 10:00 - Maya: hello\n`).join(''));
    const options = { ...OPTIONS, bots: ['Maya'] };
    const reading = await readAll([path], options, { ...TODAY, retentionDays: undefined }).catch(
      () => undefined,
    );
    if (reading === undefined) return (await openQuestions([path], options))['--date-order'];
    return reading.messages.map(({ sentAt }) => new Date(sentAt).toISOString().slice(0, 10));
  };

  it.each([
    ['a day above 12', ['05/11/2026', '13/11/2026'], ['2026-11-05', '2026-11-13']],
    ['a day above 12 in second place', ['11/05/2026', '11/13/2026'], ['2026-11-05', '2026-11-13']],
    ['a year of four digits in front', ['2026/11/05'], ['2026-11-05']],
    [
      'dates that would fall',
      ['01/10/2026', '02/10/2026', '01/11/2026'],
      ['2026-10-01', '2026-10-02', '2026-11-01'],
    ],
    ['dates that would be in the future', ['11/12/2025', '03/12/2025', '05/01/2026'], ['dmy', 'mdy']],
    ['a date that would be in the future', ['06/12/2026'], ['2026-06-12']],
    ['nothing', ['11/11/2026', '11/11/2026'], ['dmy', 'mdy']],
    ['nothing, with short years', ['10/11/12'], ['dmy', 'mdy', 'ymd']],
  ])('is decided by %s', async (_, dates, expected) => {
    expect(await orderOf(...dates)).toEqual(expected);
  });

  it('is an error where it is given and cannot be', async () => {
    const path = fileWith('05/11/2026, 10:00 - Maya: a\n13/11/2026, 10:00 - Maya: b\n');
    await expect(readAll([path], { ...OPTIONS, dateOrder: 'mdy' })).rejects.toThrow(
      /--date-order mdy: .* line 2/,
    );
  });
});

describe('lines of a WhatsApp chat', () => {
  const read = (text: string, more = {}) =>
    readAll([fileWith(text)], { ...OPTIONS, bots: ['-'], dateOrder: 'dmy', ...more });

  it('of the chat itself are passed by, also where they name somebody or hold a colon', async () => {
    const { messages, skipped } = await read(
      [
        '13/10/2026, 10:00 - Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt.',
        '13/10/2026, 10:00 - Maya hat den Betreff von „Hilfe: alt“ zu „Hilfe: neu“ geändert',
        '13/10/2026, 10:00 - Maya changed the subject from "a: b" to "c: d"',
        '13/10/2026, 10:01 - Maya: "a": b',
        '\u200e[13.10.26, 10:02:00] Laden: \u200eNachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt.',
        '[13.10.26, 10:02:00] Maya: \u200eBild weggelassen',
        '\u200e[13.10.26, 10:02:00] Maya: \u200eMissed voice call',
        '[13.10.26, 10:03:00] Maya: Missed voice call',
      ].join('\n'),
    );
    expect(messages).toHaveLength(3);
    expect(skipped.map(({ place }) => place.replace(/.*line /, ''))).toEqual(['1', '2', '3', '5', '7']);
  });

  it('that come first and that the phone marked are how the chat is encrypted, in any language', async () => {
    const line = (text: string) =>
      `\u200e[13.10.26, 10:02:00] Butik: \u200e${text}\n[13.10.26, 10:02:00] Butik: hej`;
    expect((await read(line('Meddelanden och samtal är krypterade.'))).messages).toHaveLength(1);
    expect((await read(line('<attached: 1.jpg>'))).messages).toHaveLength(2);
  });

  it('take the earlier instant of an hour that is there twice or never, and say so', async () => {
    const { messages, warnings } = await read('25/10/2026, 02:30 - M: a\n29/03/2026, 02:30 - M: b', {
      timeZone: 'Europe/Berlin',
    });
    expect(messages.map(({ sentAt }) => new Date(sentAt).toISOString())).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-03-29T00:30:00.000Z',
    ]);
    expect(warnings).toEqual([
      '2026-10-25T02:30:00 is ambiguous in Europe/Berlin, whose clocks changed: the earlier instant is taken',
      '2026-03-29T02:30:00 is ambiguous in Europe/Berlin, whose clocks changed: the earlier instant is taken',
    ]);
  });

  it('of the same minute stay distinct when clocks go back', async () => {
    const { messages } = await read(
      '25/10/2026, 02:30 - M: a\n25/10/2026, 02:45 - M: b\n25/10/2026, 02:30 - M: c',
      {
        timeZone: 'Europe/Berlin',
      },
    );
    expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(3);
  });

  it('with digits of other scripts are read', async () => {
    const { messages } = await read('١٣/١٠/٢٠٢٦، ١٠:٠٠ م - Maya: a', { timeZone: 'UTC' });
    expect(messages.map(({ sentAt }) => sentAt)).toEqual([Date.parse('2026-10-13T22:00:00Z')]);
  });

  it('are no message of a day that there is not', async () => {
    expect((await read('13/10/2026, 10:00 - M: a', { dateOrder: undefined })).messages).toHaveLength(1);
    const late = { now: TODAY.now - 40 * DAY_MS, retentionDays: 400 };
    const reading = await readAll(
      [fileWith('13/10/2026, 10:00 - M: a\n20/11/2026, 10:00 - M: a')],
      { ...OPTIONS, bots: ['-'] },
      late,
    );
    expect(reading.refused.map(({ code }) => code)).toEqual(['sent_in_future']);
  });
});

describe('a contact who was renamed', () => {
  const before = '13/10/2026, 10:00 - Ann: a\n13/10/2026, 10:01 - Harbour AI: b\n';
  const after = `${before.replace('Ann:', '~ Ann Miller:')}14/10/2026, 10:00 - Ann Miller: c\n`;
  const idsIn = async (text: string, authors: ReadonlyMap<string, string>) =>
    (await readAll([fileWith(text)], { ...OPTIONS, authors })).messages.map(({ messageId }) => messageId);

  it('is the author of before where that is said, so that nothing counts again', async () => {
    const known = await idsIn(before, new Map());
    const again = await idsIn(after, new Map([['Ann Miller', 'Ann']]));
    expect(again.slice(0, 2)).toEqual(known);
    expect(new Set(again).size).toBe(3);
    expect((await idsIn(after, new Map())).slice(0, 2)).not.toEqual(known);
  });

  it('may be the bot, by either name', async () => {
    const authors = new Map([['Ann Miller', 'Ann']]);
    for (const bot of ['Ann', 'Ann Miller']) {
      const { messages } = await readAll([fileWith(after)], { ...OPTIONS, authors, bots: [bot] });
      expect(messages.map(({ role }) => role)).toEqual(['assistant', 'user', 'assistant']);
    }
  });

  it('who is not there is told, as a name that is misspelt would count everything again', async () => {
    await expect(idsIn(after, new Map([['Anne Miller', 'Ann']]))).rejects.toThrow(
      '--author: nobody wrote here who is called "Anne Miller"',
    );
  });
});
