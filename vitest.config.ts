import { dirname, resolve } from 'node:path';
import { configDefaults, defineConfig, type Plugin } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { redirectionOf } from './test/support/permissions/redirection.ts';

/** Those that take longest, which no worker should begin when the others have come to an end. */
const LONGEST = [
  'test/faults/exactly-once.test.ts',
  'test/local/document-samples.test.ts',
  'test/functions/shared/counting/message-counter.test.ts',
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

export default defineConfig({
  plugins: [heldFunctions],
  test: {
    include: ['test/**/*.test.ts'],
    // npm run test:browser: they need a browser.
    exclude: [...configDefaults.exclude, 'test/browser/**'],
    environment: 'node',
    // Much of a test's time is that of the database beside it, so that one worker per processor is not too many.
    maxWorkers: '100%',
    // A worker runs one file after another: it loads the AWS SDK once, and starts one database.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    globalSetup: ['test/support/permissions/global-setup.ts'],
    setupFiles: ['test/support/logs/check-logs.ts', 'test/support/permissions/check-permissions.ts'],
    // They end what hangs, on however slow a machine: no test is about how long it takes.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
