import { spawn } from "node:child_process";
import { readFileSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { PODS } from "../../../src/api/index.ts";
import { isAlive, sendSignal } from "../../../src/cluster/pods/processes.ts";
import { findShim } from "../../../src/cluster/pods/run.ts";
import {
  createDataDir,
  createPod,
  hasEnded,
  NAMESPACE,
  readLog,
  startRuntime,
  waitForPod,
  type RuntimeFixture,
} from "./testing/runtime-fixture.ts";

const disposers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const dispose of disposers.splice(0).toReversed()) await dispose();
});

function shimsIn(dataDir: string): string[] {
  const pods = join(dataDir, "pods");
  return readdirSync(pods, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(pods, name, "main", "0"))
    .filter((run) => existsSync(join(run, "pid")));
}

function useRuntime(fixture: RuntimeFixture): RuntimeFixture {
  disposers.push(() => fixture.stop());
  return fixture;
}

/** Starts the child of this test, lets its pods begin, and kills it without warning. */
async function crashAfterStart(dataDir: string, sandbox: string): Promise<void> {
  const script = fileURLToPath(new URL("testing/crash-child.ts", import.meta.url));
  const child = spawn(process.execPath, [script, dataDir, sandbox], { stdio: ["ignore", "inherit", "inherit"] });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  await expect.poll(() => existsSync(join(dataDir, "calls")) && shimsIn(dataDir).length, { timeout: 10_000 }).toBe(3);
  child.kill("SIGKILL");
  await exited;
}

describe.each(["auto", "process"] as const)("after kill -9, sandbox %s", (sandbox) => {
  test("containers go on, nothing runs twice, nothing is lost or orphaned", { timeout: 60_000 }, async () => {
    const { path: dataDir, dispose } = createDataDir();
    disposers.push(dispose);
    await crashAfterStart(dataDir, sandbox);
    const shims = shimsIn(dataDir).map(findShim);
    expect(shims.every((shim) => shim && isAlive(shim))).toBe(true);
    // "short" ends while nobody watches.
    await expect.poll(() => shims.filter((shim) => shim && isAlive(shim)).length, { timeout: 5000 }).toBe(2);
    let calls = 0;
    const slow = async (): Promise<number> => {
      calls++;
      return 0;
    };
    const { kube } = useRuntime(await startRuntime({ dataDir, sandbox, builtins: { "skiff/slow": slow } }));

    const short = await waitForPod(kube, "short", hasEnded);
    expect(short?.status?.containerStatuses?.[0]?.state.terminated).toMatchObject({ exitCode: 4, reason: "Error" });
    expect(await readLog(kube, "short")).toBe("begin\nonce\nend\n");

    const builtin = await waitForPod(kube, "slow-builtin", hasEnded);
    expect(builtin?.status?.phase).toBe("Succeeded");
    expect(calls).toBe(1);

    const long = await waitForPod(kube, "long", hasEnded);
    expect(long?.status?.phase).toBe("Succeeded");
    expect(long?.status?.containerStatuses?.[0]?.restartCount).toBe(0);
    expect(await readLog(kube, "long")).toBe("begin\nonce\nend\n");

    await kube.delete(PODS, "doomed", { namespace: NAMESPACE, gracePeriodSeconds: 1 });
    await waitForPod(kube, "doomed", (pod) => pod === undefined);
    expect(shims.some((shim) => shim && isAlive(shim))).toBe(false);
  });

  if (sandbox === "process") return;
  test("lost processes are reported, and a stop leaves nothing", { timeout: 60_000 }, async () => {
    const { path: dataDir, dispose } = createDataDir();
    disposers.push(dispose);
    await crashAfterStart(dataDir, sandbox);
    const doomed = shimsIn(dataDir).find((run) => readFileSync(join(run, "..", "0.log"), "utf8").includes("begin"));
    if (doomed === undefined) throw new Error("no container began");
    const lost = findShim(doomed);
    if (!lost) throw new Error("no shim");
    sendSignal(-lost.pid, "SIGKILL");
    const others = shimsIn(dataDir).map(findShim);
    const uid = doomed.split("/").at(-3) ?? "";
    const first = await startRuntime({ dataDir, sandbox, builtins: { "skiff/slow": async () => 0 } });
    const { items } = await first.kube.list(PODS, { namespace: NAMESPACE });
    const pod = items.find(({ metadata }) => metadata.uid === uid);
    const ended = await waitForPod(first.kube, pod?.metadata.name ?? "", hasEnded);
    expect(ended?.status?.containerStatuses?.[0]?.state.terminated).toMatchObject({ exitCode: 137, reason: "ContainerStatusUnknown" });
    expect(ended?.status?.conditions?.find(({ type }) => type === "DisruptionTarget")).toMatchObject({
      status: "True",
      reason: "TerminationByKubelet",
    });
    await first.stop();
    expect(others.some((shim) => shim && isAlive(shim))).toBe(false);
  });
});

