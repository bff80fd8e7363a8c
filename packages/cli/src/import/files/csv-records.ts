import { parse } from 'csv-parse/sync';
import { type Line, linesOf, MOST_BYTES_AT_ONCE, NOT_UTF8, TOO_LONG } from './lines.ts';
import type { SourceFile } from './source.ts';

/** A record of CSV, by its number: the header has 0. `line` is that on which it begins. */
export type CsvRecord =
  | { number: number; line: number; cells: string[] }
  | { number: number; line: number; problem: string };

/** A record as text, or what keeps it from being read. */
type WrittenRecord = { line: number; text: string } | { line: number; problem: string };

/** Parsing several at once is many times faster than one by one. */
const RECORDS_AT_ONCE = 200;
const CHARACTERS_AT_ONCE = 1024 ** 2;

const SEPARATOR_LINE = /^sep=(.)$/;

/** What a first line such as `sep=;` says that cells are separated by; other lines say nothing. */
export function toldSeparator(firstLine: string): string | undefined {
  return SEPARATOR_LINE.exec(firstLine)?.[1];
}

/**
 * The records of CSV by RFC 4180, the header among them: quoted cells may hold line ends, and a quotation mark within a
 * cell that is not quoted is one. A record that cannot be read is told, and the next one is read. Empty lines are
 * records without cells; a first line `sep=;` is none.
 */
export async function* csvRecords(file: SourceFile, delimiter: string): AsyncGenerator<CsvRecord> {
  let number = 0;
  let waiting: { line: number; text: string }[] = [];
  let characters = 0;
  const parsed = function* (): Generator<CsvRecord> {
    for (const cells of cellsOf(waiting, delimiter)) yield { number: number++, ...cells };
    waiting = [];
    characters = 0;
  };
  for await (const record of writtenRecords(file, delimiter)) {
    if ('problem' in record) {
      yield* parsed();
      yield { number: number++, ...record };
      continue;
    }
    waiting.push(record);
    characters += record.text.length;
    // The header is asked for alone.
    if (number === 0 || waiting.length === RECORDS_AT_ONCE || characters > CHARACTERS_AT_ONCE)
      yield* parsed();
  }
  yield* parsed();
}

function cellsOf(
  records: readonly { line: number; text: string }[],
  delimiter: string,
): ({ line: number; cells: string[] } | { line: number; problem: string })[] {
  const together = parsedOrNothing(records.map(({ text }) => text).join('\n'), delimiter);
  return records.map(({ line, text }, index) => {
    const cells =
      together?.length === records.length ? together[index] : parsedOrNothing(text, delimiter)?.[0];
    return cells === undefined ? { line, problem: 'is no record of CSV' } : { line, cells };
  });
}

function parsedOrNothing(text: string, delimiter: string): string[][] | undefined {
  if (text === '') return [['']];
  try {
    return parse(text, {
      delimiter,
      record_delimiter: '\n',
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: false,
    });
  } catch {
    return undefined;
  }
}

/** Joins lines that a quoted cell goes over. */
async function* writtenRecords(file: SourceFile, delimiter: string): AsyncGenerator<WrittenRecord> {
  let begun: { line: number; lines: string[]; length: number; problem?: string } | undefined;
  let isOpen = false;
  for await (const line of linesOf(file)) {
    if (line.number === 1 && 'text' in line && toldSeparator(line.text) !== undefined) continue;
    if ('problem' in line && !isOpen) {
      yield { line: line.number, problem: line.problem };
      continue;
    }
    begun ??= { line: line.number, lines: [], length: 0 };
    isOpen = addLine(begun, line, isOpen, delimiter);
    // What opened a quotation that does not end holds no more than this: the lines behind it are read again as records.
    if (!isOpen || begun.length > MOST_BYTES_AT_ONCE) {
      yield begunRecord(begun);
      begun = undefined;
      isOpen = false;
    }
  }
  if (begun !== undefined) yield { line: begun.line, problem: 'opens a quotation mark that nothing closes' };
}

function addLine(
  begun: { lines: string[]; length: number; problem?: string },
  line: Line,
  isOpen: boolean,
  delimiter: string,
): boolean {
  if ('problem' in line) {
    begun.problem ??= line.problem;
    // What is too long may have closed it; bytes that are no UTF-8 tell nothing either.
    return line.problem === NOT_UTF8 && isOpen;
  }
  begun.length += line.text.length;
  if (begun.length > MOST_BYTES_AT_ONCE) {
    begun.problem ??= TOO_LONG;
    begun.lines = [];
  }
  begun.lines.push(line.text);
  return endsWithinQuotes(line.text, isOpen, delimiter);
}

function begunRecord({ line, lines, problem }: { line: number; lines: string[]; problem?: string }) {
  return problem === undefined ? { line, text: lines.join('\n') } : { line, problem };
}

/** Whether a line leaves a quoted cell open, having begun in one or not. */
function endsWithinQuotes(line: string, isOpen: boolean, delimiter: string): boolean {
  let isQuoted = isOpen;
  let at = 0;
  while (at < line.length) {
    if (isQuoted) {
      const end = line.indexOf('"', at);
      if (end === -1) return true;
      const isDoubled = line[end + 1] === '"';
      isQuoted = isDoubled;
      at = end + (isDoubled ? 2 : 1);
    } else {
      if (line[at] === '"' && (at === 0 || line.startsWith(delimiter, at - delimiter.length))) {
        isQuoted = true;
        at += 1;
        continue;
      }
      const next = line.indexOf(delimiter, at);
      if (next === -1) return false;
      at = next + delimiter.length;
    }
  }
  return isQuoted;
}
