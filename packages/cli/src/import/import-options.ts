import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseIdentifier } from '../../../../tools/support/option-values.ts';
import { UsageError } from '../exit-codes.ts';
import type { GivenOption } from './open-questions.ts';
import {
  DATE_ORDERS,
  type DateOrder,
  EXPORT_FORMATS,
  type ExportFormat,
  type ReadOptions,
} from './read-options.ts';

/** The options that say of files what does not stand in them, as they were typed. */
export interface GivenReadOptions {
  format?: ExportFormat;
  channel?: string;
  galleryKey?: string;
  timeZone?: string;
  dateOrder?: DateOrder;
  dateFormat?: string;
  bot?: string[];
  author?: [string, string][];
  ownAddress?: string[];
  chat?: string[];
  conversation?: string;
  map?: [string, string][];
  role?: [string, string][];
  delimiter?: string;
}

/** Adds them to a command. */
export function withReadOptions(command: Command): Command {
  for (const option of readOptions()) command.addOption(option);
  return command;
}

function readOptions(): Option[] {
  return [
    new Option('--format <format>', 'what the files are, where their content does not tell').choices(
      EXPORT_FORMATS,
    ),
    new Option('--channel <id>', 'the channel of messages whose file names none').argParser(parseIdentifier),
    new Option('--gallery-key <key>', 'the kind of that channel, such as slack').argParser(parseIdentifier),
    new Option('--time-zone <zone>', 'of times that are written without one: Europe/Zurich, UTC, +02:00'),
    new Option('--date-order <order>', 'how WhatsApp writes days').choices(DATE_ORDERS),
    new Option('--date-format <pattern>', 'how times are written, as DD.MM.YYYY HH:mm:ss'),
    several('--bot <who>', 'an author who is no user, by id or name; - where there is none', same),
    several(
      '--author <name=before>',
      'a WhatsApp contact who was renamed, with the name of earlier exports, as "Ann Miller=Ann"',
      parsePair,
    ),
    several('--own-address <address>', 'a mail address of the peer, whose mails are no users', same),
    several('--chat <id>', 'a chat that is wanted, of a file that holds several', same),
    new Option(
      '--conversation <which>',
      'what a conversation is: thread or channel of Slack, or the id of the one in the file',
    ),
    several('--map <field=column>', 'which column holds a field, as sentAt=created_at', parsePair),
    several('--role <value=role>', 'which role a value of the role column is, as customer=user', parsePair),
    new Option('--delimiter <text>', 'what is between two cells of CSV'),
  ];
}

/** One that may be given again and again. */
function several<Value>(flags: string, description: string, parse: (text: string) => Value): Option {
  return new Option(flags, `${description}; may be repeated`).argParser(
    (text: string, before: Value[] = []) => [...before, parse(text)],
  );
}

function same(text: string): string {
  return text;
}

function parsePair(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1)
    throw new InvalidArgumentError('It must be two names with = between them.');
  return [text.slice(0, at), text.slice(at + 1)];
}

/**
 * Gives a command the options by which somebody answered questions, as if they had been typed.
 *
 * @throws UsageError where an option cannot have such a value
 */
export function giveOptions(command: Command, answers: readonly GivenOption[]): void {
  for (const [flag, value] of answers) {
    const option = command.options.find(({ long }) => long === flag);
    if (option === undefined) throw new Error(`there is no option ${flag}`);
    const name = option.attributeName();
    try {
      command.setOptionValue(name, option.parseArg?.(value, command.getOptionValue(name)) ?? value);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new UsageError(`${flag} cannot be ${value}: ${error.message}`, error);
    }
  }
}

/** The options of a command, as reading takes them. */
export function readOptionsOf(command: Command): ReadOptions {
  const { format, channel, galleryKey, timeZone, dateOrder, dateFormat, conversation, delimiter, ...given } =
    command.opts<GivenReadOptions>();
  return {
    ...(format !== undefined && { format }),
    ...(channel !== undefined && { channel }),
    ...(galleryKey !== undefined && { galleryKey }),
    ...(timeZone !== undefined && { timeZone }),
    ...(dateOrder !== undefined && { dateOrder }),
    ...(dateFormat !== undefined && { dateFormat }),
    ...(conversation !== undefined && { conversation }),
    ...(delimiter !== undefined && { delimiter }),
    bots: given.bot ?? [],
    authors: new Map(given.author),
    ownAddresses: given.ownAddress ?? [],
    chats: given.chat ?? [],
    map: new Map(given.map),
    roles: new Map(given.role),
  };
}
