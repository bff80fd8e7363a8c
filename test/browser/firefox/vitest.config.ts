import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// npm run test:firefox: the main walk of the browser suite, in Firefox.

export default defineConfig({
  test: {
    root: join(import.meta.dirname, '../../..'),
    include: ['test/browser/firefox/**/*.test.ts'],
    environment: 'node',
    globalSetup: ['test/browser/global-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000, interval: 100 } },
  },
});