test("a graceful stop ends running pods and says why; a pod that waits stays", async () => {
  const { path: dataDir, dispose } = createDataDir();
  disposers.push(dispose);
  const first = await startRuntime({ dataDir });
  await createPod(first.kube, "running", { containers: [{ name: "main", image: "busybox", command: ["sleep", "600"] }] });
  await createPod(first.kube, "done", { containers: [{ name: "main", image: "busybox", command: ["true"] }] });
  await waitForPod(first.kube, "running", (pod) => pod?.status?.phase === "Running");
  await waitForPod(first.kube, "done", hasEnded);
  const shims = shimsIn(dataDir).map(findShim);
  await first.stop();
  expect(shims.some((shim) => shim && isAlive(shim))).toBe(false);
  const { kube } = useRuntime(await startRuntime({ dataDir }));
  const pod = await kube.get(PODS, "running", NAMESPACE);
  expect(pod.status?.phase).toBe("Failed");
  expect(pod.status?.conditions?.find(({ type }) => type === "DisruptionTarget")).toMatchObject({
    status: "True",
    reason: "TerminationByKubelet",
  });
  expect((await kube.get(PODS, "done", NAMESPACE)).status?.phase).toBe("Succeeded");
});

test("what was left of pods that no longer exist is removed at start", async () => {
  const { path: dataDir, dispose } = createDataDir();
  disposers.push(dispose);
  await crashAfterStart(dataDir, "process");
  const shims = shimsIn(dataDir).map(findShim);
  const { rmSync } = await import("node:fs");
  rmSync(join(dataDir, "cluster"), { recursive: true });
  useRuntime(await startRuntime({ dataDir, sandbox: "process" }));
  await expect.poll(() => shimsIn(dataDir).length, { timeout: 10_000 }).toBe(0);
  expect(shims.some((shim) => shim && isAlive(shim))).toBe(false);
});

test("a pod that was deleted while Skiff was down is ended at the next start", async () => {
  const { path: dataDir, dispose } = createDataDir();
  disposers.push(dispose);
  await crashAfterStart(dataDir, "process");
  const shims = shimsIn(dataDir).map(findShim);
  // The API server alone, without a runtime, takes the deletion.
  const { openCluster } = await import("../../../src/cluster/index.ts");
  const { createLog } = await import("../../../src/lib/log.ts");
  const api = await openCluster({
    dataDir: join(dataDir, "cluster"),
    log: createLog({ level: "error" }),
    addresses: [],
    podLogs: () => new ReadableStream(),
  });
  for (const name of ["short", "long", "doomed", "slow-builtin"])
    await api.admin.delete(PODS, name, { namespace: NAMESPACE, gracePeriodSeconds: 1 });
  await api.close();
  const { kube } = useRuntime(await startRuntime({ dataDir, sandbox: "process" }));
  await waitForPod(kube, "doomed", (pod) => pod === undefined);
  await waitForPod(kube, "long", (pod) => pod === undefined);
  await waitForPod(kube, "slow-builtin", (pod) => pod === undefined);
  expect(shims.some((shim) => shim && isAlive(shim))).toBe(false);
});
