import { defineConfig } from "vitest/config";

// The quick ones: pure logic and small real parts. What starts processes or takes seconds lives in test/.
export default defineConfig({
  test: { include: ["src/**/*.test.ts", "web/src/**/*.test.ts"], pool: "threads", isolate: false, testTimeout: 20_000 },
});
