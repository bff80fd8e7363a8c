import * as z from 'zod/mini';
import { parseInstant } from '../../../../../functions/shared/domain/instant.ts';
import { INVALID_MESSAGE, refused, skipped } from '../checked-message.ts';
import type { ExportRecord } from '../export-record.ts';
import { type Json, type JsonPath, readJson } from '../files/json-events.ts';
import type { SourceFile } from '../files/source.ts';
import { utf8Bytes } from '../files/utf8.ts';
import { ExportError } from '../import-errors.ts';
import { booleanField, idField, partField, textField } from './fields.ts';
import { type Format, prepareByChannel, type ReadContext } from './format.ts';

const TEXTS = new Set([
  'content',
  'attachments',
  'embeds',
  'stickers',
  'reactions',
  'mentions',
  'inlineEmojis',
  'forwardedMessage',
  'reference',
  'interaction',
  'roles',
]);

const MESSAGE = z.object({
  id: idField,
  type: idField,
  timestamp: textField,
  author: partField({
    id: idField,
    name: textField,
    nickname: textField,
    discriminator: textField,
    isBot: booleanField,
  }),
});
type Message = z.output<typeof MESSAGE>;

/** What people write. */
const OF_PEOPLE = new Set(['Default', 'Reply']);
/** A bot's answer to a command, a kind that the exporter has no name for. The command itself is in no export. */
const ANSWERS = new Set(['20', 'ChatInputCommand']);

export const discord: Format = {
  name: 'discord',
  title: 'a Discord export (JSON of DiscordChatExporter)',
  uses: ['channel', 'galleryKey', 'bots'],
  prepare: (found, context) => prepareByChannel(found, context, 'discord', readFile),
};

async function* readFile(file: SourceFile, context: ReadContext): AsyncGenerator<ExportRecord> {
  let channel: string | undefined;
  const plan = {
    enter: ([first, ...rest]: JsonPath) =>
      first === undefined || (rest.length === 0 && (first === 'messages' || first === 'channel')),
    read: (path: JsonPath) => path[0] === 'messages',
    drop: TEXTS,
  };
  for await (const event of readJson(file.name, utf8Bytes(file), plan)) {
    if (event.kind !== 'value' || event.path.length !== 2) continue;
    if (event.path[0] === 'channel' && event.path[1] === 'id')
      channel = z.safeParse(idField, event.value).data;
    if (event.path[0] !== 'messages') continue;
    if (channel === undefined)
      throw new ExportError(file.name, '', 'does not name its channel before its messages');
    yield recordOf(file.name, channel, event.value, context);
  }
}

function recordOf(
  name: string,
  channel: string,
  value: Json,
  { options, checked }: ReadContext,
): ExportRecord {
  const message = z.safeParse(MESSAGE, value).data;
  if (message?.id === undefined) return refused(name, INVALID_MESSAGE, 'a message has no id');
  const place = `${name} id ${message.id}`;
  const { author, timestamp } = message;
  if (author?.id === undefined) return skipped(place, 'nobody is named as its author');
  const isNamed = [author.id, author.name, author.nickname].some(
    (one) => one !== undefined && options.bots.includes(one),
  );
  const reason = reasonToSkip(message, isNamed);
  if (reason !== undefined) return skipped(place, reason);
  return checked(place, {
    messageId: message.id,
    conversationId: channel,
    channelId: options.channel ?? '',
    role: isNamed || author.isBot === true ? 'assistant' : 'user',
    sentAt: timestamp === undefined ? undefined : parseInstant(timestamp),
    galleryKey: options.galleryKey ?? 'discord',
  });
}

function reasonToSkip({ type = 'missing', author }: Message, isNamed: boolean): string | undefined {
  const isBot = author?.isBot === true;
  if (type === '21') return 'type 21, the thread starter: a copy of a message in the parent channel';
  if (!OF_PEOPLE.has(type) && !(ANSWERS.has(type) && isBot)) return `type ${type}`;
  // Bots have a number behind their name; what has none posts by a webhook.
  return isBot && !isNamed && author.discriminator === '0000' ? 'webhook bot' : undefined;
}
