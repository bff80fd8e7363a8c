import type { EpochMillis } from '../../../../../functions/shared/domain/utc-day.ts';
import type { MessageChecker } from '../checked-message.ts';
import type { ExportRecord } from '../export-record.ts';
import type { SourceFile } from '../files/source.ts';
import type { Choice, OpenQuestion } from '../import-errors.ts';
import { type ExportFormat, NOBODY, type ReadOptions } from '../read-options.ts';

/** What of the options only some formats have a use for. */
export type OptionName = Exclude<keyof ReadOptions, 'format'>;

/** An export that was found: a file, or the files of one that lies in a folder. */
export interface FoundExport {
  /** What a person knows it by. */
  name: string;
  files: readonly SourceFile[];
}

/** What formats read by. */
export interface ReadContext {
  now: EpochMillis;
  options: ReadOptions;
  checked: MessageChecker;
}

export interface PreparedExport {
  /** What it leaves open; it is not read before they are answered. */
  questions: readonly OpenQuestion[];
  /** Reads its records: once, and each of its files at most once. */
  read(): AsyncGenerator<ExportRecord>;
}

/** One format of exports. */
export interface Format {
  readonly name: ExportFormat;
  /** What it is, in a list of what is known. */
  readonly title: string;
  readonly uses: readonly OptionName[];
  /**
   * Looks through all exports of the format for what has to be known before the first record, in as many as are given.
   *
   * @throws {ExportError} for one that cannot be read, {ImportUsageError} for options that cannot be
   */
  prepare(found: readonly FoundExport[], context: ReadContext): Promise<readonly PreparedExport[]>;
}

/** Prepares exports file by file, one after another. */
export async function prepareFiles(
  found: readonly FoundExport[],
  prepare: (file: SourceFile, of: FoundExport) => Promise<PreparedExport>,
): Promise<PreparedExport[]> {
  const prepared: PreparedExport[] = [];
  for (const one of found) for (const file of one.files) prepared.push(await prepare(file, one));
  return prepared;
}

/**
 * Prepares exports that leave nothing open but their channel.
 *
 * @param likely what the channel is likely to be called
 */
export async function prepareByChannel(
  found: readonly FoundExport[],
  context: ReadContext,
  likely: string,
  readFile: (file: SourceFile, context: ReadContext) => AsyncGenerator<ExportRecord>,
): Promise<PreparedExport[]> {
  return found.map(({ name, files }) => ({
    questions: channelQuestions(name, context, likely),
    async *read() {
      for (const file of files) yield* readFile(file, context);
    },
  }));
}

/** Asks for the channel where it is not given: it never changes once a message is recorded. */
export function channelQuestions(name: string, { options }: ReadContext, likely: string): OpenQuestion[] {
  if (options.channel !== undefined) return [];
  return [
    {
      option: '--channel',
      about: name,
      question: 'The file names no channel. Which one are its messages of? It cannot be changed later.',
      choices: [{ value: likely, label: likely }],
    },
  ];
}

/** Asks for the zone of times that are written without one. */
export function zoneQuestions(name: string, { options }: ReadContext, example: string): OpenQuestion[] {
  if (options.timeZone !== undefined) return [];
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return [
    {
      option: '--time-zone',
      about: name,
      question: `Its times have no time zone (${example}). Which one are they in?`,
      choices: [
        { value: own, label: `${own}, that of this computer` },
        ...(own === 'UTC' ? [] : [{ value: 'UTC', label: 'UTC' }]),
      ],
    },
  ];
}

/** Somebody who wrote something in a file. */
export interface Author {
  /** What names the author as an option takes it. */
  id: string;
  /** As people know the author. */
  name: string;
  messages: number;
}

/** Asks who is the bot, unless one of those who were named wrote something here, or nobody is one. */
export function botQuestions(
  name: string,
  { options }: ReadContext,
  authors: readonly Author[],
  isBot: (author: Author) => boolean,
): OpenQuestion[] {
  const isAnswered = options.bots.includes(NOBODY) || authors.some(isBot);
  if (isAnswered || authors.length === 0) return [];
  const named = options.bots.map((bot) => `"${bot}"`).join(', ');
  const question = 'Who is the bot? Messages of all others count as those of users.';
  return [
    {
      option: '--bot',
      about: name,
      question: named === '' ? question : `Nobody wrote here who is called ${named}. ${question}`,
      choices: [...authorChoices(authors), { value: NOBODY, label: 'nobody: all of them are users' }],
      several: true,
    },
  ];
}

/** How many authors are offered, those with the most messages. */
const MOST_CHOICES = 30;

export function authorChoices(authors: readonly Author[]): Choice[] {
  return authors
    .toSorted((a, b) => b.messages - a.messages)
    .slice(0, MOST_CHOICES)
    .map(({ id, name, messages }) => ({
      value: id,
      label: `${name === id || name === '' ? id : `${name} (${id})`}, ${messages} message${messages === 1 ? '' : 's'}`,
    }));
}

/** How many authors are told apart before a file was read: what is beyond them need not be offered. */
const MOST_AUTHORS = 10_000;

/** Counts who wrote how much. */
export class AuthorCounts {
  readonly #authors = new Map<string, Author>();

  add(id: string, name: string): void {
    const author = this.#authors.get(id);
    if (author !== undefined) author.messages += 1;
    else if (this.#authors.size < MOST_AUTHORS) this.#authors.set(id, { id, name, messages: 1 });
  }

  get all(): readonly Author[] {
    return [...this.#authors.values()];
  }
}

/** Whether what was rare in a file, at most one in twenty, can be refused row by row instead of being asked for. */
export function isRare(part: number, all: number): boolean {
  return part * 20 <= all;
}
