import { dirname, join, resolve } from 'node:path';
import { configDefaults, defineConfig, type Plugin } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { redirectionOf } from './test/support/permissions/redirection.ts';

/** Those that take longest, which no worker should begin when the others have come to an end. */
const LONGEST = [
  'test/local/host/host-errors.test.ts',
  'test/drills/restore.test.ts',
  'test/examples/senders/senders.test.ts',
  'test/drills/import.test.ts',
  'test/functions/shared/http/fuzzing.test.ts',
  'test/local/host/trust-outages.test.ts',
  'test/faults/exactly-once.test.ts',
  'test/packages/cli/mcp/mcp.test.ts',
  'test/bench/sections.test.ts',
  'test/packages/cli/import/engine/run-import.test.ts',
  'test/local/host/local-host.test.ts',
  'test/faults/alerts.test.ts',
  'test/functions/usage-api/history-growth-report.test.ts',
  'test/packages/cli/import/engine/samples.test.ts',
  'test/tools/bill-measured.test.ts',
  'test/packages/cli/import/history-end-to-end.test.ts',
  'test/exhaustive/exhaustive.test.ts',
  'test/npm-packages/notices.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => LONGEST.some((path) => moduleId.endsWith(path));
    const { long = [], short = [] } = Object.groupBy(await super.sort(files), (file) =>
      isLong(file) ? 'long' : 'short',
    );
    return [...long, ...short];
  }
}

/** Gives tests functions that are held to their policies. */
const heldFunctions: Plugin = {
  name: 'held-functions',
  enforce: 'pre',
  resolveId: (source, importer) =>
    importer === undefined ? undefined : redirectionOf(resolve(dirname(importer), source), importer),
};

/** What all projects share. */
export const SHARED = {
  environment: 'node',
  // A worker runs one file after another: it loads the AWS SDK once, and starts one database.
  isolate: false,
  // They end what hangs, on however slow a machine: no test is about how long it takes.
  testTimeout: 600_000,
  hookTimeout: 600_000,
  // Hosts and commands start hundreds of times: what Node.js compiles of them is kept for the next start.
  env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
} as const;

export default defineConfig({
  test: {
    // Much of a test's time is that of the database beside it, so that one worker per processor is not too many.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        plugins: [heldFunctions],
        test: {
          ...SHARED,
          name: 'all',
          include: ['test/**/*.test.ts'],
          // npm run test:browser: they need a browser.
          exclude: [...configDefaults.exclude, 'test/browser/**'],
          globalSetup: ['test/support/permissions/global-setup.ts'],
          setupFiles: ['test/support/logs/check-logs.ts', 'test/support/permissions/check-permissions.ts'],
        },
      },
      {
        // What stores and counting do on the database that schedules are enumerated on is what they do on the others.
        test: {
          ...SHARED,
          name: 'in-memory',
          include: ['test/functions/shared/store/*.test.ts', 'test/functions/shared/counting/*.test.ts'],
          // It runs a command, which needs an endpoint.
          exclude: [...configDefaults.exclude, 'test/functions/shared/counting/removed-meanwhile.test.ts'],
          env: { TEST_DATABASE: 'in-memory' },
          setupFiles: ['test/support/logs/check-logs.ts'],
        },
      },
    ],
  },
});
