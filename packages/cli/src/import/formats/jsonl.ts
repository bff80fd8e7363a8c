import { INVALID_MESSAGE, refused, skipped } from '../checked-message.ts';
import type { ExportRecord } from '../export-record.ts';
import { type Json, jsonOf } from '../files/json-events.ts';
import { type Line, linesOf } from '../files/lines.ts';
import type { SourceFile } from '../files/source.ts';
import { type Format, type PreparedExport, prepareFiles, type ReadContext } from './format.ts';
import { type Mapping, type Row, RowSurvey, rowReader } from './rows.ts';

/** What the service itself drops first of all. */
const TEXTS = new Set(['text', 'content', 'body']);

export const jsonl: Format = {
  name: 'jsonl',
  title: 'JSON Lines (one object a line)',
  uses: ['channel', 'galleryKey', 'timeZone', 'dateFormat', 'conversation', 'map', 'roles'],
  prepare: (found, context) => prepareFiles(found, (file) => prepareFile(file, context)),
};

async function prepareFile(file: SourceFile, context: ReadContext): Promise<PreparedExport> {
  const survey = new RowSurvey(file.name, context);
  const dropped = textsBut(context);
  for await (const line of linesOf(file)) {
    const row = rowOf(line, dropped);
    if (row !== undefined && 'columns' in row) survey.add(row.columns, row);
  }
  return { questions: survey.questions, read: () => readFile(file, survey.mapping, context) };
}

/** Texts that no field was mapped to. */
function textsBut({ options: { map } }: ReadContext): ReadonlySet<string> {
  const mapped = new Set(map.values());
  return new Set([...TEXTS].filter((name) => !mapped.has(name)));
}

async function* readFile(
  file: SourceFile,
  mapping: Mapping,
  context: ReadContext,
): AsyncGenerator<ExportRecord> {
  const read = rowReader(mapping, context);
  const dropped = textsBut(context);
  for await (const line of linesOf(file)) {
    const place = `${file.name} line ${line.number}`;
    const row = rowOf(line, dropped);
    if (row === undefined) yield skipped(place, 'empty line');
    else if ('problem' in row) yield refused(place, INVALID_MESSAGE, row.problem);
    else yield read(place, row);
  }
}

/** What a line holds: nothing where it is empty. */
function rowOf(
  line: Line,
  dropped: ReadonlySet<string>,
): (Row & { columns: string[] }) | { problem: string } | undefined {
  if ('problem' in line) return { problem: `the line ${line.problem}` };
  if (line.text.trim() === '') return undefined;
  const json = jsonOf(line.text, dropped);
  if (json === undefined) return { problem: 'is no JSON' };
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return { problem: 'is no object' };
  return { columns: columnsOf(json), cell: (column) => cellOf(valueAt(json, column)) };
}

/** The names of its fields, and of the fields of objects in it: `author.type`. */
function columnsOf(json: { [key: string]: Json }): string[] {
  return Object.entries(json).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.keys(value).map((inner) => `${key}.${inner}`)
      : [key],
  );
}

function valueAt(json: { [key: string]: Json }, column: string): Json | undefined {
  if (column in json) return json[column];
  let value: Json | undefined = json;
  for (const key of column.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = value[key];
  }
  return value;
}

function cellOf(value: Json | undefined): string | null | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : null;
}
