import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // npm run test:browser: they need a browser.
    exclude: [...configDefaults.exclude, 'test/browser/**'],
    environment: 'node',
    // Much of a test's time is that of the database beside it, so that one worker per processor is not too many.
    maxWorkers: '100%',
    // A worker runs one file after another: it loads the AWS SDK once, and starts one database.
    isolate: false,
    setupFiles: ['test/support/check-logs.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
