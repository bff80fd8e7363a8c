import * as z from 'zod/mini';
import { INVALID_MESSAGE, refused, skipped } from '../checked-message.ts';
import type { ExportRecord } from '../export-record.ts';
import { type Json, type JsonPath, readJson } from '../files/json-events.ts';
import type { SourceFile } from '../files/source.ts';
import { utf8Bytes } from '../files/utf8.ts';
import type { OpenQuestion } from '../import-errors.ts';
import { NOBODY } from '../read-options.ts';
import { instantIn, isoWallTime, type ReadTime } from '../times.ts';
import { idField, textField } from './fields.ts';
import {
  type Author,
  AuthorCounts,
  botQuestions,
  channelQuestions,
  type Format,
  type FoundExport,
  type PreparedExport,
  prepareFiles,
  type ReadContext,
  zoneQuestions,
} from './format.ts';

const TEXTS = new Set([
  'text',
  'text_entities',
  'caption',
  'poll',
  'members',
  'reactions',
  'inline_bot_buttons',
]);

const MESSAGE = z.object({
  id: idField,
  type: textField,
  date: textField,
  date_unixtime: idField,
  from: textField,
  from_id: idField,
});
type TelegramMessage = z.output<typeof MESSAGE>;

/** A chat of a file; what stands before its messages and what was found by looking through them. */
interface Chat {
  id: string | undefined;
  name: string | undefined;
  type: string | undefined;
  isLeft: boolean;
  /** Whether it is one of many, in the export of an account. */
  isOfAccount: boolean;
  messages: number;
  authors: AuthorCounts;
  /** The first time of a message that has no `date_unixtime`. */
  timeWithoutZone?: string;
}

export const telegram: Format = {
  name: 'telegram',
  title: 'a Telegram Desktop export (result.json)',
  uses: ['channel', 'galleryKey', 'timeZone', 'bots', 'chats'],
  prepare: (found, context) => prepareFiles(found, (file, one) => prepareFile(file, one, context)),
};

async function prepareFile(
  file: SourceFile,
  found: FoundExport,
  context: ReadContext,
): Promise<PreparedExport> {
  const chats = await chatsOf(file);
  const wanted = [...chats.values()].filter((chat) => isWanted(chat, context));
  const open = wantedQuestions(found.name, [...chats.values()], wanted, context);
  const withoutZone = wanted.find(({ timeWithoutZone }) => timeWithoutZone !== undefined);
  return {
    questions: [
      ...channelQuestions(found.name, context, 'telegram'),
      ...open,
      ...(open.length > 0 ? [] : wanted.flatMap((chat) => botsOf(found.name, chat, context))),
      ...(withoutZone === undefined
        ? []
        : zoneQuestions(found.name, context, withoutZone.timeWithoutZone ?? '')),
    ],
    read: () => readFile(file, chats, context),
  };
}

function isWanted({ id, isOfAccount }: Chat, { options: { chats } }: ReadContext): boolean {
  return chats.length === 0 ? !isOfAccount : id !== undefined && chats.includes(id);
}

/** Asks which chats are wanted: an account has private ones. */
function wantedQuestions(
  about: string,
  all: readonly Chat[],
  wanted: readonly Chat[],
  { options }: ReadContext,
): OpenQuestion[] {
  if (wanted.length > 0 || all.length === 0) return [];
  const question = 'Which of its chats are wanted? The others stay out.';
  return [
    {
      option: '--chat',
      about,
      question:
        options.chats.length === 0 ? question : `None of its chats has an id that --chat names. ${question}`,
      choices: all.flatMap((chat) =>
        chat.id === undefined
          ? []
          : [
              {
                value: chat.id,
                label: `${calledChat(chat)}, ${chat.type ?? 'of no kind'}, ${counted(chat)}`,
              },
            ],
      ),
      several: true,
    },
  ];
}

function botsOf(about: string, chat: Chat, context: ReadContext): OpenQuestion[] {
  // The bot of such a chat is the one with the chat's id.
  if (chat.type === 'bot_chat') return [];
  const name = chat.isOfAccount ? `${about} ${calledChat(chat)}` : about;
  return botQuestions(name, context, chat.authors.all, (author) => isNamedBot(author, context));
}

function isNamedBot({ id, name }: Pick<Author, 'id' | 'name'>, { options: { bots } }: ReadContext): boolean {
  return bots.some((bot) => bot !== NOBODY && (bot === id || bot === name || `user${bot}` === id));
}

function calledChat({ name, type, isLeft, id }: Chat): string {
  const kind = isLeft ? 'left chat' : 'chat';
  return name === undefined ? (type ?? `${kind} ${id ?? ''}`) : `${kind} "${name}"`;
}

function counted({ messages }: Chat): string {
  return `${messages} message${messages === 1 ? '' : 's'}`;
}

/** Looks through a file for its chats, by their paths. */
async function chatsOf(file: SourceFile): Promise<Map<string, Chat>> {
  const chats = new Map<string, Chat>();
  for await (const event of events(file, () => true)) {
    const chatPath = pathOfChat(event.path);
    if (chatPath === undefined) continue;
    const key = chatPath.join('/');
    const [field] = event.path.slice(chatPath.length);
    if (event.kind === 'enter' && field === 'messages') chatAt(chats, key, chatPath);
    if (event.kind !== 'value') continue;
    if (field === 'messages') addMessage(chatAt(chats, key, chatPath), event.value);
    else if (field === 'id' || field === 'name' || field === 'type') {
      const text = z.safeParse(idField, event.value).data;
      if (text !== undefined) chatAt(chats, key, chatPath)[field] = text;
    }
  }
  return chats;
}

