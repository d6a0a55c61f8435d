import { defineConfig } from "vitest/config";

// These suites start the real program and real clients: one file after the other, on a machine with two cores.
const shared = {
  root: import.meta.dirname,
  pool: "forks",
  fileParallelism: false,
  testTimeout: 600_000,
  hookTimeout: 600_000,
} as const;

export default defineConfig({
  test: {
    projects: [
      { test: { ...shared, name: "contract", include: ["contract/**/*.test.ts"] } },
      { test: { ...shared, name: "journeys", include: ["journeys/**/*.test.ts"] } },
      // One platform for all of them; every test has a namespace of its own.
      {
        test: {
          ...shared,
          name: "clients",
          include: ["clients/**/*.test.ts"],
          globalSetup: ["support/one-platform.ts"],
          testTimeout: 60_000,
          maxConcurrency: 3,
        },
      },
    ],
  },
});
