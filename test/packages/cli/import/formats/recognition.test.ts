import { describe, expect, it } from 'vitest';
import { EXPORT_FORMATS, type ExportFormat } from '../../../../../packages/cli/src/import/read-options.ts';
import {
  EXPECTED_IMPORTS,
  formatOf,
  optionsOf,
  pathsOf,
  SAMPLE_LIMITS,
  samplePath,
} from './expected-imports.ts';
import { fileWith, folderWith, readAll, readUntilError, TODAY, zipOf } from './reading.ts';

/** The first sample of each format. */
const SAMPLES = EXPORT_FORMATS.flatMap((format) => {
  const one = EXPECTED_IMPORTS.imports.find((sample) => formatOf(sample) === format);
  return one === undefined ? [] : [{ format, one }];
});

const JSON_LINE =
  '{"messageId":"a","conversationId":"b","channelId":"c","role":"user","sentAt":"2026-11-01T00:00:00Z"}';

describe('what a file is', () => {
  it.each(SAMPLES)(
    'is seen by the content of a sample of $format, and not by its name',
    async ({ one, format }) => {
      for (const other of EXPORT_FORMATS) {
        // A table of Chatwoot is CSV too, and any text may be meant to be a table or lines.
        if (other === format || other === 'csv' || other === 'jsonl') continue;
        const { error, messages } = await readUntilError(
          pathsOf(one),
          { ...optionsOf(one), format: other },
          SAMPLE_LIMITS,
        );
        expect(String(error), `${format} as ${other}`).toMatch(
          new RegExp(`no export of the format ${other}`),
        );
        expect(messages).toEqual([]);
      }
    },
  );

  it('is told for all of several that are mixed, and each is read as what it is', async () => {
    const files = [
      JSON_LINE,
      'From a@b.example Sun Nov  1 18:50:08 2026\nFrom: a@b.example\nDate: Mon, 2 Nov 2026 03:50:08 +0900\nMessage-ID: <x@y>\n\nhi\n',
    ].map((content, index) => fileWith(content, `${index}.txt`));
    const { messages } = await readAll(files, { channel: 'mail', ownAddresses: ['c@d.example'] });
    expect(messages.map(({ messageId, channelId }) => `${messageId} ${channelId}`)).toEqual([
      'a c',
      'x@y mail',
    ]);
  });

  it.each([
    ['prose', 'Once upon a time.\nThere was a ship, and a sailor.\n'],
    ['other JSON', '{"name":"x","items":[1,2]}'],
    ['one line of prose', 'Once upon a time, there was a ship\n'],
    ['an empty list', '[]'],
    ['bytes', Buffer.from([1, 0, 2, 0, 3])],
    ['an HTML page', '<!doctype html>\n<title>Chat</title>\n'],
    ['half of other JSON', '{"name":"x","items":[1,'],
  ])('is a clear error for %s, which lists what is known', async (_, content) => {
    const { error } = await readUntilError([fileWith(content)]);
    for (const format of EXPORT_FORMATS) expect(String(error)).toContain(`${format}: `);
  });

  it.each([
    ['a table', 'id,Gespr\u00e4ch,role\n1,2,user\n'],
    ['a table with a header of ASCII', 'id,conversation,author\n1,2,J\u00fcrg\n2,2,J\u00fcrg\n'],
  ])('is told of %s in Latin-1, with what to do', async (_, content) => {
    const { error } = await readUntilError([fileWith(Buffer.from(content, 'latin1'))]);
    expect(String(error)).toMatch(/it is not UTF-8, which it has to be; save it as UTF-8$/);
  });

  it('is told of an empty file, of an empty folder, of a missing one, and of a part of a Slack export', async () => {
    expect(String((await readUntilError([fileWith('')])).error)).toMatch(/: is empty$/);
    expect(String((await readUntilError([folderWith({})])).error)).toMatch(/: is empty$/);
    expect(String((await readUntilError(['/no/such/file'])).error)).toMatch(/there is no such file/);
    const day = samplePath('slack-export/ask-harbour/2026-11-04.json');
    expect(String((await readUntilError([day])).error)).toMatch(/a part of a Slack export: give the whole/);
  });

  it('is seen in pretty JSON and in one line, and also where it ends too early', async () => {
    const discord = {
      guild: { id: '1' },
      channel: { id: '9007199254740993' },
      messages: ['9007199254740993', '9007199254740995'].map((id) => ({
        id,
        type: 'Default',
        timestamp: '2026-11-01T10:00:00+02:00',
        content: '',
        author: { id: '7', isBot: false },
      })),
    };
    const compact = JSON.stringify(discord);
    for (const text of [compact, JSON.stringify(discord, null, 2), `\ufeff${compact}`]) {
      const { messages } = await readAll([fileWith(text)], { channel: 'd' });
      expect(messages.map(({ messageId }) => messageId)).toEqual(['9007199254740993', '9007199254740995']);
    }
    const half = await readUntilError([fileWith(compact.slice(0, -60))], { channel: 'd' });
    expect(half.messages.map(({ messageId }) => messageId)).toEqual(['9007199254740993']);
    expect(String(half.error)).toMatch(/byte \d+: the file is not whole/);
  });

  it('is told also where the first line is far too long, or where that is all there is', async () => {
    const long = `{"messageId":"${'x'.repeat(17 * 1024 ** 2)}`;
    const lines = await readAll([fileWith(`${long}"}\n${JSON_LINE}\n${JSON_LINE}\n`)]);
    expect(lines.messages).toHaveLength(2);
    expect(lines.refused.map(({ place, reason }) => `${place.replace(/.*line/, 'line')}: ${reason}`)).toEqual(
      ['line 1: the line is longer than 16 MiB'],
    );
    const { error } = await readUntilError([fileWith(long)]);
    expect(String(error)).toMatch(
      /one of its first lines is longer than 16 MiB: name what it is by --format/,
    );
    const named = await readAll([fileWith(long)], { format: 'jsonl' });
    expect(named.refused).toHaveLength(1);
  });

  it('is not asked of a file in a folder that is no export: it is passed by, and told', async () => {
    const folder = folderWith({
      'a.jsonl': JSON_LINE,
      'photo.jpg': Buffer.from([0xff, 0xd8, 0, 1]),
      'notes.txt': 'my notes\n',
      '.DS_Store': '',
    });
    const { messages, skipped } = await readAll([folder]);
    expect(messages).toHaveLength(1);
    expect(skipped.map(({ place }) => place.slice(folder.length + 1)).toSorted()).toEqual([
      '.DS_Store',
      'notes.txt',
      'photo.jpg',
    ]);
    const { error } = await readUntilError([folderWith({ 'notes.txt': 'my notes\n' })]);
    expect(String(error)).toMatch(/holds no export that is known/);
  });

  it('is a table whatever its columns are, where it is named so', async () => {
    const one = EXPECTED_IMPORTS.imports.find(({ id }) => id === 'chatwoot-table');
    const map = new Map([
      ['messageId', 'id'],
      ['conversationId', 'conversation_id'],
      ['role', 'message_type'],
      ['sentAt', 'created_at'],
    ]);
    const roles = new Map([
      ['0', 'user'],
      ['1', 'assistant'],
    ]);
    const options = { format: 'csv' as const, map, roles, channel: 'c', timeZone: 'UTC' };
    const { messages } = await readAll(one === undefined ? [] : pathsOf(one), options, SAMPLE_LIMITS);
    expect(messages.filter(({ role }) => role === 'user').length).toBeGreaterThan(0);
  });
});

