import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// npm run test:browser: apart from `npm test`, which needs no browser.

export default defineConfig({
  test: {
    root: join(import.meta.dirname, '../..'),
    include: ['test/browser/**/*.test.ts'],
    environment: 'node',
    maxWorkers: 2,
    globalSetup: ['test/browser/global-setup.ts'],
    setupFiles: ['test/browser/check-visitors.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000, interval: 100 } },
  },
});
