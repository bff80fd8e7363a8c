import type { Role } from '../../../../../functions/shared/domain/message.ts';
import { hashedId, INVALID_MESSAGE, refused, skipped } from '../checked-message.ts';
import type { ExportRecord } from '../export-record.ts';
import { linesOf } from '../files/lines.ts';
import type { SourceFile } from '../files/source.ts';
import { ExportError, ImportUsageError, type OpenQuestion } from '../import-errors.ts';
import { type DateOrder, NOBODY } from '../read-options.ts';
import { instantIn } from '../times.ts';
import {
  AuthorCounts,
  botQuestions,
  channelQuestions,
  type Format,
  type PreparedExport,
  prepareFiles,
  type ReadContext,
  zoneQuestions,
} from './format.ts';
import { DateOrderDetector, dayIn } from './whatsapp-dates.ts';
import { type ChatLine, isAttachment, plainAuthor, readChatLine } from './whatsapp-lines.ts';

export const whatsapp: Format = {
  name: 'whatsapp',
  title: 'a WhatsApp chat (text, of Android or iOS)',
  uses: ['channel', 'galleryKey', 'timeZone', 'dateOrder', 'bots', 'authors', 'conversation'],
  async prepare(found, context) {
    const { conversation } = context.options;
    if (conversation === 'thread' || conversation === 'channel') {
      throw new ImportUsageError('--conversation: a chat of WhatsApp is one conversation, and takes its id');
    }
    const renamed = new RenamedAuthors(context.options.authors);
    const prepared = await prepareFiles(found, (file) => prepareFile(file, context, renamed));
    renamed.requireAllFound();
    return prepared;
  },
};

/** Contacts who had other names in exports before this one. */
class RenamedAuthors {
  readonly #before: ReadonlyMap<string, string>;
  readonly #missing: Set<string>;

  constructor(authors: ReadonlyMap<string, string>) {
    const names = [...authors].map(([name, before]) => [plainAuthor(name), plainAuthor(before)] as const);
    this.#before = new Map(names);
    this.#missing = new Set(this.#before.keys());
  }

  /** The name by which an author is known, of the one that a file has. */
  known(author: string): string {
    this.#missing.delete(author);
    return this.#before.get(author) ?? author;
  }

  /** @throws ImportUsageError for one who wrote nothing: under the wrong name, messages would count a second time */
  requireAllFound(): void {
    const [missing] = this.#missing;
    if (missing !== undefined)
      throw new ImportUsageError(`--author: nobody wrote here who is called "${missing}"`);
  }
}

async function prepareFile(
  file: SourceFile,
  context: ReadContext,
  renamed: RenamedAuthors,
): Promise<PreparedExport> {
  const detector = new DateOrderDetector(context.now);
  const authors = new AuthorCounts();
  let example: string | undefined;
  for await (const line of linesOf(file)) {
    const chatLine = 'text' in line ? readChatLine(line.text) : undefined;
    if (chatLine === undefined || !('text' in line)) continue;
    detector.add(line.number, chatLine.date);
    example ??= exampleOf(line.text);
    if (!isOfChat(chatLine, line.number, line.text) && chatLine.author !== undefined) {
      const author = renamed.known(chatLine.author);
      authors.add(author, author);
    }
  }
  if (example === undefined) throw new ExportError(file.name, '', 'holds no line of a WhatsApp chat');
  const order = orderOf(file.name, detector, context);
  return {
    questions: [
      ...channelQuestions(file.name, context, 'whatsapp'),
      ...zoneQuestions(file.name, context, example),
      ...(typeof order === 'string' ? [] : [order]),
      ...botQuestions(file.name, context, authors.all, ({ id }) => isBot(id, context, renamed)),
    ],
    read: () => readFile(file, typeof order === 'string' ? order : 'dmy', context, renamed),
  };
}

/** The date and the time of a line, without what was said. */
function exampleOf(line: string): string {
  return line
    .slice(0, line.search(/[\]]|\s[-–]\s/))
    .replace(/^[^\d\p{Nd}]+/u, '')
    .slice(0, 30);
}

