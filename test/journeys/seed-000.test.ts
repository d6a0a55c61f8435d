/** Seed 000 as written: sign in with the public snippet, submit with the unmodified SDK, look at the result. */
import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Artifact, Run } from "../../src/api/pipelines.ts";
import { findChromium, openBrowser, SCREENSHOTS } from "../support/browser.ts";
import { findKubectls } from "../support/kubectl-binaries.ts";
import { runClient, runProgram } from "../support/programs.ts";
import { NAMESPACE, PASSWORD, startSkiff, until, type RunningSkiff } from "../support/skiff.ts";

interface Outcome {
  kfp: string;
  cookie: string;
  links: string[];
  runId: string;
  state: string;
  tasks: Record<string, string>;
  failedId: string;
  failedState: string;
  runs: string[];
  experiments: string[];
}

const OTHER_PASSWORD = "another long password";
let skiff: RunningSkiff;
let outcome: Outcome;
let kubectl: (...args: string[]) => Promise<string>;

const api = async <T>(path: string): Promise<T> => {
  const response = await fetch(`${skiff.ready.gateway}/pipeline/apis/v2beta1/${path}`, {
    headers: { cookie: `authservice_session=${outcome.cookie}` },
  });
  expect(response.status, path).toBe(200);
  const type = response.headers.get("content-type") ?? "";
  return (type.includes("json") ? await response.json() : await response.text()) as T;
};
const taskOf = (run: Run, name: string) => {
  const found = run.run_details?.task_details.find((task) => task.task_name === name);
  if (!found) throw new Error(`no task ${name} in ${run.run_details?.task_details.map((task) => task.task_name).join(", ")}`);
  return found;
};

