import { defineConfig } from 'vitest/config';
import { TallyReporter } from './test/tally-reporter.ts';

// `unit` files run beside each other. `e2e` files start real processes and real servers and measure real
// time, so they run one after the other, and after those. A port that was found free may be another program's by the time it is used, so what
// fails is tried once more; what fails twice has failed.
export default defineConfig({
  test: {
    reporters: ['default', new TallyReporter()],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
          testTimeout: 10_000,
          retry: 1,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          maxWorkers: 1,
          retry: 1,
          sequence: { groupOrder: 1 },
          testTimeout: 300_000,
          hookTimeout: 60_000,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['crdt/**/*.ts', 'src/**/*.ts', 'transport/**/*.ts', 'config/**/*.ts'],
    },
  },
});
