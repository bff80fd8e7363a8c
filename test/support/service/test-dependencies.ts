import { DEPLOYED_RHYTHM } from '../../../functions/shared/domain/heartbeat.ts';
import type { Dependencies } from '../../../functions/shared/runtime/dependencies.ts';
import type { MetricName } from '../../../functions/shared/runtime/metric-names.ts';
import type { Log } from '../../../functions/shared/runtime/observability.ts';
import type { Settings } from '../../../functions/shared/runtime/settings.ts';
import type { TestDatabase } from '../database/database.ts';
import { watchLog } from '../logs/log-watch.ts';
import { Random } from '../random.ts';

/** A line that was logged. */
export interface LogLine {
  level: 'info' | 'warn' | 'error';
  message: string;
  fields: Record<string, unknown>;
}

/** Dependencies for a test, with all that they were told. */
export interface TestDependencies extends Dependencies {
  settings: Settings & { auditTableName: string };
  /** Sets the clock. */
  setClock(instant: string): void;
  /** Every line that was logged. */
  logged: LogLine[];
  /** The counts that were published, one entry an invocation. */
  published: Partial<Record<MetricName, number>>[];
}

/** Dependencies on a pair of empty tables, whose clock stands still. */
export async function testDependencies(database: TestDatabase, now: string): Promise<TestDependencies> {
  const random = new Random(1);
  let instant = Date.parse(now);
  const logged: TestDependencies['logged'] = [];
  const published: TestDependencies['published'] = [];
  return {
    settings: {
      ...(await database.createTables()),
      messageRetentionDays: 400,
      counterRetentionDays: 460,
      heartbeats: DEPLOYED_RHYTHM,
      metricNamespace: 'Test',
    },
    client: database.client,
    clock: () => instant,
    setClock(text) {
      instant = Date.parse(text);
    },
    waiting: { pause: async () => {}, deadline: () => new Promise(() => {}), random: () => random.next() },
    randomBytes: (length) => new Uint8Array(length).map(() => random.integer(0, 255)),
    log: watchedLog((line) => logged.push(line)),
    publishMetrics: (counts) => published.push(counts),
    logged,
    published,
  };
}

/** A log whose lines are checked at the end of the test file: no secret, id or payload may be in them. */
export function watchedLog(see: (line: LogLine) => void = () => {}): Log {
  const write = (line: LogLine) => {
    watchLog({ message: line.message, fields: line.fields });
    see(line);
  };
  return {
    info: (message, fields) => write({ level: 'info', message, fields }),
    warn: (message, fields) => write({ level: 'warn', message, fields }),
    error: (message, fields) => write({ level: 'error', message, fields }),
  };
}
