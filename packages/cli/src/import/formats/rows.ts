import { INSTANT_WORDS } from '../../../../../functions/shared/domain/instant.ts';
import { ROLES } from '../../../../../functions/shared/domain/message.ts';
import { plainName } from '../../../../../functions/shared/http/nearest-name.ts';
import { nearestAdvice } from '../../nearest-advice.ts';
import { INVALID_MESSAGE, refused } from '../checked-message.ts';
import { COMMON_DATE_FORMATS, type DateReader, dateReader } from '../date-format.ts';
import type { ExportRecord } from '../export-record.ts';
import { ImportUsageError, type OpenQuestion } from '../import-errors.ts';
import type { ReadOptions } from '../read-options.ts';
import { instantIn, type ReadTime, readTime } from '../times.ts';
import { isRare, type ReadContext, zoneQuestions } from './format.ts';

/** The fields of a message, as `--map` calls them. */
export const MAPPED_FIELDS = [
  'messageId',
  'conversationId',
  'channelId',
  'role',
  'sentAt',
  'channelName',
  'galleryKey',
] as const;
type MappedField = (typeof MAPPED_FIELDS)[number];

/** A row, by its columns. What is neither text nor a number is no value of a message. */
export interface Row {
  /** The text of a cell; `null` for a value that is of another kind, nothing where there is none. */
  cell(column: string): string | null | undefined;
}

/** Which column holds what. */
export type Mapping = ReadonlyMap<MappedField, string>;

/** How many different values are told apart, and how many rows are looked at for an example. */
const MOST_VALUES = 50;
const EXAMPLE_ROWS = 100;
const LONGEST_EXAMPLE = 40;

/** Looks through the rows of a file for what it leaves open. */
export class RowSurvey {
  readonly #context: ReadContext;
  readonly #name: string;
  readonly #columns = new Set<string>();
  readonly #examples = new Map<string, string | undefined>();
  readonly #reader: DateReader | undefined;
  /** What the times that cannot be read without help could be written in. */
  #formats: readonly { format: string; reader: DateReader }[] | undefined;
  #rows = 0;
  #roles = 0;
  readonly #unknownRoles = new Map<string, number>();
  #moreUnknownRoles = 0;
  #times = 0;
  #withoutZone = 0;
  #withoutZoneExample = '';
  #unreadable = 0;
  #unreadableExample = '';

  constructor(name: string, context: ReadContext) {
    this.#name = name;
    this.#context = context;
    this.#reader = readerOf(context.options);
  }

