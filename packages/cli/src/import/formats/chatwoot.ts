import * as z from 'zod/mini';
import { INVALID_MESSAGE, refused, skipped } from '../checked-message.ts';
import type { ExportRecord } from '../export-record.ts';
import { csvRecords } from '../files/csv-records.ts';
import { type JsonPath, readJson } from '../files/json-events.ts';
import { headOf, type SourceFile } from '../files/source.ts';
import { utf8Bytes } from '../files/utf8.ts';
import { ImportUsageError } from '../import-errors.ts';
import { instantIn, type ReadTime, readTime } from '../times.ts';
import { idField } from './fields.ts';
import type { Format, ReadContext } from './format.ts';

const TEXTS = new Set([
  'content',
  'processed_message_content',
  'content_attributes',
  'attachments',
  'sender',
  'conversation',
]);

/** A cell of the table is text, and a field of the API is what it is. */
const flagField = z.catch(z.optional(z.union([z.boolean(), z.string(), z.number()])), undefined);

const MESSAGE = z.object({
  id: idField,
  account_id: idField,
  inbox_id: idField,
  conversation_id: idField,
  message_type: idField,
  created_at: idField,
  private: flagField,
});
type Message = z.output<typeof MESSAGE>;

/** What the types of messages are, as numbers and, in webhooks, as words. */
const ROLES: Readonly<Record<string, 'user' | 'assistant' | 'activity'>> = {
  0: 'user',
  1: 'assistant',
  2: 'activity',
  3: 'assistant',
  incoming: 'user',
  outgoing: 'assistant',
  activity: 'activity',
  template: 'assistant',
};

export const chatwoot: Format = {
  name: 'chatwoot',
  title: "Chatwoot's messages (answers of its API as JSON, or the messages table as CSV)",
  uses: ['channel', 'galleryKey', 'timeZone', 'delimiter'],
  async prepare(found, context) {
    const all = await Promise.all(
      found.map(async ({ files: [file], name }) => ({ file, name, isTable: await isTable(file) })),
    );
    const table = all.find((one) => one.isTable);
    const answer = all.find((one) => !one.isTable);
    if (table !== undefined && answer !== undefined) {
      throw new ImportUsageError(
        `${table.name} is the messages table and ${answer.name} an answer of the API: the same conversation has another ` +
          'number in each, so that its messages would count twice. Import one of the two.',
      );
    }
    return all.map(({ file, isTable: table }) => ({
      questions: [],
      async *read() {
        if (file === undefined) return;
        yield* table ? readTable(file, context) : readAnswer(file, context);
      },
    }));
  },
};

/** The table is CSV; the API answers with JSON, which begins with a bracket. */
async function isTable(file: SourceFile | undefined): Promise<boolean> {
  const head = file === undefined ? new Uint8Array() : await headOf(file, 64);
  return !/^\s*[[{]/.test(new TextDecoder().decode(head));
}

async function* readAnswer(file: SourceFile, context: ReadContext): AsyncGenerator<ExportRecord> {
  const isList = (path: JsonPath) =>
    path.length === 0 || path.at(-1) === 'payload' || path.join('/') === 'data';
  const plan = { enter: isList, read: (path: JsonPath) => typeof path.at(-1) === 'number', drop: TEXTS };
  for await (const event of readJson(file.name, utf8Bytes(file), plan)) {
    if (event.kind !== 'value' || typeof event.path.at(-1) !== 'number') continue;
    const message = z.safeParse(MESSAGE, event.value).data;
    // A number that the platform shows is one of its account only.
    yield recordOf(file.name, message, (account, conversation) => `${account}:${conversation}`, context);
  }
}

async function* readTable(file: SourceFile, context: ReadContext): AsyncGenerator<ExportRecord> {
  let header: readonly string[] | undefined;
  for await (const record of csvRecords(file, context.options.delimiter ?? ',')) {
    if ('problem' in record) {
      yield refused(`${file.name} line ${record.line}`, INVALID_MESSAGE, record.problem);
    } else if (header === undefined) {
      header = record.cells;
    } else if (record.cells.every((cell) => cell === '')) {
      yield skipped(`${file.name} line ${record.line}`, 'empty row');
    } else {
      const cells = Object.fromEntries(header.map((name, index) => [name, record.cells[index] || undefined]));
      const message = z.safeParse(MESSAGE, cells).data;
      // These are keys within the database, which the platform never shows.
      yield recordOf(
        file.name,
        message,
        (account, conversation) => `${account}:key:${conversation}`,
        context,
      );
    }
  }
}

function recordOf(
  name: string,
  message: Message | undefined,
  conversationId: (account: string, conversation: string) => string,
  { options, checked }: ReadContext,
): ExportRecord {
  if (message?.id === undefined) return refused(name, INVALID_MESSAGE, 'a message has no id');
  const place = `${name} id ${message.id}`;
  const { account_id: account, conversation_id: conversation, inbox_id: inbox } = message;
  const role = ROLES[message.message_type ?? ''];
  if (role === undefined) return refused(place, INVALID_MESSAGE, 'its message_type is none that is known');
  if (role === 'activity') return skipped(place, 'activity');
  if (isTrue(message.private)) return skipped(place, 'private note');
  if (conversation === undefined) return refused(place, INVALID_MESSAGE, 'has no conversation_id');
  if (account === undefined) return refused(place, INVALID_MESSAGE, 'has no account_id');
  if (inbox === undefined && options.channel === undefined)
    return refused(place, INVALID_MESSAGE, 'has no inbox_id');
  const time = timeOf(message.created_at, options.timeZone ?? 'UTC');
  const draft = {
    messageId: message.id,
    conversationId: conversationId(account, conversation),
    channelId: options.channel ?? `chatwoot-inbox-${inbox}`,
    role,
    sentAt: time?.instant,
    galleryKey: options.galleryKey,
  };
  return checked(place, draft, time?.warning);
}

function isTrue(flag: Message['private']): boolean {
  return flag === true || flag === 1 || flag === 't' || flag === 'true' || flag === '1';
}

/** Seconds since 1970 in the API; in the table a time of UTC that does not say so. */
function timeOf(written: string | undefined, zone: string): ReadTime | undefined {
  const read = written === undefined ? undefined : readTime(written);
  if (read === undefined) return undefined;
  return 'instant' in read ? { instant: read.instant } : instantIn(zone, read.wall);
}
