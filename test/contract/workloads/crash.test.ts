import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { DEPLOYMENTS, JOBS, REPLICA_SETS, STATEFUL_SETS } from "../../../src/api/index.ts";
import { delay } from "../../../src/lib/backoff.ts";
import { createDataDir, eventually, NAMESPACE, podsOf, startWorkloads } from "./testing/workload-fixture.ts";

const disposers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const dispose of disposers.splice(0).toReversed()) await dispose();
});

/** Starts the child, lets it create its workloads, and kills it so many milliseconds later. */
async function crashAfter(dataDir: string, ms: number): Promise<void> {
  const script = fileURLToPath(new URL("testing/crash-child.ts", import.meta.url));
  const child = spawn(process.execPath, [script, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  await expect.poll(() => printed, { timeout: 20_000 }).toContain("created");
  await delay(ms);
  child.kill("SIGKILL");
  await exited;
}

test.each([0, 60, 400])("after kill -9 %i ms into the work nothing is made twice", { timeout: 90_000 }, async (ms) => {
  const { path, dispose } = createDataDir();
  disposers.push(dispose);
  await crashAfter(path, ms);
  const fixture = await startWorkloads(path);
  disposers.push(() => fixture.stop());
  const { kube } = fixture;
  await eventually(
    () => kube.get(DEPLOYMENTS, "web", NAMESPACE),
    ({ status }) => status?.availableReplicas === 6,
  );
  await eventually(
    () => kube.get(STATEFUL_SETS, "db", NAMESPACE),
    ({ status }) => status?.readyReplicas === 3,
  );
  for (const [name, succeeded] of [
    ["work", 6],
    ["plain", 5],
  ] as const) {
    const job = await eventually(
      () => kube.get(JOBS, name, NAMESPACE),
      ({ status }) => status?.conditions?.some(({ type }) => type === "Complete") === true,
      60_000,
    );
    expect(job.status?.succeeded).toBe(succeeded);
    const pods = await podsOf(kube, `app=${name}`);
    expect(pods.filter(({ status }) => status?.phase === "Succeeded")).toHaveLength(succeeded);
    expect(pods.filter(({ status }) => status?.phase === "Running" || status?.phase === "Pending")).toHaveLength(0);
  }
  expect((await kube.list(REPLICA_SETS, { namespace: NAMESPACE })).items).toHaveLength(1);
  const web = (await podsOf(kube, "app=web")).filter(
    ({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase !== "Failed",
  );
  expect(web).toHaveLength(6);
});
