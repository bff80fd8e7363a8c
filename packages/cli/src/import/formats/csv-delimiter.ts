import { csvRecords, toldSeparator } from '../files/csv-records.ts';
import { linesOf } from '../files/lines.ts';
import type { SourceFile } from '../files/source.ts';

const DELIMITERS = [',', ';', '\t', '|'];

/** How many records are looked at. */
const RECORDS = 50;

/** How long the name of a column may be: what is longer is a sentence. */
const LONGEST_NAME = 64;

/** What may separate columns, and how many rows there are behind the header, of those that were looked at. */
interface PossibleDelimiter {
  delimiter: string;
  rows: number;
}

/**
 * What may separate the columns of a file: what its first line says, or each of the common ones by which the header has
 * several names and most records as many cells.
 */
export async function possibleDelimiters(file: SourceFile): Promise<PossibleDelimiter[]> {
  for await (const line of linesOf(file)) {
    const told = 'text' in line ? toldSeparator(line.text) : undefined;
    if (told !== undefined) return [{ delimiter: told, rows: 1 }];
    break;
  }
  const possible: PossibleDelimiter[] = [];
  for (const delimiter of DELIMITERS) {
    const rows = await rowsBy(file, delimiter);
    if (rows !== undefined) possible.push({ delimiter, rows });
  }
  return possible;
}

/** How many rows a file has where this separates its columns; nothing where it does not. */
async function rowsBy(file: SourceFile, delimiter: string): Promise<number | undefined> {
  let columns: number | undefined;
  let rows = 0;
  let fitting = 0;
  for await (const record of csvRecords(file, delimiter)) {
    if ('problem' in record) {
      if (columns === undefined) return undefined;
    } else if (columns === undefined) {
      columns = record.cells.length;
      if (columns < 2 || !record.cells.every(isName)) return undefined;
    } else if (record.cells.length > 1 || record.cells[0] !== '') {
      rows += 1;
      if (record.cells.length === columns) fitting += 1;
    }
    if (rows === RECORDS) break;
  }
  return columns !== undefined && fitting * 2 >= rows ? rows : undefined;
}

function isName(cell: string): boolean {
  return cell !== '' && cell.length <= LONGEST_NAME;
}
