/** What a person meets on the command line: a start, and every way in which a start can fail. */
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { openSqliteFile } from "../../src/kit/sqlite.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runProgram, type Finished } from "../support/programs.ts";
import { removeFolder, ROOT, startSkiff, temporaryFolder, type RunningSkiff } from "../support/skiff.ts";

const root = temporaryFolder();
const dataDir = join(root, "data");
let skiff: RunningSkiff;

const skiffCommand = (...args: string[]): Promise<Finished> =>
  runProgram(process.execPath, [join(ROOT, "bin", "skiff.js"), ...args], { timeoutMs: 30_000 });

/** One sentence with a remedy, a failure, and no stack trace. */
function expectRefusal({ code, stderr }: Finished, problem: RegExp, remedy: RegExp): void {
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/^skiff: /);
  expect(stderr).toMatch(problem);
  expect(stderr).toMatch(remedy);
  expect(stderr.trim().split("\n")).toHaveLength(1);
}

beforeAll(async () => {
  skiff = await startSkiff({ dataDir, env: { SKIFF_USER_PASSWORD: "" } });
});
afterAll(async () => {
  await skiff.stop();
  removeFolder(root);
});

describe("skiff up", () => {
  it("writes ready.json and a private kubeconfig, and prints the first password once", async () => {
    expect(Object.keys(skiff.ready).toSorted()).toEqual(["dataDir", "gateway", "kube", "pid", "version"]);
    expect(skiff.ready.pid).toBe(skiff.process.pid);
    expect(skiff.ready.gateway).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(skiff.ready.kube).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(statSync(join(dataDir, "kubeconfig")).mode & 0o777).toBe(0o600);
    const password = /Password\s+(\S+)/.exec(skiff.output())?.[1] ?? "";
    expect(password.length).toBeGreaterThan(15);
    for (const file of readdirSync(dataDir, { recursive: true, encoding: "utf8" })) {
      const path = join(dataDir, file);
      if (statSync(path).isFile()) expect(readFileSync(path).includes(password), `the password is stored in ${file}`).toBe(false);
    }
    await skiff.stop();
    expect(existsSync(join(dataDir, "ready.json"))).toBe(false);
    skiff = await startSkiff({ dataDir, env: { SKIFF_USER_PASSWORD: "" } });
    expect(skiff.output()).not.toMatch(/Password/);
  });

  it("names the pid of a second instance on the same directory", async () => {
    expectRefusal(
      await skiffCommand("up", "--data", dataDir, "--port", "0", "--kube-port", "0"),
      new RegExp(`pid ${skiff.ready.pid}\\b`),
      /skiff down/,
    );
    expect((await fetch(`${skiff.ready.gateway}/dex/healthz`)).status).toBe(200);
  });

  it.each([
    ["--port", /--port/],
    ["--kube-port", /--kube-port/],
  ])("says which port is busy: %s", async (flag, remedy) => {
    const busy = createServer();
    await new Promise<void>((done) => busy.listen(0, "127.0.0.1", done));
    const { port } = busy.address() as { port: number };
    const other = flag === "--port" ? "--kube-port" : "--port";
    const folder = join(root, `busy${flag}`);
    try {
      expectRefusal(await skiffCommand("up", "--data", folder, flag, String(port), other, "0"), new RegExp(String(port)), remedy);
      expect(existsSync(join(folder, "ready.json"))).toBe(false);
    } finally {
      busy.close();
    }
    // The directory is not spoiled: the first start's password is still to come.
    const again = await startSkiff({ dataDir: folder, env: { SKIFF_USER_PASSWORD: "" } });
    expect(again.output()).toMatch(/Password/);
    await again.stop();
  });

  it("refuses a directory that is not its own, and leaves it as it is", async () => {
    const foreign = join(root, "foreign");
    mkdirSync(foreign);
    writeFileSync(join(foreign, "thesis.txt"), "precious");
    expectRefusal(await skiffCommand("up", "--data", foreign, "--port", "0", "--kube-port", "0"), /not empty/, /--data DIR/);
    expect(readdirSync(foreign)).toEqual(["thesis.txt"]);
  });

  it("refuses a path that cannot be a directory", async () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    expectRefusal(
      await skiffCommand("up", "--data", join(file, "data"), "--port", "0", "--kube-port", "0"),
      /cannot be written/,
      /--data DIR/,
    );
  });

  it("refuses the database of a newer version and changes nothing in it", async () => {
    const folder = join(root, "newer");
    const first = await startSkiff({ dataDir: folder });
    await first.stop();
    const file = join(folder, "cluster", "objects.db");
    const database = openSqliteFile(file);
    database.pragma("user_version = 99");
    database.close();
    const before = readFileSync(file);
    expectRefusal(await skiffCommand("up", "--data", folder, "--port", "0", "--kube-port", "0"), /newer version/, /newer Skiff/);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it("listens on this machine only where pods are not kept apart", async () => {
    const args = ["--port", "0", "--kube-port", "0", "--sandbox", "process", "--host", "0.0.0.0"];
    expectRefusal(await skiffCommand("up", "--data", join(root, "open"), ...args), /does not listen on 0\.0\.0\.0/, /bubblewrap/);
  });

  it("explains wrong options", async () => {
    expect((await skiffCommand("up", "--port", "many")).stderr).toMatch(/--port many is not a port/);
    expect((await skiffCommand("up", "--colour")).code).toBe(2);
    expect((await skiffCommand("sail")).code).toBe(2);
    expect((await skiffCommand("up", "--help")).stdout).toMatch(/--kube-port N/);
  });
});

describe("the other commands", () => {
  it("print the version and the kubeconfig, and stop a running Skiff", async () => {
    expect((await skiffCommand("version")).stdout).toMatch(/^skiff \d+\.\d+\.\d+ \(node \d+/);
    expect((await skiffCommand("kubeconfig", "--data", dataDir)).stdout).toContain(skiff.ready.kube);
    expectRefusal(await skiffCommand("kubeconfig", "--data", join(root, "nothing")), /no kubeconfig/, /skiff up/);
    const ended = new Promise<number | null>((done) => skiff.process.once("exit", done));
    expect((await skiffCommand("down", "--data", dataDir)).stdout).toContain(`Stopped Skiff (pid ${skiff.ready.pid})`);
    expect(await ended).toBe(0);
    expect((await skiffCommand("down", "--data", dataDir)).stdout).toContain("No Skiff is running");
    skiff = await startSkiff({ dataDir });
  });
});
