import { defineConfig } from "vitest/config";

/** Tests run on source: the `@drover/source` condition of every package's exports. */
const conditions = ["@drover/source"];

/** Cheap proofs first: a project starts when the one before it is done. */
const order = ["unit", "architecture", "integration", "real", "e2e", "chaos"];

const project = (name: string, include: string[], more: Record<string, unknown> = {}) => ({
  extends: true as const,
  test: { name, include, sequence: { groupOrder: order.indexOf(name) }, ...more },
});

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    pool: "forks",
    restoreMocks: true,
    projects: [
      // Quick, no services: beside the sources.
      project(
        "unit",
        [
          "packages/*/src/**/*.test.ts",
          "services/*/src/**/*.test.ts",
          // The parts of the chaos harness that decide: its programs and its oracle.
          "test/chaos/*/*.test.ts",
        ],
        {
          exclude: ["**/*.redis.test.ts", "**/*.real.test.ts", "**/node_modules/**", "**/dist/**"],
          testTimeout: 10_000,
          // Modules are loaded once for all files, which halves the time; so no test may leave a global changed.
          isolate: false,
        },
      ),
      project("architecture", ["test/architecture/**/*.test.ts"], { testTimeout: 30_000, isolate: false }),
      // On a real Redis.
      project(
        "integration",
        [
          "packages/*/src/**/*.redis.test.ts",
          "services/*/src/**/*.redis.test.ts",
          "test/integration/**/*.test.ts",
        ],
        {
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      ),
      // With the real OpenCode binary, a real Docker engine and the like, each skipped by name where it can't be had.
      project("real", ["services/*/src/**/*.real.test.ts"], {
        testTimeout: 120_000,
        hookTimeout: 120_000,
        maxWorkers: 2,
      }),
      // The whole system: all processes over HTTP.
      project(
        "e2e",
        [
          "test/e2e/**/*.test.ts",
          "test/contract/**/*.test.ts",
          "test/security/**/*.test.ts",
          "bench/*.test.ts",
        ],
        { testTimeout: 120_000, hookTimeout: 180_000, fileParallelism: false },
      ),
      project("chaos", ["test/chaos/*.test.ts"], {
        testTimeout: 240_000,
        hookTimeout: 180_000,
        fileParallelism: false,
      }),
    ],
  },
});
