import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    setupFiles: ['test/support/check-logs.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
