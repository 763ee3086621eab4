import { defineConfig } from 'vitest/config';

/** The parts of the suite: `npx vitest run --project e2e`. End-to-end tests come last, with the machine to themselves. */
export default defineConfig({
  test: {
    reporters: ['default', './test/summary-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/{engine,storages,content,vault,protocol,server,sdk,cli}/src/**/*.test.ts', 'bench/src/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'contract',
          include: ['packages/testing/src/**/*.test.ts'],
          exclude: ['packages/testing/src/{simulator,vault-simulator,live-simulator,hostile}/**'],
        },
      },
      {
        test: {
          name: 'simulator',
          include: ['packages/testing/src/{simulator,vault-simulator,live-simulator,hostile}/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      { test: { name: 'repository', include: ['test/*.test.ts'], testTimeout: 30_000 } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
