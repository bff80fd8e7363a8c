import { skipped } from './checked-message.ts';
import type { ExportRecord } from './export-record.ts';
import { TOO_LONG } from './files/lines.ts';
import type { Source, SourceFile } from './files/source.ts';
import { FORMATS } from './formats/all-formats.ts';
import type { FoundExport } from './formats/format.ts';
import { SLACK_CHANNEL_LISTS, SLACK_DAY_FILE, SLACK_USER_LISTS } from './formats/slack.ts';
import { ExportError, ImportUsageError } from './import-errors.ts';
import { EXPORT_FORMATS, type ExportFormat } from './read-options.ts';
import { recognised, slackRoots } from './recognise.ts';

/** What stands in the place of one file or one Slack export, in the order in which they are read. */
export type Finding = { format: ExportFormat; found: FoundExport } | { notice: ExportRecord };

/**
 * Finds the exports in what was given, by their content. What is none, in a folder or ZIP, is told and passed by.
 *
 * @param named the format that the person named
 * @throws {ExportError} for a file that was given itself and is none, or could be several, and for a folder without any
 */
export async function findExports(
  sources: readonly Source[],
  named: ExportFormat | undefined,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [given, within] of Map.groupBy(sources, (source) => source.given)) {
    const ofGiven: Finding[] = [];
    for (const source of within) ofGiven.push(...(await findingsIn(source, named)));
    if (ofGiven.length === 0) throw new ExportError(given, '', 'is empty');
    if (!ofGiven.some((finding) => 'format' in finding)) {
      throw new ExportError(given, '', `holds no export${ofFormat(named)}; known are ${known()}`);
    }
    findings.push(...ofGiven);
  }
  return findings;
}

async function findingsIn(source: Source, named: ExportFormat | undefined): Promise<Finding[]> {
  const findings: Finding[] = [];
  const ofSlack = new Set<string>();
  if (!source.isFile && (named === undefined || named === 'slack')) {
    for (const { folder, files } of await slackRoots(source)) {
      checkNoText(source, files);
      const name = folder === '' ? source.name : `${source.name}/${folder.slice(0, -1)}`;
      findings.push({ format: 'slack', found: { name, files } });
      for (const { name: one } of files) ofSlack.add(one);
      findings.push(...notOfSlack(files));
    }
  }
  for (const file of source.files) {
    if (!ofSlack.has(file.name)) findings.push(await findingOf(file, source, named));
  }
  return findings;
}

/** Slack also exports texts, which do not tell who wrote what. */
function checkNoText(source: Source, files: readonly SourceFile[]): void {
  const text = files.find(({ path }) => /^[^/]+\/\d{4}-\d\d-\d\d\.txt$/.test(path));
  if (text !== undefined) {
    throw new ExportError(
      source.name,
      text.path,
      'is text: export the workspace as JSON, which names who wrote what',
    );
  }
}

function notOfSlack(files: readonly SourceFile[]): Finding[] {
  return files
    .filter(({ path }) => !SLACK_DAY_FILE.test(path) && !SLACK_PARTS.has(path))
    .map(({ name }) => ({ notice: skipped(name, 'a file of a Slack export without messages') }));
}

const SLACK_PARTS = new Set([...SLACK_CHANNEL_LISTS, ...SLACK_USER_LISTS]);

async function findingOf(
  file: SourceFile,
  source: Source,
  named: ExportFormat | undefined,
): Promise<Finding> {
  const possible = await recognised(file);
  const formats = possible.filter((one) => isFormat(one));
  const format = named === undefined ? formats[0] : readable(named, possible);
  if (format !== undefined && (named !== undefined || formats.length === 1)) {
    return { format, found: { name: file.name, files: [file] } };
  }
  const problem = problemOf(possible, formats, named);
  if (source.isFile || formats.length > 1 || possible.includes('zip'))
    throw new ExportError(file.name, '', problem);
  return { notice: skipped(file.name, problem) };
}

function isFormat(what: string): what is ExportFormat {
  return EXPORT_FORMATS.some((format) => format === what);
}

/** Whether a file can be read as what the person says that it is. Any table is CSV, and any text may be meant to be. */
function readable(named: ExportFormat, possible: readonly string[]): ExportFormat | undefined {
  if (possible.includes(named)) return named;
  const isText = !['zip', 'empty', 'binary'].some((one) => possible.includes(one));
  return isText && (named === 'csv' || named === 'jsonl') ? named : undefined;
}

function problemOf(
  possible: readonly string[],
  formats: readonly string[],
  named: ExportFormat | undefined,
): string {
  if (formats.length > 1) return `could be ${formats.join(' or ')}: name it by --format`;
  if (possible.includes('empty')) return 'is empty';
  if (possible.includes('long line'))
    return `one of its first lines ${TOO_LONG}: name what it is by --format`;
  if (possible.includes('zip')) return 'is a ZIP within a ZIP: unpack the outer one';
  if (possible.includes('slack day') || possible.includes('slack list')) {
    return 'is a part of a Slack export: give the whole folder or ZIP, which says whose the messages are';
  }
  if (possible.includes('no utf-8')) {
    return `is no export${ofFormat(named)}. If it is text: it is not UTF-8, which it has to be; save it as UTF-8`;
  }
  return `is no export${ofFormat(named)}; known are ${known()}`;
}

function ofFormat(named: ExportFormat | undefined): string {
  return named === undefined ? ' that is known' : ` of the format ${named}`;
}

function known(): string {
  return EXPORT_FORMATS.map((format) => `${format}: ${FORMATS[format].title}`).join('; ');
}

/** @throws {ImportUsageError} for an option that none of the formats has a use for */
export function checkUsed(
  options: Readonly<Record<string, unknown>>,
  formats: ReadonlySet<ExportFormat>,
): void {
  const used = new Set<string>([...formats].flatMap((format) => FORMATS[format].uses));
  for (const [name, value] of Object.entries(options)) {
    if (name === 'format' || used.has(name) || !isGiven(value)) continue;
    const which = [...formats].join(', ');
    throw new ImportUsageError(`${OPTION_NAMES[name] ?? name} has no use here: the files are ${which}`);
  }
}

function isGiven(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value instanceof Map ? value.size > 0 : value !== undefined;
}

const OPTION_NAMES: Readonly<Record<string, string>> = {
  channel: '--channel',
  galleryKey: '--gallery-key',
  timeZone: '--time-zone',
  dateOrder: '--date-order',
  dateFormat: '--date-format',
  bots: '--bot',
  authors: '--author',
  ownAddresses: '--own-address',
  chats: '--chat',
  conversation: '--conversation',
  map: '--map',
  roles: '--role',
  delimiter: '--delimiter',
};
