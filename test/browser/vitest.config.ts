import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// npm run test:browser: apart from `npm test`, which needs no browser.

export default defineConfig({
  test: {
    root: join(import.meta.dirname, '../..'),
    include: ['test/browser/*.test.ts'],
    environment: 'node',
    maxWorkers: 2,
    globalSetup: ['test/browser/global-setup.ts'],
    setupFiles: ['test/browser/check-visitors.ts'],
    // They end what hangs, on however slow a machine. A test that is about time says how long it gives.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000, interval: 100 } },
  },
});
