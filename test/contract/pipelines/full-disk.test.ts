/** The data directory on a small file system that fills up: clear answers, nothing acknowledged is lost, and it goes on by itself. */
import { execFileSync } from "node:child_process";
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Run } from "../../../src/api/pipelines.ts";
import { NAMESPACE, PASSWORD, removeFolder, startSkiff, temporaryFolder, until, type RunningSkiff } from "../../support/skiff.ts";
import { createBrowser, type Browser } from "../browser.ts";
import { formPath } from "../sign-in-steps.ts";
import { pipelineOf } from "./shell-pipeline.ts";

const API = "/pipeline/apis/v2beta1";
const root = temporaryFolder();
const disk = join(root, "disk");
let skiff: RunningSkiff | undefined;
let browser: Browser;
let experimentId = "";

/** Mounting needs root and leave of the kernel. */
function mountDisk(): boolean {
  mkdirSync(disk);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=48m,mode=755", "tmpfs", disk], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
const mounted = mountDisk();

const running = (): RunningSkiff => {
  if (!skiff) throw new Error("not started");
  return skiff;
};
const ballast = join(disk, "ballast");

/** Writes until nothing more fits. */
function fill(): void {
  const file = openSync(ballast, "a");
  try {
    for (const size of [1 << 20, 1 << 12, 1]) {
      const block = Buffer.alloc(size, 1);
      try {
        for (;;) if (writeSync(file, block) < size) break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    }
  } finally {
    closeSync(file);
  }
}
function free(): void {
  const file = openSync(ballast, "r+");
  ftruncateSync(file, 0);
  closeSync(file);
}

async function send(method: string, path: string, body?: unknown) {
  const response = await fetch(`${running().ready.gateway}${path}`, {
    method,
    headers: { cookie: `authservice_session=${browser.cookies.get("authservice_session")}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}
const submit = (script: string) =>
  send("POST", `${API}/runs`, {
    experiment_id: experimentId,
    display_name: "full",
    pipeline_spec: pipelineOf({ one: { script }, two: { script: 'printf 7 > "$2"', output: true, after: ["one"] } }),
  });
const stateOf = async (id: string): Promise<string> => (JSON.parse((await send("GET", `${API}/runs/${id}`)).text) as Run).state;
const signIn = async (): Promise<void> => {
  browser = createBrowser(Number(new URL(running().ready.gateway).port));
  await browser.post(formPath(await browser.get("/oauth2/start")), { login: "user@example.com", password: PASSWORD });
};

beforeAll(async () => {
  if (!mounted) return;
  skiff = await startSkiff({ dataDir: join(disk, "data") });
  await signIn();
  const made = await until("the user's namespace", 20_000, async () => {
    const answer = await send("POST", `${API}/experiments`, { display_name: "full", namespace: NAMESPACE });
    return answer.status === 200 ? answer.text : undefined;
  });
  experimentId = (JSON.parse(made) as { experiment_id: string }).experiment_id;
});
afterAll(async () => {
  skiff?.process.kill("SIGKILL");
  if (mounted) execFileSync("umount", ["-l", disk]);
  removeFolder(root);
});

test.skipIf(!mounted)("a full disk (skipped where file systems cannot be mounted)", async () => {
  const before = await submit("sleep 2");
  expect(before.status, before.text).toBe(200);
  const { run_id: id } = JSON.parse(before.text) as Run;
  await until("the first step runs", 20_000, async () => ((await stateOf(id)) === "RUNNING" ? true : undefined));

  fill();
  const acknowledged: string[] = [];
  const refused: string[] = [];
  for (let i = 0; i < 15; i++) {
    const { status, text } = await submit("true");
    if (status === 200) acknowledged.push((JSON.parse(text) as Run).run_id);
    else refused.push(`${status} ${text}`);
    fill();
  }
  // SQLite may still have room in pages it holds; in the end it has none.
  expect(refused.length).toBeGreaterThan(0);
  for (const text of refused) expect(text).toMatch(/^507 .*disk of the data directory is full.*Free some space/);
  // Reading goes on, for people and programs; so does saying no.
  expect((await send("GET", `${API}/runs?namespace=${NAMESPACE}`)).status).toBe(200);
  expect((await send("GET", "/")).status).toBe(200);
  const anonymous = await fetch(`${running().ready.gateway}${API}/runs`);
  expect(anonymous.status).toBe(401);
  // A sign-in needs a place to keep the session.
  const stranger = createBrowser(Number(new URL(running().ready.gateway).port));
  const page = await stranger.post(formPath(await stranger.get("/oauth2/start")), { login: "user@example.com", password: PASSWORD });
  expect([page.status, page.body.slice(0, 200)]).not.toEqual([200, ""]);
  expect(stranger.cookies.has("authservice_session") && page.status >= 500).toBe(false);
  // Long enough for the loops to try what they cannot do.
  await new Promise((next) => setTimeout(next, 3000));
  expect(running().process.exitCode, running().output()).toBeNull();

  free();
  expect(statfsSync(disk).bavail).toBeGreaterThan(0);
  await until("a run is taken again", 10_000, async () => {
    const { status, text } = await submit("true");
    if (status === 200) acknowledged.push((JSON.parse(text) as Run).run_id);
    return status === 200 ? true : undefined;
  });
  for (const run of [id, ...acknowledged]) {
    // A step whose output found no room has failed with a reason; everything else is as if nothing had been.
    const state = await until(`the end of run ${run}`, 120_000, async () => {
      const now = await stateOf(run);
      return ["SUCCEEDED", "FAILED"].includes(now) ? now : undefined;
    });
    const { text } = await send("GET", `${API}/runs/${run}`);
    expect([run, state === "SUCCEEDED" || text.includes("space") || text.includes("full"), text.slice(0, 3000)]).toEqual([
      run,
      true,
      expect.any(String),
    ]);
  }
  await signIn();
  expect(browser.cookies.has("authservice_session")).toBe(true);
  expect(await running().stop()).toBe(0);
  // And it starts again with everything it had acknowledged.
  rmSync(ballast);
  skiff = await startSkiff({ dataDir: join(disk, "data") });
  for (const run of [id, ...acknowledged]) expect((await send("GET", `${API}/runs/${run}`)).status).toBe(200);
});