  /** @param columns all of them, those of the header or of this row */
  add(columns: Iterable<string>, row: Row): void {
    this.#rows += 1;
    const { map } = this.#context.options;
    if (this.#columns.size < 1000) for (const column of columns) this.#columns.add(column);
    if (this.#rows <= EXAMPLE_ROWS) for (const column of columns) this.#addExample(column, row.cell(column));
    this.#addRole(row.cell(map.get('role') ?? 'role'));
    this.#addTime(row.cell(map.get('sentAt') ?? 'sentAt'));
  }

  /** Columns of a file whose rows were not looked at, because it has none. */
  addColumns(columns: Iterable<string>): void {
    for (const column of columns) this.#columns.add(column);
  }

  get mapping(): Mapping {
    const { map } = this.#context.options;
    const mapping = new Map<MappedField, string>();
    for (const field of MAPPED_FIELDS) {
      const column = map.get(field) ?? (this.#columns.has(field) ? field : undefined);
      if (column !== undefined) mapping.set(field, column);
    }
    return mapping;
  }

  /** @throws {ImportUsageError} where `--map` names a column that is not there */
  get questions(): OpenQuestion[] {
    const { map } = this.#context.options;
    for (const [field, column] of map) {
      if (this.#rows === 0 || this.#columns.has(column)) continue;
      const help = nearestAdvice(column, [...this.#columns]);
      throw new ImportUsageError(
        `--map ${field}=${column}: ${this.#name} has no column of that name: ${help}`,
      );
    }
    return [...this.#mapQuestions(), ...this.#roleQuestions(), ...this.#timeQuestions()];
  }

  #addExample(column: string, cell: string | null | undefined): void {
    if (cell === null || cell === undefined || cell === '') return;
    // What has spaces, and is no date, may be what somebody said.
    const isPlain =
      cell.length <= LONGEST_EXAMPLE && (!/\s/.test(cell) || /^[\d.:/+\-\s,TZAPMapm]+$/.test(cell));
    if (!isPlain) this.#examples.set(column, undefined);
    else if (!this.#examples.has(column)) this.#examples.set(column, cell);
  }

  #addRole(cell: string | null | undefined): void {
    if (cell === null || cell === undefined || cell === '') return;
    this.#roles += 1;
    if (roleOf(cell, this.#context.options) !== undefined) return;
    const known = this.#unknownRoles.get(cell);
    if (known !== undefined || this.#unknownRoles.size < MOST_VALUES)
      this.#unknownRoles.set(cell, (known ?? 0) + 1);
    else this.#moreUnknownRoles += 1;
  }

  #addTime(cell: string | null | undefined): void {
    if (cell === null || cell === undefined || cell === '') return;
    this.#times += 1;
    const read = (this.#reader ?? readTime)(cell);
    if (read === undefined) {
      this.#unreadable += 1;
      this.#unreadableExample ||= cell;
      this.#formats ??= COMMON_DATE_FORMATS.map((format) => ({ format, reader: dateReader(format) }));
      const fitting = this.#formats.filter(({ reader }) => isTime(reader(cell)));
      // A cell that fits none is refused later, and must not take the likely ones away.
      if (fitting.length > 0) this.#formats = fitting;
    } else if ('wall' in read) {
      this.#withoutZone += 1;
      this.#withoutZoneExample ||= cell;
    }
  }

  #mapQuestions(): OpenQuestion[] {
    if (this.#rows === 0) return [];
    const { options } = this.#context;
    const given = new Set<MappedField>();
    if (options.channel !== undefined) given.add('channelId');
    if (options.conversation !== undefined) given.add('conversationId');
    const needed = (['messageId', 'conversationId', 'channelId', 'role', 'sentAt'] as const).filter(
      (field) => !this.mapping.has(field) && !given.has(field),
    );
    return needed.map((field, index) => {
      const columns = this.#columnsNearest(field);
      // Where no column is called like it, all rows may be of one channel.
      if (field === 'channelId' && !columns.some((column) => /channel|inbox|source/i.test(column))) {
        return {
          option: '--channel',
          about: this.#name,
          question:
            'Which channel are its messages of? It cannot be changed later. (A column that holds it is named by --map channelId=COLUMN.)',
        };
      }
      return {
        option: `--map ${field}=`,
        about: this.#name,
        question: `Which column holds ${field}?${index === 0 ? this.#exampleText() : ''}`,
        choices: columns.map((column) => ({ value: column, label: column })),
      };
    });
  }

  #exampleText(): string {
    const shown = [...this.#columns].map((column) => `${column}: ${this.#examples.get(column) ?? '…'}`);
    return ` An example: ${shown.join(', ')}.`;
  }

  /** Columns that are called nearly so come first. */
  #columnsNearest(field: MappedField): string[] {
    const plain = plainName(field);
    const distance = (column: string) => {
      const name = plainName(column);
      return name === plain ? 0 : name !== '' && (name.includes(plain) || plain.includes(name)) ? 1 : 2;
    };
    return [...this.#columns].toSorted((a, b) => distance(a) - distance(b));
  }

  #roleQuestions(): OpenQuestion[] {
    const { options } = this.#context;
    const unknown = [...this.#unknownRoles.values()].reduce(
      (sum, count) => sum + count,
      this.#moreUnknownRoles,
    );
    if (options.roles.size > 0 || isRare(unknown, this.#roles)) return [];
    const isOfRoles =
      this.#moreUnknownRoles === 0 &&
      [...this.#unknownRoles.keys()].every((one) => one.length <= LONGEST_EXAMPLE);
    if (!isOfRoles) {
      throw new ImportUsageError(
        `--map role: what ${this.#name} has in the column "${this.mapping.get('role') ?? 'role'}" looks like no roles: ` +
          `there are more than ${MOST_VALUES} values, or long ones`,
      );
    }
    return [...this.#unknownRoles].map(([value, count]) => ({
      option: `--role ${value}=`,
      about: this.#name,
      question: `Which role is "${value}" (${count} row${count === 1 ? '' : 's'})?`,
      choices: ROLES.map((role) => ({ value: role, label: role })),
    }));
  }

  #timeQuestions(): OpenQuestion[] {
    const questions: OpenQuestion[] = [];
    if (this.#reader === undefined && !isRare(this.#unreadable, this.#times)) {
      const isShort = this.#unreadableExample.length <= LONGEST_EXAMPLE;
      questions.push({
        option: '--date-format',
        about: this.#name,
        question: `How are its times written${isShort ? `, such as ${this.#unreadableExample}` : ''}? (as DD.MM.YYYY HH:mm:ss)`,
        choices: (this.#formats ?? []).slice(0, 8).map(({ format }) => ({ value: format, label: format })),
      });
      // Whether they have a zone is known then.
      questions.push(
        ...zoneQuestions(this.#name, this.#context, this.#unreadableExample.slice(0, LONGEST_EXAMPLE)),
      );
    } else if (!isRare(this.#withoutZone, this.#times)) {
      questions.push(...zoneQuestions(this.#name, this.#context, this.#withoutZoneExample));
    }
    return questions;
  }
}

/** Whether what was read is a time that there is: the 22nd month has none. */
function isTime(read: ReturnType<DateReader>): boolean {
  return read !== undefined && ('instant' in read || instantIn('UTC', read.wall) !== undefined);
}

function readerOf({ dateFormat }: ReadOptions): DateReader | undefined {
  return dateFormat === undefined ? undefined : dateReader(dateFormat);
}

function roleOf(value: string, { roles }: ReadOptions): string | undefined {
  return roles.get(value) ?? ROLES.find((role) => role === value);
}

/** Makes records of rows. */
export function rowReader(mapping: Mapping, context: ReadContext): (place: string, row: Row) => ExportRecord {
  const { options, checked } = context;
  const reader = readerOf(options);
  return (place, row) => {
    const cell = (field: MappedField): string | undefined => {
      const column = mapping.get(field);
      const value = column === undefined ? undefined : row.cell(column);
      if (value === null) throw new RowError(`${field} must be a string`);
      return value;
    };
    try {
      const role = neededCell('role', cell);
      const time = timeOf(cell('sentAt'), reader, options);
      const draft = {
        messageId: neededCell('messageId', cell),
        conversationId: cell('conversationId') ?? options.conversation ?? missing('conversationId'),
        channelId: cell('channelId') ?? options.channel ?? missing('channelId'),
        role: roleOf(role, options) ?? unknownRole(),
        sentAt: time.instant,
        channelName: cell('channelName') || undefined,
        galleryKey: cell('galleryKey') || options.galleryKey,
      };
      return checked(place, draft, time.warning);
    } catch (error) {
      if (error instanceof RowError) return refused(place, INVALID_MESSAGE, error.message);
      throw error;
    }
  };
}

/** A row is no message. It says why, and never with what stands in it. */
class RowError extends Error {
  override name = 'RowError';
}

function missing(field: MappedField): never {
  throw new RowError(`has no ${field}`);
}

function neededCell(field: MappedField, cell: (field: MappedField) => string | undefined): string {
  return cell(field) ?? missing(field);
}

function unknownRole(): never {
  throw new RowError(`role must be one of ${ROLES.join(', ')}, or --role must tell which one it is`);
}

function timeOf(written: string | undefined, reader: DateReader | undefined, options: ReadOptions): ReadTime {
  if (written === undefined || written === '')
    throw new RowError('has no sentAt: an import must not date it today');
  const read = (reader ?? readTime)(written);
  if (read === undefined) {
    throw new RowError(
      reader === undefined
        ? `sentAt must be ${INSTANT_WORDS}`
        : `sentAt is not written as ${options.dateFormat}`,
    );
  }
  if ('instant' in read) return { instant: read.instant };
  if (options.timeZone === undefined)
    throw new RowError('sentAt has no time zone, and --time-zone names none');
  const time = instantIn(options.timeZone, read.wall);
  if (time === undefined) throw new RowError('sentAt is a time that there is not');
  return time;
}
