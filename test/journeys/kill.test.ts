/** `kill -9` at random moments of a run of quick steps: it always ends SUCCEEDED, each step ran once, its outputs are right. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Artifact, Run, TaskDetail } from "../../src/api/pipelines.ts";
import { createBrowser } from "../contract/browser.ts";
import { pipelineOf } from "../contract/pipelines/shell-pipeline.ts";
import { formPath } from "../contract/sign-in-steps.ts";
import { NAMESPACE, PASSWORD, removeFolder, startSkiff, temporaryFolder, until, type RunningSkiff } from "../support/skiff.ts";

/** SKIFF_TEST_KILLS=40 tries more moments. */
const KILLS = Number(process.env["SKIFF_TEST_KILLS"] ?? 8);
const API = "/pipeline/apis/v2beta1";

const root = temporaryFolder();
const dataDir = join(root, "data");
let skiff: RunningSkiff;
let cookie = "";
let experimentId = "";

const MARK = 'echo "mark $HOSTNAME"; sleep 0.05';
const PIPELINE = pipelineOf({
  one: { script: `${MARK}; printf 1 > "$2"`, output: true },
  two: { script: `${MARK}; printf "two of $0" > "$1"; printf 2 > "$2"`, output: true, artifact: true, after: ["one"] },
  three: { script: `${MARK}; test "$(cat "$1")" = "two of hello"; printf 3 > "$2"`, output: true, artifactFrom: "two" },
  four: { script: `${MARK}; printf 4 > "$2"; mkdir -p "$1"; echo four > "$1/file"`, output: true, artifact: true, after: ["two"] },
  five: { script: `${MARK}; test "$(cat "$1/file")" = four; printf 5 > "$2"`, output: true, artifactFrom: "four" },
  six: { script: `${MARK}; printf 6 > "$2"`, output: true, after: ["three", "five"] },
});
const STEPS = ["one", "two", "three", "four", "five", "six"];

async function send<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${skiff.ready.gateway}${path}`, {
    method,
    headers: { cookie: `authservice_session=${cookie}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (response.headers.get("content-type")?.startsWith("application/json") ? JSON.parse(text) : text) as T;
}

const submit = (): Promise<Run> =>
  send<Run>("POST", `${API}/runs`, { experiment_id: experimentId, display_name: "kill", pipeline_spec: PIPELINE });

const ended = (runId: string): Promise<Run> =>
  until(`the end of run ${runId}`, 60_000, async () => {
    const run = await send<Run>("GET", `${API}/runs/${runId}`);
    return ["SUCCEEDED", "FAILED"].includes(run.state) ? run : undefined;
  });

async function check(runId: string): Promise<void> {
  const run = await ended(runId);
  expect(run.state, JSON.stringify(run.error)).toBe("SUCCEEDED");
  const tasks = (run.run_details?.task_details ?? []).filter(({ type }: TaskDetail) => type === "EXECUTOR");
  expect(tasks.map(({ task_name }) => task_name).toSorted()).toEqual(STEPS.toSorted());
  for (const task of tasks) {
    expect(task.output_parameters).toEqual({ out: STEPS.indexOf(task.task_name) + 1 });
    const log = await send<string>("GET", task.log_url ?? "");
    expect([task.task_name, log.split("mark ").length - 1, log]).toEqual([
      task.task_name,
      1,
      expect.stringContaining(task.pod_name ?? "-"),
    ]);
  }
  const { artifacts } = await send<{ artifacts: Artifact[] }>("GET", `${API}/runs/${runId}/artifacts`);
  expect(artifacts).toHaveLength(2);
  const file = artifacts.find(({ directory }) => !directory);
  expect(await send("GET", `${API}/artifacts/${file?.artifact_id}/content`)).toBe("two of hello");
}

beforeAll(async () => {
  skiff = await startSkiff({ dataDir });
  const browser = createBrowser(Number(new URL(skiff.ready.gateway).port));
  await browser.post(formPath(await browser.get("/oauth2/start")), { login: "user@example.com", password: PASSWORD });
  cookie = browser.cookies.get("authservice_session") ?? "";
  const made = await until("the user's namespace", 20_000, () =>
    send<{ experiment_id: string }>("POST", `${API}/experiments`, { display_name: "kills", namespace: NAMESPACE }).catch(() => undefined),
  );
  experimentId = made.experiment_id;
});
afterAll(async () => {
  await skiff.stop();
  removeFolder(root);
});

it(`survives ${KILLS} of them`, async () => {
  const first = Date.now();
  await check((await submit()).run_id);
  const length = Date.now() - first;
  for (let kill = 0; kill < KILLS; kill++) {
    const { run_id } = await submit();
    // Spread over the run and shaken a little; the last ones hit its end.
    const moment = (length * (kill + Math.random())) / KILLS;
    await new Promise((next) => setTimeout(next, moment));
    const died = new Promise((done) => skiff.process.once("exit", done));
    skiff.process.kill("SIGKILL");
    await died;
    skiff = await startSkiff({ dataDir });
    await check(run_id).catch((error: unknown) => {
      throw new Error(`killed ${Math.round(moment)} of ${length} ms after the submission`, { cause: error });
    });
  }
});
