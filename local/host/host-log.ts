import { closeSync, openSync, writeSync } from 'node:fs';
import type { EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import { errorSummary } from '../../functions/shared/runtime/error-text.ts';
import type { MetricName } from '../../functions/shared/runtime/metric-names.ts';
import type { Log, PublishMetrics } from '../../functions/shared/runtime/observability.ts';
import { fileProblem } from '../support/file-error.ts';
import { HostError } from '../support/host-error.ts';
import { OWNER_ALONE } from '../support/owner-alone.ts';

/** The log of the local host: a file, one JSON object a line, so that the terminal stays readable. */
export class HostLog {
  readonly #file: string;
  readonly #descriptor: number;
  readonly #clock: () => EpochMillis;
  readonly #complain: (problem: string) => void;
  #hasComplained = false;
  #isClosed = false;

  /**
   * Opens a log file; lines are added at its end.
   *
   * @param complain called once, where lines cannot be written
   * @throws HostError where it cannot be opened
   */
  constructor(file: string, clock: () => EpochMillis, complain: (problem: string) => void) {
    this.#file = file;
    this.#descriptor = openLog(file);
    this.#clock = clock;
    this.#complain = complain;
  }

  /** The log of one function or part; its lines say whose they are. */
  of(service: string): Log {
    return {
      info: (message, fields) => this.#write('INFO', service, message, fields),
      warn: (message, fields) => this.#write('WARN', service, message, fields),
      error: (message, fields) => this.#write('ERROR', service, message, fields),
    };
  }

  /** Takes no further lines: what did not end in time when the host stopped may still want to write. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#descriptor);
  }

  #write(level: string, service: string, message: string, fields: Record<string, unknown>): void {
    // Its descriptor may be that of another file by now.
    if (this.#isClosed) return;
    const timestamp = new Date(this.#clock()).toISOString();
    try {
      const line = JSON.stringify({ level, timestamp, service, message, ...fields });
      writeSync(this.#descriptor, `${line}\n`);
    } catch (error) {
      // A full disk must not stop what still works.
      if (this.#hasComplained) return;
      this.#hasComplained = true;
      const problem = fileProblem(error) ?? errorSummary(error);
      this.#complain(`cannot write to ${this.#file}: ${problem}; what would be there is lost`);
    }
  }
}

function openLog(file: string): number {
  try {
    return openSync(file, 'a', OWNER_ALONE.file);
  } catch (error) {
    throw new HostError(`cannot write to ${file}: ${fileProblem(error) ?? errorSummary(error)}`, {
      cause: error,
    });
  }
}

/** Adds up the metrics of all invocations. */
export class MetricTotals {
  readonly #totals = new Map<string, number>();

  readonly publish: PublishMetrics = (counts) => {
    for (const [name, value] of Object.entries(counts)) this.add(name, value);
  };

  /** Adds to a metric that Lambda would publish, and no function. */
  add(name: string, value: number): void {
    this.#totals.set(name, (this.#totals.get(name) ?? 0) + value);
  }

  /** The sums so far. */
  read(): Partial<Record<MetricName, number>> {
    return Object.fromEntries(this.#totals);
  }
}
