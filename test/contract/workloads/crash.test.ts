import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { DEPLOYMENTS, JOBS, REPLICA_SETS, STATEFUL_SETS } from "../../../src/api/index.ts";
import { delay } from "../../../src/lib/backoff.ts";
import { createDataDir, eventually, NAMESPACE, object, podsOf, shell, startWorkloads } from "./testing/workload-fixture.ts";

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

test("after an orderly stop the pods of a Deployment and a StatefulSet come back, and their remains go", { timeout: 60_000 }, async () => {
  const { path, dispose } = createDataDir();
  disposers.push(dispose);
  const spec = (app: string) => ({
    replicas: 2,
    selector: { matchLabels: { app } },
    template: shell({ app }, "trap 'exit 0' TERM; sleep 1000 & wait"),
  });
  const first = await startWorkloads(path);
  const isUp = async ({ kube }: typeof first): Promise<void> => {
    await eventually(
      () => kube.get(DEPLOYMENTS, "web", NAMESPACE),
      ({ status }) => status?.availableReplicas === 2,
    );
    await eventually(
      () => kube.get(STATEFUL_SETS, "db", NAMESPACE),
      ({ status }) => status?.readyReplicas === 2,
    );
  };
  await first.kube.create(DEPLOYMENTS, object(DEPLOYMENTS, "web", { spec: spec("web") }));
  await first.kube.create(STATEFUL_SETS, object(STATEFUL_SETS, "db", { spec: { ...spec("db"), serviceName: "db" } }));
  await isUp(first);
  const before = [...(await podsOf(first.kube, "app=web")), ...(await podsOf(first.kube, "app=db"))].map(({ metadata }) => metadata.uid);
  await first.stop();
  const second = await startWorkloads(path);
  disposers.push(() => second.stop());
  for (const app of ["web", "db"]) {
    await eventually(
      () => podsOf(second.kube, `app=${app}`),
      (pods) => pods.length === 2 && pods.every(({ metadata, status }) => status?.phase === "Running" && !before.includes(metadata.uid)),
    );
  }
  await isUp(second);
});
