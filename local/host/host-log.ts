import type { EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import type { MetricName } from '../../functions/shared/runtime/metric-names.ts';
import type { Log, PublishMetrics } from '../../functions/shared/runtime/observability.ts';
import { JsonLines } from '../support/json-lines.ts';

/** The log of the local host: a file, one JSON object a line, so that the terminal stays readable. */
export class HostLog {
  readonly #lines: JsonLines;
  readonly #clock: () => EpochMillis;

  /**
   * Opens a log file; lines are added at its end.
   *
   * @param complain called once, where lines cannot be written
   * @throws HostError where it cannot be opened
   */
  constructor(file: string, clock: () => EpochMillis, complain: (problem: string) => void) {
    this.#lines = new JsonLines(file, complain);
    this.#clock = clock;
  }

  /** The log of one function or part; its lines say whose they are. */
  of(service: string): Log {
    return {
      info: (message, fields) => this.#write('INFO', service, message, fields),
      warn: (message, fields) => this.#write('WARN', service, message, fields),
      error: (message, fields) => this.#write('ERROR', service, message, fields),
    };
  }

  /** Takes no further lines. */
  close(): void {
    this.#lines.close();
  }

  #write(level: string, service: string, message: string, fields: Record<string, unknown>): void {
    const timestamp = new Date(this.#clock()).toISOString();
    this.#lines.add({ level, timestamp, service, message, ...fields });
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
