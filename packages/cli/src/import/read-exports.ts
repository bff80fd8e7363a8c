import { checkOptions } from './check-options.ts';
import { messageChecker } from './checked-message.ts';
import type { ExportRecord } from './export-record.ts';
import { openSources } from './files/open-sources.ts';
import type { Source, SourceFile } from './files/source.ts';
import { checkUsed, type Finding, findExports } from './find-exports.ts';
import { FORMATS } from './formats/all-formats.ts';
import type { FoundExport, PreparedExport, ReadContext } from './formats/format.ts';
import { type OpenQuestion, OpenQuestionsError } from './import-errors.ts';
import type { ExportFormat, ReadLimits, ReadOptions } from './read-options.ts';

/** How far the reading is, in bytes of the files, unpacked. */
export interface ReadProgress {
  read: number;
  of: number;
}

/**
 * Reads what chat platforms exported, record by record, in the order in which files were given and within them.
 *
 * Each file is looked through once before anything is told of it, for what it leaves open, and is read once more. Of a
 * file of any size, no more is held at once than a record, and what the documentation of a format says beside it. A
 * record that cannot be recorded is `refused` and the next one is read. The same message may come several times: the first
 * one is the one that counts.
 *
 * @param paths files, folders and ZIPs
 * @throws {OpenQuestionsError} before any record, where files leave something open: with all questions of all of them
 * @throws {ImportUsageError} before any record, for options that cannot be or that no file has a use for
 * @throws {ExportError} for a file that cannot be read, before any record where that shows at once, or, behind the
 *   records before it, not further
 */
export async function* readExports(
  paths: readonly string[],
  given: ReadOptions,
  limits: ReadLimits,
  progress: (progress: ReadProgress) => void = () => undefined,
): AsyncGenerator<ExportRecord> {
  const options = withTab(given);
  checkOptions(options);
  const sources = await openSources(paths);
  try {
    const meter = new Meter(progress);
    const findings = await findExports(
      sources.map((source) => meter.measured(source)),
      options.format,
    );
    const formats = new Set(findings.flatMap((finding) => ('format' in finding ? [finding.format] : [])));
    checkUsed({ ...options }, formats);
    const context: ReadContext = { now: limits.now, options, checked: messageChecker(limits) };
    const prepared = await prepareAll(findings, formats, context);
    const questions = [...prepared.values()].flatMap((one) => one.questions);
    if (questions.length > 0) throw new OpenQuestionsError(joined(questions));
    meter.start(findings.flatMap((finding) => ('format' in finding ? finding.found.files : [])));
    for (const finding of findings) {
      if ('notice' in finding) yield finding.notice;
      else yield* prepared.get(finding.found)?.read() ?? [];
    }
    meter.end();
  } finally {
    for (const source of sources) source.close();
  }
}

/** What people write for a tab, which few can type. */
const TAB_NAMES = ['tab', '\\t'];

function withTab(options: ReadOptions): ReadOptions {
  return TAB_NAMES.includes(options.delimiter ?? '') ? { ...options, delimiter: '\t' } : options;
}

/** Prepares the exports of one format together, whatever stands between them. */
async function prepareAll(
  findings: readonly Finding[],
  formats: ReadonlySet<ExportFormat>,
  context: ReadContext,
): Promise<Map<FoundExport, PreparedExport>> {
  const prepared = new Map<FoundExport, PreparedExport>();
  for (const format of formats) {
    const found = findings.flatMap((one) => ('format' in one && one.format === format ? [one.found] : []));
    const ready = await FORMATS[format].prepare(found, context);
    for (const [index, one] of found.entries()) {
      const itsOwn = ready[index];
      if (itsOwn !== undefined) prepared.set(one, itsOwn);
    }
  }
  return prepared;
}

/** Asks once what several files leave open in the same way: an option answers for all of them. */
function joined(questions: readonly OpenQuestion[]): OpenQuestion[] {
  const groups = new Map<string, OpenQuestion[]>();
  for (const question of questions) {
    const isOfOneValue = question.option === '--channel' || question.option === '--time-zone';
    const key = JSON.stringify([question.option, isOfOneValue ? '' : question.question]);
    groups.set(key, [...(groups.get(key) ?? []), question]);
  }
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined
      ? []
      : [
          {
            ...first,
            about: [first, ...others].map(({ about }) => about).join(', '),
            ...choicesOf([first, ...others]),
          },
        ],
  );
}

function choicesOf(questions: readonly OpenQuestion[]): Pick<OpenQuestion, 'choices'> {
  const choices = new Map(
    questions.flatMap((one) => one.choices ?? []).map((choice) => [choice.value, choice]),
  );
  return choices.size === 0 ? {} : { choices: [...choices.values()] };
}

/** Tells how far files are read, from when it starts on. */
class Meter {
  readonly #tell: (progress: ReadProgress) => void;
  #isStarted = false;
  #read = 0;
  #of = 0;

  constructor(tell: (progress: ReadProgress) => void) {
    this.#tell = tell;
  }

  measured(source: Source): Source {
    return { ...source, files: source.files.map((file) => ({ ...file, open: () => this.#counted(file) })) };
  }

  start(files: readonly SourceFile[]): void {
    this.#isStarted = true;
    this.#of = files.reduce((sum, { size }) => sum + size, 0);
    this.#tell({ read: 0, of: this.#of });
  }

  end(): void {
    this.#tell({ read: this.#of, of: this.#of });
  }

  async *#counted(file: SourceFile): AsyncGenerator<Uint8Array> {
    for await (const piece of file.open()) {
      yield piece;
      if (!this.#isStarted) continue;
      this.#read += piece.length;
      this.#tell({ read: Math.min(this.#read, this.#of), of: this.#of });
    }
  }
}