beforeAll(async () => {
  skiff = await startSkiff();
  const [program] = await findKubectls();
  kubectl = async (...args) => {
    const { code, stdout, stderr } = await runProgram(program ?? "kubectl", args, {
      env: { KUBECONFIG: join(skiff.dataDir, "kubeconfig"), KUBECACHEDIR: join(skiff.dataDir, "..", "kube-cache") },
    });
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  outcome = await runClient<Outcome>("seed_000.py", { HOST: skiff.ready.gateway, PASSWORD });
});

afterAll(async () => {
  await skiff.stop();
  await rm(join(skiff.dataDir, ".."), { recursive: true, force: true });
});

describe("seed 000", () => {
  it("runs the pipeline to SUCCEEDED and takes the branch that the accuracy asks for", async () => {
    expect(outcome.state).toBe("SUCCEEDED");
    const run = await api<Run>(`runs/${outcome.runId}`);
    expect(taskOf(run, "evaluate").state).toBe("SUCCEEDED");
    expect(taskOf(run, "evaluate").output_parameters?.["Output"]).toBeGreaterThan(0.8);
    expect(taskOf(run, "celebrate").state).toBe("SUCCEEDED");
    expect(taskOf(run, "celebrate").output_parameters).toEqual({ Output: "shipped" });
    expect(run.run_details?.task_details.some((task) => task.state === "SKIPPED")).toBe(true);
    expect(outcome.runs).toContain(outcome.runId);
    expect(outcome.experiments).toContain("Default");
  });

  it("keeps the Dataset, Model and Metrics with their metadata and content", async () => {
    const { artifacts } = await api<{ artifacts: Artifact[] }>(`runs/${outcome.runId}/artifacts`);
    const by = (name: string) => artifacts.find((artifact) => artifact.name === name);
    expect(by("train")?.type).toBe("system.Dataset");
    expect(by("train")?.metadata).toMatchObject({ rows: 105 });
    expect(by("model")?.type).toBe("system.Model");
    expect(Number(by("model")?.size)).toBeGreaterThan(1000);
    expect(by("metrics")?.metadata["accuracy"]).toBeGreaterThan(0.8);
    const content = await api<string>(`artifacts/${by("test")?.artifact_id}/content`);
    expect(content.trim().split("\n")).toHaveLength(45);
  });

  it("ends a failing step as FAILED with the step's own traceback in its log", async () => {
    expect(outcome.failedState).toBe("FAILED");
    const run = await api<Run>(`runs/${outcome.failedId}`);
    const task = taskOf(run, "break-down");
    expect(task.state).toBe("FAILED");
    expect(task.error?.message).toMatch(/exit/i);
    const log = await api<string>(`runs/${outcome.failedId}/tasks/${task.task_id}/log`);
    expect(log).toContain("Traceback (most recent call last)");
    expect(log).toContain("ValueError: this step fails on purpose: to show its traceback");
  });

  it("refuses callers without a session, spoofed identities, and other people", async () => {
    const hash = await runProgram("node", [
      "-e",
      "require('bcryptjs').hash(process.argv[1], 10).then(h => console.log(h))",
      OTHER_PASSWORD,
    ]);
    const current = JSON.parse(await kubectl("get", "configmap", "dex", "-n", "auth", "-o", "json")) as { data: { "config.yaml": string } };
    const { parse, stringify } = await import("yaml");
    const config = parse(current.data["config.yaml"]) as { staticPasswords: unknown[] };
    config.staticPasswords.push({ email: "other@example.com", hash: hash.stdout.trim(), username: "other", userID: "2" });
    await kubectl(
      "patch",
      "configmap",
      "dex",
      "-n",
      "auth",
      "--type",
      "merge",
      "-p",
      JSON.stringify({ data: { "config.yaml": stringify(config) } }),
    );
    interface Answer {
      status: number;
      body: string;
    }
    const answers = await until("the new user can sign in", 30_000, () =>
      runClient<{ anonymous: Answer; spoofed: Answer; other: Answer }>("refused.py", { HOST: skiff.ready.gateway, OTHER_PASSWORD }).catch(
        (error: unknown) => {
          if (String(error).includes("authservice_session")) return undefined;
          throw error;
        },
      ),
    );
    expect(answers.anonymous.status).toBe(401);
    expect(answers.anonymous.body).toContain("Request header error: there is no user identity header.");
    expect(answers.spoofed.status).toBe(401);
    expect(answers.other.status).toBe(403);
    expect(answers.other.body).toContain("User 'other@example.com' is not authorized with reason:");
  });
});

describe("kubectl sees what ran", () => {
  it("lists pods, profiles and events, and reads a step's log", async (context) => {
    if ((await findKubectls()).length === 0) return context.skip("no kubectl 1.29 or newer on this machine");
    const run = await api<Run>(`runs/${outcome.runId}`);
    const pod = taskOf(run, "evaluate").pod_name ?? "";
    const listed = await kubectl("-n", NAMESPACE, "get", "pods,profiles,events");
    expect(listed).toContain(`pod/${pod}`);
    expect(listed).toMatch(/profile\.kubeflow\.org\/kubeflow-user-example-com/);
    expect(listed).toMatch(/event\/\S+|Normal\s+Started/);
    expect(listed).toMatch(/Completed/);
    expect(await kubectl("-n", NAMESPACE, "logs", pod, "-c", "main")).toContain("accuracy 0.9");
    expect(await kubectl("-n", NAMESPACE, "describe", "pod", pod)).toMatch(/Started container/i);
    return undefined;
  });

  it("follows the next run with get -w", async (context) => {
    const [program] = await findKubectls();
    if (!program) return context.skip("no kubectl 1.29 or newer on this machine");
    const args = ["-n", NAMESPACE, "get", "pods", "-w", "--no-headers"];
    const watching = spawn(program, args, { env: { ...process.env, KUBECONFIG: join(skiff.dataDir, "kubeconfig") } });
    let seen = "";
    watching.stdout.on("data", (chunk: Buffer) => (seen += chunk.toString()));
    try {
      await until("the watch has listed what is there", 20_000, () => (seen.includes("iris-training") ? true : undefined));
      await runClient("crash.py", { HOST: skiff.ready.gateway, PASSWORD });
      await until("the first step of the new run appears, runs and completes", 60_000, () => {
        const words = seen
          .split("\n")
          .filter((line) => /^crash-\w+-mark-1 /.test(line))
          .map((line) => line.split(/\s+/)[2]);
        return (
          ["Pending", "Running", "Completed"].every(
            (word) => words.includes(word) || (word === "Pending" && words.some((state) => state?.startsWith("Init:"))),
          ) || undefined
        );
      });
    } finally {
      watching.kill();
    }
    return undefined;
  });

  it("tells two users apart by their tokens", async (context) => {
    if ((await findKubectls()).length === 0) return context.skip("no kubectl 1.29 or newer on this machine");
    const token = (await kubectl("-n", NAMESPACE, "create", "token", "default-editor")).trim();
    const stranger = (await kubectl("-n", NAMESPACE, "create", "token", "default")).trim();
    const ask = (bearer: string) =>
      fetch(`${skiff.ready.gateway}/pipeline/apis/v2beta1/runs?namespace=${NAMESPACE}`, { headers: { authorization: `Bearer ${bearer}` } });
    expect((await ask(token)).status).toBe(200);
    expect((await ask(stranger)).status).toBe(403);
    expect((await ask(`${token.slice(0, -8)}AAAAAAAA`)).status).toBe(401);
    return undefined;
  });
});

describe("the links that the SDK printed", () => {
  it("open in Chromium behind the sign-in form and show the run", async (context) => {
    const executable = findChromium();
    if (!executable) return context.skip("no Chromium on this machine");
    const link = outcome.links.find((text) => text.includes("/runs/details/"));
    expect(link).toBe(`${skiff.ready.gateway}/pipeline/#/runs/details/${outcome.runId}`);
    const browser = await openBrowser(executable);
    try {
      const page: Page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(String(error)));
      await page.goto(link ?? "");
      await page.fill("#login", "user@example.com");
      await page.fill("#password", PASSWORD);
      await page.screenshot({ path: join(SCREENSHOTS, "sign-in.png") });
      await page.click("#submit-login");
      // The part behind # never reaches the server; it must survive the sign-in all the same.
      await page.getByText("Succeeded").first().waitFor({ timeout: 20_000 });
      await page.getByText("train-model").first().waitFor();
      await page.locator(".react-flow__node").first().waitFor();
      await page.screenshot({ path: join(SCREENSHOTS, "run.png"), fullPage: true });
      await page.goto(`${skiff.ready.gateway}/pipeline/#/runs/details/${outcome.failedId}`);
      await page.getByText("ValueError: this step fails on purpose").first().waitFor({ timeout: 20_000 });
      await page.screenshot({ path: join(SCREENSHOTS, "failed-run.png"), fullPage: true });
      await page.goto(`${skiff.ready.gateway}/#/runs`);
      await page.getByText("iris-training").first().waitFor();
      await page.screenshot({ path: join(SCREENSHOTS, "runs.png"), fullPage: true });
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
    }
    return undefined;
  });
});
