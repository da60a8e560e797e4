// Four projects, picked by suffix and run in order of cheapness: unit, sim, crash, e2e. A tidy test proves that every
// test file belongs to exactly one of them.

import { configDefaults, defineConfig } from 'vitest/config';

const ROOMS = '{cmd,internal,pkg,api-gateway,sidecar,scripts}';
const SUFFIXES = ['sim', 'crash', 'e2e'] as const;

const bySuffix = (suffix: (typeof SUFFIXES)[number]): string => `${ROOMS}/**/*.${suffix}.test.ts`;

const inOrder = (groupOrder: number) => ({ groupOrder });

export default defineConfig({
  test: {
    reporters: ['default', './scripts/test-counts-reporter.ts'],
    // Forked processes, never threads: a worker thread that ends with an open ZeroMQ socket takes the process with it.
    pool: 'forks',
    // One for each core; the runner's own choice leaves one core idle.
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [`${ROOMS}/**/*.test.ts`],
          exclude: [...configDefaults.exclude, ...SUFFIXES.map(bySuffix)],
          testTimeout: 20_000,
          sequence: inOrder(0),
        },
      },
      {
        extends: true,
        test: { name: 'sim', include: [bySuffix('sim')], testTimeout: 180_000, sequence: inOrder(1) },
      },
      {
        extends: true,
        test: { name: 'crash', include: [bySuffix('crash')], testTimeout: 180_000, sequence: inOrder(2) },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: [bySuffix('e2e')],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          // Real processes with real deadlines, which mostly wait: two files at a time.
          maxWorkers: 2,
          sequence: inOrder(3),
        },
      },
    ],
  },
});
