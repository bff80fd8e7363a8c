import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ImportedMessage } from '../../../../../packages/cli/src/import/export-record.ts';
import {
  countsOf,
  EXPECTED_IMPORTS,
  type ExpectedImport,
  formatOf,
  optionsOf,
  pathsOf,
  SAMPLE_LIMITS,
} from './expected-imports.ts';
import { fileWith, folderWith, identityOf, readAll, withoutDuplicates, zipOf } from './reading.ts';

const { imports } = EXPECTED_IMPORTS;

async function readImport(one: ExpectedImport) {
  return readAll(pathsOf(one), optionsOf(one), SAMPLE_LIMITS);
}

/** What tells of the refusal of a record, by the word that the samples have for it. */
const REASONS: Readonly<Record<string, { code: string; reason: RegExp }>> = {
  too_old: {
    code: 'too_old',
    reason: /more than 400 days ago: the first whole day that is accepted is 2025-10-23$/,
  },
  in_future: { code: 'sent_in_future', reason: /more than 5 minutes ahead/ },
  'no message id': { code: 'invalid_message', reason: /messageId must not be empty/ },
  'no conversation id': { code: 'invalid_message', reason: /conversationId must not be empty/ },
  'unknown role': { code: 'invalid_message', reason: /role must be one of/ },
  'bad date': {
    code: 'invalid_message',
    reason: /sentAt (must be an RFC 3339 instant|is a time that there is not)/,
  },
  'too few columns': { code: 'invalid_message', reason: /too few columns/ },
  'not JSON': { code: 'invalid_message', reason: /no JSON/ },
  'not an object': { code: 'invalid_message', reason: /no object/ },
  'no messageId': { code: 'invalid_message', reason: /no messageId/ },
  'no sentAt: an import must not date it today': { code: 'invalid_message', reason: /no sentAt/ },
  'messageId longer than 128': { code: 'invalid_message', reason: /messageId must have at most 128/ },
  'conversationId above 256 bytes': {
    code: 'invalid_message',
    reason: /conversationId must have at most 256 bytes/,
  },
  'control character in messageId': { code: 'invalid_message', reason: /messageId must not contain control/ },
  'sentAt without a zone and no timeZone option': { code: 'invalid_message', reason: /no time zone/ },
  'empty channelId': { code: 'invalid_message', reason: /channelId must not be empty/ },
};

/** What tells why a record was passed by. */
const SKIPPED: readonly { expected: RegExp; reason: RegExp }[] = [
  { expected: /^system line|^encryption notice/, reason: /^system line$/ },
  { expected: /^not among chatIds \((\d+) messages\)$/, reason: /--chat names \(\d+ messages\)$/ },
  { expected: /^hidden user node/, reason: /^hidden user node/ },
  { expected: /^webhook bot/, reason: /^webhook bot$/ },
  { expected: /^bot_message of another bot/, reason: /^bot_message of another bot$/ },
  { expected: /^empty/, reason: /^empty (row|line)$/ },
  { expected: /^from_id is a channel/, reason: /^from_id is a channel/ },
];

function expectPlace(place: string, where: string): void {
  // The last record of a file is called by its number here.
  if (where === 'last record') expect(place).toMatch(/record 41 \(after the header\)$/);
  else expect(place.endsWith(` ${where}`), `${place} ends with ${where}`).toBe(true);
}

describe.each(imports)('the sample $id', (one) => {
  it('gives exactly its messages, each on its day and its channel', async () => {
    const { messages, warnings } = await readImport(one);
    const { duplicatesWithin, ...counts } = one.aloneIntoAnEmptyPeer;
    const distinct = withoutDuplicates(messages);
    expect(countsOf(distinct)).toEqual(counts);
    expect(messages.length - distinct.length).toBe(duplicatesWithin);
    expect(warnings).toEqual([]);
  });

  it('tells of each record that is no message, and why', async () => {
    const { skipped } = await readImport(one);
    const ofRecords = skipped.filter(({ reason }) => reason !== 'a file of a Slack export without messages');
    expect(ofRecords).toHaveLength(one.skipped.length);
    for (const { where, reason } of one.skipped) {
      const found = ofRecords.find(({ place }) => place.endsWith(where) || where === 'last record');
      expect(found, where).toBeDefined();
      expectPlace(found?.place ?? '', where);
      const rule = SKIPPED.find(({ expected }) => expected.test(reason));
      if (rule === undefined) expect(found?.reason).toBe(reason);
      else expect(found?.reason).toMatch(rule.reason);
      const count = /\((\d+) messages\)/.exec(reason)?.[1];
      if (count !== undefined) expect(found?.reason).toContain(`(${count} messages)`);
    }
  });

  it('refuses what the service would refuse, with its code and where it stands', async () => {
    const { refused } = await readImport(one);
    expect(refused).toHaveLength(one.rejected.length);
    for (const { where, reason } of one.rejected) {
      const found = refused.find(({ place }) => place.endsWith(where));
      expectPlace(found?.place ?? '', where);
      const expected = reason.startsWith('no Date header')
        ? { code: 'invalid_message', reason: /no Date header/ }
        : REASONS[reason];
      expect(expected, reason).toBeDefined();
      expect(found?.code).toBe(expected?.code);
      expect(found?.reason).toMatch(expected?.reason ?? /^$/);
    }
  });

  it('is recognised by its content, whatever it is called, and may be named', async () => {
    const { records } = await readImport(one);
    const named = await readAll(pathsOf(one), { ...optionsOf(one), format: formatOf(one) }, SAMPLE_LIMITS);
    expect(named.records).toEqual(records);
  });
});

