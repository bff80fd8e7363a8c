import { safeName } from '../terminal/safe-text.ts';

/** One of the answers that are offered to a question. */
export interface Choice {
  /** What the option takes, such as `user5400251346`. */
  value: string;
  /** What tells a person what it is, such as `Harbour AI (user5400251346), 12 messages`. */
  label: string;
}

/** What files do not say, and what a person has to. */
export interface OpenQuestion {
  /** The option that answers it, such as `--time-zone`, or as far as it is known, such as `--map sentAt=`. */
  option: string;
  /** The file or files that it is about. */
  about: string;
  question: string;
  /** Likely answers, or all that there are; anything may be answered where they are left out. */
  choices?: readonly Choice[];
  /** Whether several answers may be given, each by the option once more. */
  several?: boolean;
}

/** Files leave something open. It is thrown before any record was read, with all questions of all files. */
export class OpenQuestionsError extends Error {
  override name = 'OpenQuestionsError';
  readonly questions: readonly OpenQuestion[];

  constructor(questions: readonly OpenQuestion[]) {
    super(questions.map(({ option, about, question }) => `${about}: ${question} (${option})`).join('\n'));
    this.questions = questions;
  }
}

/** An option has a value that it cannot have, or one that no file has a use for. */
export class ImportUsageError extends Error {
  override name = 'ImportUsageError';
}

/** A file cannot be read, or not further. What was read of it before is whole. */
export class ExportError extends Error {
  override name = 'ExportError';
  /** The file, as it was named or found. */
  readonly file: string;
  /** Where in it: a line, a byte; empty where it is about the file as a whole. */
  readonly place: string;
  readonly problem: string;

  constructor(file: string, place: string, problem: string, options?: ErrorOptions) {
    const name = safeName(file);
    super(`${place === '' ? name : `${name} ${place}`}: ${problem}`, options);
    this.file = file;
    this.place = place;
    this.problem = problem;
  }
}
