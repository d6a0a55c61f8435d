import { defineConfig } from "vitest/config";

// Journeys start the real program and real clients: one file after the other, on a machine with two cores.
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["journeys/**/*.test.ts"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