function filesUnder(path: string): Record<string, Uint8Array> {
  if (statSync(path).isFile()) return { [basename(path)]: readFileSync(path) };
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' });
  const paths = files.filter((file) => statSync(join(path, file)).isFile());
  return Object.fromEntries(paths.map((file) => [file, readFileSync(join(path, file))]));
}

describe.each(imports)('the sample $id as a ZIP, and under another name', (one) => {
  const files = Object.assign({}, ...pathsOf(one).map(filesUnder));
  // A chat of WhatsApp is called as its file is where nobody gives it an id.
  const options = optionsOf(one);

  it('gives the same messages from a ZIP, with and without a folder in it', async () => {
    const { messages } = await readImport(one);
    const flat = await readAll([fileWith(await zipOf(files), 'export.bin')], options, SAMPLE_LIMITS);
    expect(flat.messages).toEqual(messages);
    const inFolder = Object.fromEntries(Object.entries(files).map(([path, file]) => [`a/b/${path}`, file]));
    const zip = await zipOf({ ...inFolder, '__MACOSX/._x': 'x', 'a/.DS_Store': Buffer.alloc(9) });
    const nested = await readAll([folderWith({ 'x/download.zip': zip })], options, SAMPLE_LIMITS);
    expect(nested.messages).toEqual(messages);
    expect(nested.skipped.map(({ place }) => place.replace(/^.*zip/, 'zip'))).toEqual(
      expect.arrayContaining(['zip/__MACOSX/._x', 'zip/a/.DS_Store']),
    );
  });
});

describe('imports one after another', () => {
  it('find the messages of earlier ones again, and no others', async () => {
    const firstIn = new Map<string, string>();
    for (const one of imports) {
      const distinct = withoutDuplicates((await readImport(one)).messages);
      const duplicatesOf: Record<string, number> = {};
      const fresh = distinct.filter((message) => {
        const earlier = firstIn.get(identityOf(message));
        if (earlier !== undefined) duplicatesOf[earlier] = (duplicatesOf[earlier] ?? 0) + 1;
        return earlier === undefined;
      });
      for (const message of fresh) firstIn.set(identityOf(message), one.id);
      const newUserMessages = fresh.filter(({ role }) => role === 'user').length;
      expect({ id: one.id, newMessages: fresh.length, newUserMessages, duplicatesOf }).toEqual({
        id: one.id,
        ...one.afterTheEarlierImports,
      });
    }
  });

  it('give the figures of the whole set', async () => {
    const known = new Set<string>();
    const all: ImportedMessage[] = [];
    for (const one of imports) all.push(...withoutDuplicates((await readImport(one)).messages, known));
    const { userMessages, channels, userMessagesPerDay } = countsOf(all);
    const { wholeSetInThisOrder: expected } = EXPECTED_IMPORTS;
    expect({ userMessages, channels }).toEqual({
      userMessages: expected.userMessages,
      channels: expected.channels,
    });
    const perDay = Object.entries(userMessagesPerDay).map(([day, ofDay]) => [
      day,
      Object.values(ofDay).reduce((sum, count) => sum + count, 0),
    ]);
    expect(Object.fromEntries(perDay)).toEqual(expected.userMessagesPerDay);
  });

  it('count one conversation per channel of Slack where that is wanted', async () => {
    const slack = imports.filter((one) => one.conversationsIfOneConversationPerChatChannel !== undefined);
    expect(slack.map(({ id }) => id)).toEqual(['slack']);
    for (const one of slack) {
      const { messages } = await readAll(
        pathsOf(one),
        { ...optionsOf(one), conversation: 'channel' },
        SAMPLE_LIMITS,
      );
      const { channels } = countsOf(withoutDuplicates(messages));
      const conversations = Object.entries(channels).map(([channel, counts]) => [
        channel,
        counts.conversations,
      ]);
      expect(Object.fromEntries(conversations)).toEqual(one.conversationsIfOneConversationPerChatChannel);
    }
  });

  it('of overlapping exports give the same figures in either order', async () => {
    const overlapping = [
      'telegram-chat|telegram-account',
      'whatsapp-android-1|whatsapp-android-2',
      'discord-channel|discord-part2',
      'jsonl|jsonl-2',
      'mbox|mbox-2',
    ];
    for (const pair of overlapping) {
      const both = pair.split('|').flatMap((id) => imports.filter((one) => one.id === id));
      const readings = await Promise.all(both.map(readImport));
      const inOrder = withoutDuplicates(readings.flatMap(({ messages }) => messages));
      const reversed = withoutDuplicates(readings.toReversed().flatMap(({ messages }) => messages));
      expect(both).toHaveLength(2);
      expect(countsOf(reversed), pair).toEqual(countsOf(inOrder));
    }
  });
});
