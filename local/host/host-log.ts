import { closeSync, openSync, writeSync } from 'node:fs';
import type { EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import type { MetricName } from '../../functions/shared/runtime/metric-names.ts';
import type { Log, PublishMetrics } from '../../functions/shared/runtime/observability.ts';

/** The log of the local host: a file, one JSON object a line, so that the terminal stays readable. */
export interface HostLog {
  /** The log of one function or part; its lines say whose they are. */
  of(service: string): Log;
  close(): void;
}

/**
 * Opens a log file; lines are added at its end.
 *
 * @param complain called once, where lines cannot be written
 */
export function openHostLog(
  file: string,
  clock: () => EpochMillis,
  complain: (problem: string) => void,
): HostLog {
  const descriptor = openSync(file, 'a');
  let hasComplained = false;

  function write(level: string, service: string, message: string, fields: Record<string, unknown>): void {
    const timestamp = new Date(clock()).toISOString();
    try {
      writeSync(descriptor, `${JSON.stringify({ level, timestamp, service, message, ...fields })}\n`);
    } catch (error) {
      // A full disk must not stop what still works.
      if (!hasComplained) complain(`cannot write to ${file}: ${String(error)}`);
      hasComplained = true;
    }
  }

  return {
    of: (service) => ({
      info: (message, fields) => write('INFO', service, message, fields),
      warn: (message, fields) => write('WARN', service, message, fields),
      error: (message, fields) => write('ERROR', service, message, fields),
    }),
    close: () => closeSync(descriptor),
  };
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
