import type { Dependencies } from '../../functions/runtime/dependencies.ts';
import type { MetricName } from '../../functions/runtime/metric-names.ts';
import type { TestDatabase } from './database.ts';
import { Random } from './random.ts';

/** Dependencies for a test, with all that they were told. */
export interface TestDependencies extends Dependencies {
  /** Sets the clock. */
  setClock(instant: string): void;
  /** Every line that was logged. */
  logged: { level: 'info' | 'warn' | 'error'; message: string; fields: Record<string, unknown> }[];
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
    settings: { ...(await database.createTables()), messageRetentionDays: 400 },
    client: database.client,
    clock: () => instant,
    setClock(text) {
      instant = Date.parse(text);
    },
    waiting: { pause: async () => {}, random: () => random.next() },
    randomBytes: (length) => new Uint8Array(length).map(() => random.integer(0, 255)),
    log: {
      info: (message, fields) => logged.push({ level: 'info', message, fields }),
      warn: (message, fields) => logged.push({ level: 'warn', message, fields }),
      error: (message, fields) => logged.push({ level: 'error', message, fields }),
    },
    publishMetrics: (counts) => published.push(counts),
    logged,
    published,
  };
}
