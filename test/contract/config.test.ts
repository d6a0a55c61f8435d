/** The configuration of the real program: from a file, from the environment, and with every fault at once. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runProgram } from "../support/programs.ts";
import { removeFolder, ROOT, startSkiff, temporaryFolder } from "../support/skiff.ts";

const root = temporaryFolder();
afterAll(() => removeFolder(root));

describe("configuration", () => {
  it("is read from config.yaml in the data directory; flags are stronger", async () => {
    const dataDir = join(root, "data");
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, "config.yaml"), "port: 1\nkubePort: 1\nlog: info\nsandbox: process\n");
    const skiff = await startSkiff({ dataDir });
    expect(skiff.output()).toMatch(/Isolation +process/);
    expect(await skiff.stop()).toBe(0);
  });

  it("is read from --config FILE, which may say where the data is", async () => {
    const file = join(root, "skiff.yaml");
    const dataDir = join(root, "elsewhere");
    writeFileSync(file, `dataDir: ${dataDir}\nsandbox: process\n`);
    // startSkiff names the directory too.
    const skiff = await startSkiff({ dataDir, args: ["--config", file] });
    expect(skiff.ready.dataDir).toBe(dataDir);
    expect(skiff.output()).toMatch(/Isolation +process/);
    await skiff.stop();
  });

  it("names every fault before anything starts", async () => {
    const file = join(root, "wrong.yaml");
    writeFileSync(file, "port: many\nsandbx: bwrap\n");
    const program = [join(ROOT, "bin", "skiff.js"), "up", "--data", join(root, "unused"), "--config", file, "--log", "loud"];
    const { code, stderr } = await runProgram(process.execPath, program, { env: { SKIFF_KUBE_PORT: "99999" } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^skiff: 4 settings are wrong:\n/);
    for (const fault of [
      "port many is not a port",
      "sandbx, which is no setting",
      "--log loud is not",
      "SKIFF_KUBE_PORT 99999 is not a port",
    ]) {
      expect(stderr).toContain(fault);
    }
    expect(stderr).not.toMatch(/\n +at /);
  });
});