describe('options that the files have no use for', () => {
  const cases: [ExportFormat, object, string][] = [
    ['slack', { timeZone: 'UTC' }, '--time-zone'],
    ['telegram', { dateOrder: 'dmy' }, '--date-order'],
    ['whatsapp', { map: new Map([['role', 'x']]) }, '--map'],
    ['discord', { chats: ['1'] }, '--chat'],
    ['chatwoot', { bots: ['x'] }, '--bot'],
    ['mbox', { conversation: 'x' }, '--conversation'],
    ['openai', { ownAddresses: ['x@y'] }, '--own-address'],
    ['csv', { dateOrder: 'dmy' }, '--date-order'],
    ['jsonl', { delimiter: ';' }, '--delimiter'],
  ];
  it.each(cases)('of %s are named', async (format, more, option) => {
    const sample = SAMPLES.find((one) => one.format === format)?.one;
    if (sample === undefined) throw new Error('no sample');
    const { error } = await readUntilError(pathsOf(sample), { ...optionsOf(sample), ...more }, SAMPLE_LIMITS);
    expect(String(error)).toContain(`${option} has no use here: the files are ${format}`);
  });
});

describe('a ZIP', () => {
  it('within a ZIP is a clear error', async () => {
    const inner = await zipOf({ 'a.jsonl': JSON_LINE });
    const { error } = await readUntilError([
      fileWith(await zipOf({ 'b/inner.zip': inner, 'a.jsonl': JSON_LINE })),
    ]);
    expect(String(error)).toMatch(/b\/inner\.zip: is a ZIP within a ZIP/);
  });

  it('is not what a document among the attachments is', async () => {
    const document = await zipOf({ '[Content_Types].xml': '<x/>', 'word/document.xml': '<x/>' });
    const files = { 'a.jsonl': JSON_LINE, 'contract.docx': document };
    for (const path of [folderWith(files), fileWith(await zipOf(files))]) {
      const { messages, skipped } = await readAll([path]);
      expect(messages).toHaveLength(1);
      expect(skipped.map(({ place }) => place.replace(/.*\//, ''))).toEqual(['contract.docx']);
    }
  });

  it('cut off is a clear error, and so is one whose files are damaged', async () => {
    const zip = await zipOf({ 'a.jsonl': `${JSON_LINE}\n`.repeat(2000) });
    expect(String((await readUntilError([fileWith(zip.subarray(0, -40))])).error)).toMatch(/is no whole ZIP/);
    const damaged = Buffer.from(zip);
    damaged.fill(0xff, 60, 90);
    expect(String((await readUntilError([fileWith(damaged)])).error)).toMatch(
      /damaged and cannot be unpacked/,
    );
  });

  it('that is encrypted is a clear error', async () => {
    const zip = Buffer.from(await zipOf({ 'a.jsonl': JSON_LINE }));
    const central = zip.indexOf(Buffer.from('PK\u0001\u0002', 'latin1'));
    zip.writeUInt16LE(zip.readUInt16LE(central + 8) | 1, central + 8);
    expect(String((await readUntilError([fileWith(zip)])).error)).toMatch(/a\.jsonl: is encrypted/);
  });

  it('that holds far more than it seems is a clear error: by what it says, and by what it does not say', async () => {
    const zeros = Buffer.alloc(80 * 1024 ** 2);
    const bomb = await zipOf({ 'a.jsonl': zeros });
    expect(bomb.length).toBeLessThan(200_000);
    expect(String((await readUntilError([fileWith(bomb)])).error)).toMatch(
      /looks like a ZIP bomb.*200 times/,
    );
    const central = bomb.indexOf(Buffer.from('PK\u0001\u0002', 'latin1'));
    bomb.writeUInt32LE(1000, central + 24);
    const { error, messages } = await readUntilError([fileWith(bomb)]);
    expect(String(error)).toMatch(/looks like a ZIP bomb: it holds more than the ZIP says/);
    expect(messages).toEqual([]);
  });

  it('whose files overlap is a clear error', async () => {
    const zip = Buffer.from(await zipOf({ 'a.jsonl': 'x'.repeat(3), 'b.jsonl': 'y'.repeat(3) }));
    const first = zip.indexOf(Buffer.from('PK\u0001\u0002', 'latin1'));
    zip.writeUInt32LE(zip.length, first + 20);
    const { error } = await readUntilError([fileWith(zip)]);
    expect(String(error)).toMatch(/overlap|damaged/);
  });

  it('with names that lead out of it is read like any other: nothing is unpacked to a disk', async () => {
    const zip = Buffer.from(await zipOf({ 'aaaaaa.jsonl': JSON_LINE }));
    const evil = Buffer.from(zip.toString('latin1').replaceAll('aaaaaa.jsonl', '../../x.json'), 'latin1');
    const { messages, records } = await readAll([fileWith(evil)], {}, TODAY);
    expect(messages).toHaveLength(1);
    expect(records[0]?.place).toMatch(/\/\.\.\/\.\.\/x\.json line 1$/);
  });
});
