/** `kill -9` in the middle of a run: the run ends well, nothing ran twice, nothing is left over. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Run } from "../../src/api/pipelines.ts";
import { runClient, runProgram } from "../support/programs.ts";
import { NAMESPACE, PASSWORD, removeFolder, startSkiff, temporaryFolder, until, type RunningSkiff } from "../support/skiff.ts";

interface Submitted {
  runId: string;
  state: string | null;
}

const root = temporaryFolder();
const dataDir = join(root, "data");
let skiff: RunningSkiff;

/** Every process that works below the data directory of this test. */
async function leftovers(): Promise<string[]> {
  const { stdout } = await runProgram("ps", ["-eo", "pid,args"]);
  return stdout.split("\n").filter((line) => line.includes(dataDir) && !line.includes("skiff.js up") && !line.includes("ps -eo"));
}

async function readRun(host: string, runId: string): Promise<Run> {
  const { cookie } = await runClient<{ cookie: string }>("cookie.py", { HOST: host, PASSWORD });
  const response = await fetch(`${host}/pipeline/apis/v2beta1/runs/${runId}`, { headers: { cookie: `authservice_session=${cookie}` } });
  return (await response.json()) as Run;
}

async function logOf(host: string, run: Run, name: string): Promise<string> {
  const { cookie } = await runClient<{ cookie: string }>("cookie.py", { HOST: host, PASSWORD });
  const task = run.run_details?.task_details.findLast((detail) => detail.task_name === name);
  const response = await fetch(`${host}${task?.log_url}`, { headers: { cookie: `authservice_session=${cookie}` } });
  return response.text();
}

const occurrences = (text: string, part: string): number => text.split(part).length - 1;

beforeAll(async () => {
  skiff = await startSkiff({ dataDir });
});
afterAll(async () => {
  await skiff.stop();
  removeFolder(root);
});

describe("a crash in the middle of a run", () => {
  it("ends SUCCEEDED after the next start; no step ran twice; no process was orphaned", async () => {
    const { runId } = await runClient<Submitted>("crash.py", { HOST: skiff.ready.gateway, PASSWORD });
    await until("the second step runs", 120_000, async () => {
      const run = await readRun(skiff.ready.gateway, runId);
      const second = run.run_details?.task_details.find((task) => task.task_name === "mark-2");
      if (second?.state !== "RUNNING") return undefined;
      return (await logOf(skiff.ready.gateway, run, "mark-2")).includes("begin second") || undefined;
    });
    const died = new Promise((done) => skiff.process.once("exit", done));
    skiff.process.kill("SIGKILL");
    await died;

    skiff = await startSkiff({ dataDir });
    const { state } = await runClient<Submitted>("crash.py", { HOST: skiff.ready.gateway, PASSWORD, RUN_ID: runId });
    expect(state).toBe("SUCCEEDED");
    const run = await readRun(skiff.ready.gateway, runId);
    for (const [task, word] of [
      ["mark", "first"],
      ["mark-2", "second"],
      ["mark-3", "third"],
    ] as const) {
      const log = await logOf(skiff.ready.gateway, run, task);
      expect(occurrences(log, `begin ${word}`), log).toBe(1);
      expect(occurrences(log, `end ${word}`), log).toBe(1);
    }
    const { stdout } = await runProgram("ls", [join(dataDir, "pods")]);
    const pods = stdout.split("\n").filter((line) => /^[0-9a-f-]{36}$/.test(line));
    expect(pods, `one pod for each step in ${NAMESPACE}`).toHaveLength(3);
    await until("nothing is left over", 10_000, async () => ((await leftovers()).length === 0 ? true : undefined));
  });

  it("leaves no process behind when it is stopped", async () => {
    await runClient<Submitted>("crash.py", { HOST: skiff.ready.gateway, PASSWORD });
    await until("a step runs", 60_000, async () => ((await leftovers()).length > 0 ? true : undefined));
    expect(await skiff.stop()).toBe(0);
    expect(await leftovers()).toEqual([]);
    skiff = await startSkiff({ dataDir });
  });
});
