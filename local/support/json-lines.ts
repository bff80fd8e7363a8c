import { closeSync, openSync, writeSync } from 'node:fs';
import { errorSummary } from '../../functions/shared/runtime/error-text.ts';
import { fileProblem } from './file-error.ts';
import { HostError } from './host-error.ts';
import { OWNER_ALONE } from './owner-alone.ts';

/** A file to whose end lines are added, one JSON object each. Its owner alone may read it. */
export class JsonLines {
  readonly #file: string;
  readonly #descriptor: number;
  readonly #complain: (problem: string) => void;
  #hasComplained = false;
  #isClosed = false;

  /**
   * Opens a file, which is made where there is none.
   *
   * @param complain called once, where lines cannot be written
   * @throws HostError where it cannot be opened
   */
  constructor(file: string, complain: (problem: string) => void) {
    this.#file = file;
    this.#descriptor = openAtEnd(file);
    this.#complain = complain;
  }

  add(line: Readonly<Record<string, unknown>>): void {
    this.addLine(JSON.stringify(line));
  }

  /** Adds a line that is JSON already. */
  addLine(json: string): void {
    // Its descriptor may be that of another file by now.
    if (this.#isClosed) return;
    try {
      writeSync(this.#descriptor, `${json}\n`);
    } catch (error) {
      // A full disk must not stop what still works.
      if (this.#hasComplained) return;
      this.#hasComplained = true;
      const problem = fileProblem(error) ?? errorSummary(error);
      this.#complain(`cannot write to ${this.#file}: ${problem}; what would be there is lost`);
    }
  }

  /** Takes no further lines: what did not end in time when the host stopped may still want to write. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#descriptor);
  }
}

function openAtEnd(file: string): number {
  try {
    return openSync(file, 'a', OWNER_ALONE.file);
  } catch (error) {
    throw new HostError(`cannot write to ${file}: ${fileProblem(error) ?? errorSummary(error)}`, {
      cause: error,
    });
  }
}
