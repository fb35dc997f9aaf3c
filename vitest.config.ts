import { defineConfig } from 'vitest/config';

// Many tests use real sockets, processes and timers: one that fails on a busy machine is tried once more, and both tries are printed.
const everywhere = { environment: 'node', pool: 'forks', testTimeout: 60_000, hookTimeout: 60_000 } as const;

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...everywhere,
          name: 'fast',
          retry: 1,
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.slow.test.ts', 'test/control-plane/**'],
        },
      },
      {
        test: {
          ...everywhere,
          name: 'slow',
          retry: 1,
          include: ['test/**/*.slow.test.ts'],
          exclude: ['test/control-plane/**'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        test: {
          ...everywhere,
          name: 'control-plane',
          retry: 1,
          include: ['test/control-plane/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
