import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["src/**/*.test.ts", "test/contract/**/*.test.ts", "web/src/**/*.test.ts"], pool: "threads", isolate: false, testTimeout: 20_000 },
});