/** The order of the dates, or the question for it. */
function orderOf(
  name: string,
  detector: DateOrderDetector,
  { options }: ReadContext,
): DateOrder | OpenQuestion {
  const { dateOrder } = options;
  if (dateOrder !== undefined) {
    const wrong = detector.wrongLine(dateOrder);
    if (wrong === undefined) return dateOrder;
    throw new ImportUsageError(
      `--date-order ${dateOrder}: the date of ${name} line ${wrong} is none in this order`,
    );
  }
  const { possible } = detector;
  const [only, ...others] = possible;
  if (only !== undefined && others.length === 0) return only;
  return {
    option: '--date-order',
    about: name,
    question:
      only === undefined
        ? 'No order of day, month and year fits all of its dates. Which one is it?'
        : 'Its dates can be read in several orders. Which one is it?',
    choices: (only === undefined ? (['dmy', 'mdy', 'ymd'] as const) : possible).map((order) => ({
      value: order,
      label: { dmy: 'day, month, year', mdy: 'month, day, year', ymd: 'year, month, day' }[order],
    })),
  };
}

/** @param author by the name by which they are known; the bot may be called as in the file, too */
function isBot(author: string, { options: { bots } }: ReadContext, renamed: RenamedAuthors): boolean {
  return bots.some((bot) => bot !== NOBODY && renamed.known(plainAuthor(bot)) === author);
}

/** Whether the phone wrote a line about the chat. What it writes first, in whatever language, is how it is encrypted. */
function isOfChat(line: ChatLine, number: number, written: string): boolean {
  return line.isSystem || (line.isMarked && number === 1 && !isAttachment(written));
}

async function* readFile(
  file: SourceFile,
  order: DateOrder,
  context: ReadContext,
  renamed: RenamedAuthors,
): AsyncGenerator<ExportRecord> {
  const conversation = context.options.conversation ?? chatName(file);
  const ordinals = new Ordinals();
  for await (const line of linesOf(file)) {
    const place = `${file.name} line ${line.number}`;
    if ('problem' in line) {
      yield refused(place, INVALID_MESSAGE, `the line ${line.problem}`);
      continue;
    }
    const chatLine = readChatLine(line.text);
    if (chatLine === undefined) continue;
    if (isOfChat(chatLine, line.number, line.text) || chatLine.author === undefined) {
      yield skipped(place, 'system line');
      continue;
    }
    const author = renamed.known(chatLine.author);
    const role = isBot(author, context, renamed) ? 'assistant' : 'user';
    yield recordOf(place, { ...chatLine, author, role }, order, conversation, ordinals, context);
  }
}

function recordOf(
  place: string,
  line: ChatLine & { author: string; role: Role },
  order: DateOrder,
  conversation: string,
  ordinals: Ordinals,
  context: ReadContext,
): ExportRecord {
  const { author, date, hour, minute, second } = line;
  const day = dayIn(order, date);
  if (day === undefined) return refused(place, INVALID_MESSAGE, `its date is none in the order ${order}`);
  const { options, checked } = context;
  const [year = 0, month = 0, dayOfMonth = 0] = day.split('-').map(Number);
  const wall = { year, month, day: dayOfMonth, hour, minute, second, millisecond: 0 };
  const time = options.timeZone === undefined ? undefined : instantIn(options.timeZone, wall);
  // The minute, not the second, which only iOS writes: so exports of both, of one chat, agree.
  const localMinute = `${day}T${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
  const ordinal = ordinals.next(JSON.stringify([author, localMinute]));
  const draft = {
    messageId: hashedId('whatsapp', [conversation, author, localMinute, ordinal]),
    conversationId: conversation,
    channelId: options.channel ?? '',
    role: line.role,
    sentAt: time?.instant,
    galleryKey: options.galleryKey ?? 'whatsapp',
  };
  return checked(place, draft, time?.warning);
}

/** What phones call the file of every chat: then the chat is called as its folder or ZIP is. */
const SAME_NAME = /^_chat$/;

/** The name of a chat, as far as the names of files tell it. */
function chatName({ name }: Pick<SourceFile, 'name'>): string {
  const parts = name.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
  const own = withoutEnding(parts.at(-1) ?? name);
  return SAME_NAME.test(own) ? withoutEnding(parts.at(-2) ?? own) : own;
}

function withoutEnding(name: string): string {
  return name.replace(/\.(txt|zip)$/i, '').trim();
}

/** How many minutes of authors are remembered: a chat goes back in time by an hour at most, when clocks change. */
const MOST_MINUTES = 50_000;

/** Numbers what one author wrote in one minute. */
class Ordinals {
  readonly #last = new Map<string, number>();

  next(key: string): number {
    const ordinal = (this.#last.get(key) ?? 0) + 1;
    this.#last.delete(key);
    this.#last.set(key, ordinal);
    for (const oldest of this.#last.keys()) {
      if (this.#last.size <= MOST_MINUTES) break;
      this.#last.delete(oldest);
    }
    return ordinal;
  }
}