function chatAt(chats: Map<string, Chat>, key: string, path: JsonPath): Chat {
  let chat = chats.get(key);
  if (chat === undefined) {
    chat = {
      id: undefined,
      name: undefined,
      type: undefined,
      isLeft: path[0] === 'left_chats',
      isOfAccount: path.length > 0,
      messages: 0,
      authors: new AuthorCounts(),
    };
    chats.set(key, chat);
  }
  return chat;
}

function addMessage(chat: Chat, value: Json): void {
  chat.messages += 1;
  const message = z.safeParse(MESSAGE, value).data;
  if (message?.type !== 'message') return;
  const author = authorOf(message);
  if (author?.startsWith('user')) chat.authors.add(author, message.from ?? '');
  if (message.date_unixtime === undefined && message.date !== undefined)
    chat.timeWithoutZone ??= message.date;
}

/** The path of the chat that something is of, or may be. */
function pathOfChat(path: JsonPath): JsonPath | undefined {
  if (path[0] !== 'chats' && path[0] !== 'left_chats') return [];
  return path[1] === 'list' && path.length > 2 ? path.slice(0, 3) : undefined;
}

/** What is told of a file. Messages of chats that nobody wants are passed by. */
function events(file: SourceFile, isRead: (chat: string) => boolean) {
  const plan = {
    enter: (path: JsonPath) => {
      if (path.at(-1) === 'messages') return isRead(path.slice(0, -1).join('/'));
      const isList = (path[0] === 'chats' || path[0] === 'left_chats') && path.length <= 3;
      return path.length === 0 || (isList && (path.length === 1 || path[1] === 'list'));
    },
    read: (path: JsonPath) => path.at(-2) === 'messages',
    drop: TEXTS,
  };
  return readJson(file.name, repaired(utf8Bytes(file)), plan);
}

async function* readFile(
  file: SourceFile,
  chats: ReadonlyMap<string, Chat>,
  context: ReadContext,
): AsyncGenerator<ExportRecord> {
  const isRead = (key: string) => {
    const chat = chats.get(key);
    return chat !== undefined && isWanted(chat, context);
  };
  for await (const { kind, path, ...rest } of events(file, isRead)) {
    const at = path.lastIndexOf('messages');
    const chat = at === -1 ? undefined : chats.get(path.slice(0, at).join('/'));
    if (chat === undefined) continue;
    if (kind === 'pass' && at === path.length - 1) {
      yield skipped(
        `${file.name} ${calledChat(chat)}`,
        `is not among the chats that --chat names (${counted(chat)})`,
      );
    } else if (kind === 'value' && 'value' in rest && at === path.length - 2) {
      yield recordOf(file.name, chat, rest.value, context);
    }
  }
}

function recordOf(name: string, chat: Chat, value: Json, context: ReadContext): ExportRecord {
  const message = z.safeParse(MESSAGE, value).data;
  const where = chat.isOfAccount ? `${name} chat ${chat.id ?? ''}` : name;
  if (message?.id === undefined) return refused(where, INVALID_MESSAGE, 'a message has no id');
  const place = `${where} id ${message.id}`;
  if (message.type !== 'message') return skipped(place, skippedReason(message.type));
  const author = authorOf(message);
  if (author === undefined) return skipped(place, 'nobody is named as its author');
  if (!author.startsWith('user'))
    return skipped(place, `from_id is a ${author.replace(/\d+$/, '')}, no person`);
  const { options, checked } = context;
  const isChatsBot = chat.type === 'bot_chat' && author === `user${chat.id ?? ''}`;
  const isBot = isChatsBot || isNamedBot({ id: author, name: message.from ?? '' }, context);
  const time = timeOf(message, options.timeZone);
  const draft = {
    messageId: message.id,
    conversationId: chat.id ?? '',
    channelId: options.channel ?? '',
    role: isBot ? 'assistant' : 'user',
    sentAt: time?.instant,
    galleryKey: options.galleryKey ?? 'telegram',
  };
  return checked(place, draft, time?.warning);
}

function skippedReason(type: string | undefined): string {
  if (type === 'unsupported') return 'unsupported: neither author nor date';
  return type === 'service' ? 'service' : `type ${type ?? 'is missing'}`;
}

/** Who wrote a message, such as `user123`. Before 2021 it was the number of a user alone. */
function authorOf({ from_id: id }: TelegramMessage): string | undefined {
  if (id === undefined) return undefined;
  return /^\d+$/.test(id) ? `user${id}` : id;
}

function timeOf(
  { date, date_unixtime: seconds }: TelegramMessage,
  zone: string | undefined,
): ReadTime | undefined {
  if (seconds !== undefined)
    return /^\d{1,11}$/.test(seconds) ? { instant: Number(seconds) * 1000 } : undefined;
  const wall = date === undefined ? undefined : isoWallTime(date);
  return wall === undefined || zone === undefined ? undefined : instantIn(zone, wall);
}

const BACKSLASH = 0x5c;
const SMALL_X = 0x78;

/** Telegram writes control characters as `\x1F`, which is no JSON: as JSON they are `\u001F`. */
export async function* repaired(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isEscape = false;
  for await (const piece of pieces) {
    const parts: Uint8Array[] = [];
    let from = 0;
    let at = 0;
    while (at < piece.length) {
      if (isEscape) {
        isEscape = false;
        if (piece[at] === SMALL_X) {
          parts.push(piece.subarray(from, at), U00);
          from = at + 1;
        }
        at += 1;
        continue;
      }
      const next = piece.indexOf(BACKSLASH, at);
      if (next === -1) break;
      isEscape = true;
      at = next + 1;
    }
    parts.push(piece.subarray(from));
    yield parts.length === 1 ? piece : Buffer.concat(parts);
  }
}

const U00 = Buffer.from('u00');
