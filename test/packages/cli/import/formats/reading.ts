import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import yazl from 'yazl';
import type { ExportRecord, ImportedMessage } from '../../../../../packages/cli/src/import/export-record.ts';
import { OpenQuestionsError } from '../../../../../packages/cli/src/import/import-errors.ts';
import { readExports } from '../../../../../packages/cli/src/import/read-exports.ts';
import type { ReadLimits, ReadOptions } from '../../../../../packages/cli/src/import/read-options.ts';

/** The day on which exports of tests are read, unless a test says otherwise. */
export const TODAY: ReadLimits = { now: Date.parse('2026-11-27T00:00:00Z'), retentionDays: 400 };

export const NO_OPTIONS: ReadOptions = {
  bots: [],
  authors: new Map(),
  ownAddresses: [],
  chats: [],
  map: new Map(),
  roles: new Map(),
};

/** All that reading gave. */
export interface Reading {
  records: ExportRecord[];
  /** Duplicates included, in the order of the files. */
  messages: ImportedMessage[];
  skipped: { place: string; reason: string }[];
  refused: { place: string; code: string; reason: string }[];
  warnings: string[];
  /** What ended it before its time. */
  error?: unknown;
}

/** Reads files, also what comes before an error. */
export async function readUntilError(
  paths: readonly string[],
  options: Partial<ReadOptions> = {},
  limits: ReadLimits = TODAY,
): Promise<Reading> {
  const reading: Reading = { records: [], messages: [], skipped: [], refused: [], warnings: [] };
  try {
    for await (const record of readExports(paths, { ...NO_OPTIONS, ...options }, limits)) {
      reading.records.push(record);
      if (record.kind === 'message') {
        reading.messages.push(record.message);
        if (record.warning !== undefined) reading.warnings.push(record.warning);
      } else if (record.kind === 'skipped') reading.skipped.push(record);
      else reading.refused.push(record);
    }
  } catch (error) {
    reading.error = error;
  }
  return reading;
}

/** Reads files, without an error. */
export async function readAll(
  paths: readonly string[],
  options: Partial<ReadOptions> = {},
  limits: ReadLimits = TODAY,
): Promise<Reading> {
  const reading = await readUntilError(paths, options, limits);
  if (reading.error !== undefined) throw reading.error;
  return reading;
}

/** What files leave open: for each question its option, with the values of the choices that are offered. */
export async function openQuestions(
  paths: readonly string[],
  options: Partial<ReadOptions> = {},
): Promise<Record<string, string[]>> {
  const { error, records } = await readUntilError(paths, options);
  if (!(error instanceof OpenQuestionsError)) throw error ?? new Error('nothing was asked');
  if (records.length > 0) throw new Error('records came before the questions');
  return Object.fromEntries(
    error.questions.map(({ option, choices = [] }) => [option, choices.map(({ value }) => value)]),
  );
}

/** A folder with files, by their paths in it, that is there while a test runs. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'exports-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** A file that is there while a test runs. */
export function fileWith(content: string | Uint8Array, name = 'export'): string {
  return join(folderWith({ [name]: content }), name);
}

/** The bytes of a ZIP. */
export async function zipOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const [path, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), path);
  zip.end();
  const pieces: Uint8Array[] = [];
  for await (const piece of zip.outputStream) {
    if (piece instanceof Uint8Array) pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Messages that are not the same as an earlier one. */
export function withoutDuplicates(
  messages: readonly ImportedMessage[],
  known = new Set<string>(),
): ImportedMessage[] {
  return messages.filter((message) => {
    const identity = identityOf(message);
    const isNew = !known.has(identity);
    known.add(identity);
    return isNew;
  });
}

export function identityOf({ conversationId, messageId }: ImportedMessage): string {
  return JSON.stringify([conversationId, messageId]);
}
