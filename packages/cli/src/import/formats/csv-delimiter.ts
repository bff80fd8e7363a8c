import { csvRecords, toldSeparator } from '../files/csv-records.ts';
import { linesOf } from '../files/lines.ts';
import type { SourceFile } from '../files/source.ts';

const DELIMITERS = [',', ';', '\t', '|'];

/** How many records are looked at. */
const RECORDS = 50;

/**
 * What may separate the columns of a file: what its first line says, or each of the common ones by which the header has
 * several names and nearly all records as many cells.
 */
export async function possibleDelimiters(file: SourceFile): Promise<string[]> {
  for await (const line of linesOf(file)) {
    const told = 'text' in line ? toldSeparator(line.text) : undefined;
    if (told !== undefined) return [told];
    break;
  }
  const possible: string[] = [];
  for (const delimiter of DELIMITERS) if (await isPossible(file, delimiter)) possible.push(delimiter);
  return possible;
}

async function isPossible(file: SourceFile, delimiter: string): Promise<boolean> {
  let columns: number | undefined;
  let records = 0;
  let fitting = 0;
  for await (const record of csvRecords(file, delimiter)) {
    if ('problem' in record) {
      if (columns === undefined) return false;
    } else if (columns === undefined) {
      columns = record.cells.length;
      if (columns < 2 || record.cells.some((cell) => cell === '')) return false;
    } else if (record.cells.length > 1 || record.cells[0] !== '') {
      records += 1;
      if (record.cells.length === columns) fitting += 1;
    }
    if (records === RECORDS) break;
  }
  return columns !== undefined && fitting * 2 >= records;
}
