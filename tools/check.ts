/** `npm run check`: types, layers, lint, format and unit tests, at once. */
import { run } from "./run.ts";

const steps = await Promise.all([
  run("types", ["tsc", "-p", "tsconfig.json"]),
  run("types of web", ["tsc", "-p", "web/tsconfig.json"]),
  run("layers", ["node", "tools/layers.ts"]),
  run("lint", ["oxlint", "--type-aware", "--deny-warnings"]),
  run("format", ["oxfmt", "--check", "."]),
  run("unit tests", ["vitest", "run"]),
]);
for (const { name, ok, output, seconds } of steps) {
  console.log(`${ok ? "ok    " : "FAILED"} ${name} (${seconds.toFixed(1)} s)`);
  if (!ok) console.log(output);
}
if (steps.some(({ ok }) => !ok)) process.exitCode = 1;
