/** `npm test`: every check, the unit tests, then the journeys with real clients. Ends with "N passed, N failed, N skipped". */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureKubectl } from "./kubectl.ts";
import { run } from "./run.ts";
import { installSystemPackages, makeClientEnvironment } from "./test-environment.ts";

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

const work = mkdtempSync(join(tmpdir(), "skiff-npm-test-"));
const tally: Tally = { passed: 0, failed: 0, skipped: 0 };

function count(ok: boolean): void {
  if (ok) tally.passed++;
  else tally.failed++;
}

/** A step that counts as one test; its output is shown when it fails. */
async function step(name: string, command: readonly string[]): Promise<void> {
  const { ok, output, seconds } = await run(name, command);
  console.log(`${ok ? "ok    " : "FAILED"} ${name} (${seconds.toFixed(1)} s)`);
  if (!ok) console.log(output);
  count(ok);
}

async function suite(name: string, args: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const report = join(work, `${name}.json`);
  console.log(`\n=== ${name}`);
  const { ok } = await run(name, ["vitest", "run", ...args, "--reporter=verbose", "--reporter=json", `--outputFile.json=${report}`], {
    show: true,
    env,
  });
  try {
    const result = JSON.parse(readFileSync(report, "utf8")) as { numPassedTests: number; numFailedTests: number; numPendingTests: number };
    tally.passed += result.numPassedTests;
    tally.failed += result.numFailedTests;
    tally.skipped += result.numPendingTests;
    // A file that does not load fails without a test of its own.
    if (!ok && result.numFailedTests === 0) tally.failed++;
  } catch {
    tally.failed++;
  }
}

try {
  await step("build", ["npm", "run", "--silent", "build"]);
  await Promise.all([
    step("types", ["tsc", "-p", "tsconfig.json"]),
    step("types of web", ["tsc", "-p", "web/tsconfig.json"]),
    step("layers", ["node", "tools/layers.ts"]),
    step("lint", ["oxlint", "--type-aware", "--deny-warnings"]),
    step("format", ["oxfmt", "--check", "."]),
  ]);
  await installSystemPackages();
  await suite("unit", []);
  await ensureKubectl();
  // kfp asks for an older kubernetes client than the newest.
  const python = await makeClientEnvironment(join(work, "kfp"), ["kfp"]);
  const kubernetes = await makeClientEnvironment(join(work, "kubernetes"), ["kubernetes", "bcrypt"]);
  for (const name of ["contract", "clients", "journeys"]) {
    await suite(name, ["-c", "test/vitest.config.ts", "--project", name, "--passWithNoTests"], {
      SKIFF_TEST_PYTHON: python,
      SKIFF_TEST_KUBERNETES_PYTHON: kubernetes,
    });
  }
} catch (error) {
  console.error(error);
  tally.failed++;
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(`\n${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`);
process.exitCode = tally.failed > 0 || tally.passed === 0 ? 1 : 0;
