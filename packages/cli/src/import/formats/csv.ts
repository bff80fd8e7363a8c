import { INVALID_MESSAGE, refused, skipped } from '../checked-message.ts';
import type { ExportRecord } from '../export-record.ts';
import { type CsvRecord, csvRecords } from '../files/csv-records.ts';
import type { SourceFile } from '../files/source.ts';
import { ExportError, ImportUsageError, type OpenQuestion } from '../import-errors.ts';
import { possibleDelimiters } from './csv-delimiter.ts';
import { type Format, type PreparedExport, prepareFiles, type ReadContext } from './format.ts';
import { type Mapping, type Row, RowSurvey, rowReader } from './rows.ts';

export const csv: Format = {
  name: 'csv',
  title: 'CSV (with a header)',
  uses: ['channel', 'galleryKey', 'timeZone', 'dateFormat', 'conversation', 'map', 'roles', 'delimiter'],
  prepare: (found, context) => prepareFiles(found, (file) => prepareFile(file, context)),
};

async function prepareFile(file: SourceFile, context: ReadContext): Promise<PreparedExport> {
  const delimiters =
    context.options.delimiter === undefined
      ? (await possibleDelimiters(file)).map((one) => one.delimiter)
      : [context.options.delimiter];
  const [delimiter, ...others] = delimiters;
  if (delimiter === undefined)
    throw new ExportError(file.name, 'line 1', 'has no columns that something separates, or is not UTF-8');
  if (others.length > 0)
    return { questions: [delimiterQuestion(file.name, delimiters)], read: async function* () {} };
  const survey = new RowSurvey(file.name, context);
  let header: readonly string[] | undefined;
  for await (const record of csvRecords(file, delimiter)) {
    if (header === undefined) {
      header = headerOf(file.name, record, context);
      survey.addColumns(header.filter((name) => name !== ''));
    } else if (
      'cells' in record &&
      !isEmpty(record.cells) &&
      cellsProblem(header, record.cells) === undefined
    ) {
      survey.add(
        header.filter((name) => name !== ''),
        rowOf(header, record.cells),
      );
    }
  }
  const questions = survey.questions;
  return { questions, read: () => readFile(file, delimiter, survey.mapping, context) };
}

function delimiterQuestion(about: string, delimiters: readonly string[]): OpenQuestion {
  return {
    option: '--delimiter',
    about,
    question: 'What is between its columns? Several characters would do.',
    choices: delimiters.map((one) => ({ value: one, label: one === '\t' ? 'tab' : one })),
  };
}

/** @throws {ExportError} for a header that cannot be read, {ImportUsageError} for a mapped column that is there twice */
function headerOf(name: string, record: CsvRecord, { options: { map } }: ReadContext): readonly string[] {
  if ('problem' in record) throw new ExportError(name, `line ${record.line}`, `the header ${record.problem}`);
  const header = record.cells.map((cell) => cell.trim());
  const twice = [...map.values()].find((column) => header.indexOf(column) !== header.lastIndexOf(column));
  if (twice !== undefined) throw new ImportUsageError(`--map: ${name} has several columns called "${twice}"`);
  return header;
}

function isEmpty(cells: readonly string[]): boolean {
  return cells.every((cell) => cell === '');
}

function cellsProblem(header: readonly string[], cells: readonly string[]): string | undefined {
  if (cells.length < header.length) return 'has too few columns';
  return isEmpty(cells.slice(header.length)) ? undefined : 'has more cells than there are columns';
}

function rowOf(header: readonly string[], cells: readonly string[]): Row {
  return { cell: (column) => cells[header.indexOf(column)] };
}

async function* readFile(
  file: SourceFile,
  delimiter: string,
  mapping: Mapping,
  context: ReadContext,
): AsyncGenerator<ExportRecord> {
  const read = rowReader(mapping, context);
  let header: readonly string[] | undefined;
  for await (const record of csvRecords(file, delimiter)) {
    if (header === undefined) {
      header = headerOf(file.name, record, context);
      continue;
    }
    const place = `${file.name} record ${record.number} (after the header)`;
    if ('problem' in record) yield refused(`${place}, line ${record.line}`, INVALID_MESSAGE, record.problem);
    else if (isEmpty(record.cells)) yield skipped(place, 'empty row');
    else yield readCells(place, header, record.cells, mapping, read);
  }
}

function readCells(
  place: string,
  header: readonly string[],
  cells: readonly string[],
  mapping: Mapping,
  read: (place: string, row: Row) => ExportRecord,
): ExportRecord {
  const row = rowOf(header, cells);
  const id = row.cell(mapping.get('messageId') ?? '');
  // A cell that is far longer than an id is none, and may be what somebody said.
  const named = `${place}, id ${id === undefined || id === null || id === '' ? '(empty)' : id.slice(0, 128)}`;
  const problem = cellsProblem(header, cells);
  return problem === undefined ? read(named, row) : refused(named, INVALID_MESSAGE, problem);
}
