// One run for everything; files share a worker so that the embedded database starts once a worker, each test file with sites of its own.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Node loads graphql's CommonJS build; without this vitest would load a second copy, and schemas of one refuse the other.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A loaded machine loses a browser's or a process's race now and then; a fault fails twice. At hand, every failure is to be seen.
    retry: process.env.CI ? 1 : 0,
  },
});
