import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { SHARED } from '../../vitest.config.ts';

// How npm run test:mutations runs a test on a mutated copy: until it fails, and without the policies of functions, which
// no safeguard of counting is about, and whose template takes longer to make than most of these tests.

export default defineConfig({
  test: {
    root: join(import.meta.dirname, '../..'),
    include: ['test/**/*.test.ts'],
    ...SHARED,
    bail: 1,
    setupFiles: ['test/support/logs/check-logs.ts'],
  },
});
