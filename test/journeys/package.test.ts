/** What users get is what is tested: the packed package in an empty folder, without a sandbox, on seed 000. */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runClient, runProgram } from "../support/programs.ts";
import { PASSWORD, removeFolder, startSkiff, temporaryFolder } from "../support/skiff.ts";

const root = temporaryFolder();
const folder = join(root, "app");

beforeAll(async () => {
  mkdirSync(folder);
  const packed = await runProgram("npm", ["pack", "--ignore-scripts", "--pack-destination", root]);
  expect(packed.code, packed.stderr).toBe(0);
  const tarball = readdirSync(root).find((name) => name.endsWith(".tgz")) ?? "";
  // Node 24 beside it: what `engines` asks for, from npm, whatever this machine has.
  const installed = await runProgram("npm", ["install", "--no-audit", "--no-fund", join(root, tarball), "node@24"], {
    cwd: folder,
    timeoutMs: 300_000,
  });
  expect(installed.code, installed.stderr).toBe(0);
});
afterAll(() => removeFolder(root));

describe("the packed package", () => {
  it("holds the program, the page and no tests", () => {
    const files = readdirSync(join(folder, "node_modules", "skiff"), { recursive: true, encoding: "utf8" });
    expect(files).toContain(join("dist", "web", "index.html"));
    expect(files.filter((name) => /\.test\.|\.tsbuildinfo|(^|\/)src\//.test(name))).toEqual([]);
  });

  it("starts with npx skiff up and passes seed 000, with plain processes as pods", async () => {
    const skiff = await startSkiff({ command: ["npx", "skiff"], cwd: folder, args: ["--sandbox", "process"] });
    try {
      expect(skiff.output()).toMatch(/Isolation\s+process/);
      const outcome = await runClient<{ state: string; failedState: string }>("seed_000.py", { HOST: skiff.ready.gateway, PASSWORD });
      expect(outcome).toMatchObject({ state: "SUCCEEDED", failedState: "FAILED" });
    } finally {
      process.kill(skiff.ready.pid, "SIGTERM");
      await new Promise((done) => skiff.process.once("exit", done));
    }
  });
});
