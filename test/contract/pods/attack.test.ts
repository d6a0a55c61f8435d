/** What a hostile pod tries, and what it must not get. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { CONFIG_MAPS, PODS, type Container, type PodSpec } from "../../../src/api/index.ts";
import { delay } from "../../../src/lib/backoff.ts";
import {
  createDataDir,
  createPod,
  listEvents,
  NAMESPACE,
  readLog,
  runPod,
  startRuntime,
  waitForPod,
  type RuntimeFixture,
} from "./testing/runtime-fixture.ts";

const shell = (script: string, more: Partial<Container> = {}): PodSpec => ({
  containers: [{ name: "main", image: "busybox", command: ["sh", "-c", script], ...more }],
});

describe("a hostile pod", () => {
  const data = createDataDir();
  let fixture: RuntimeFixture;
  beforeAll(async () => {
    fixture = await startRuntime({ dataDir: data.path });
  });
  afterAll(async () => {
    await fixture.stop();
    data.dispose();
  });

  const run = async (name: string, spec: PodSpec): Promise<{ code: number | undefined; log: string }> => {
    const pod = await runPod(fixture.kube, name, spec);
    return { code: pod.status?.containerStatuses?.[0]?.state.terminated?.exitCode, log: await readLog(fixture.kube, name) };
  };

  test("cannot make itself root with a user database of its own", async ({ skip }) => {
    if (!fixture.runtime.isolated) skip();
    const passwd = Array.from({ length: 50 }, (_, i) => `${20_000 + i}:x:0:0::/:/bin/sh\n`).join("");
    await fixture.kube.create(CONFIG_MAPS, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "users", namespace: NAMESPACE },
      data: { passwd },
    });
    await createPod(fixture.kube, "root", {
      volumes: [{ name: "users", configMap: { name: "users" } }],
      ...shell("id -u", { volumeMounts: [{ name: "users", mountPath: "/etc/passwd", subPath: "passwd" }] }),
    });
    await expect
      .poll(async () => (await listEvents(fixture.kube, "root")).map(({ message }) => message).join())
      .toContain("cannot be mounted at /etc/passwd");
  });

  test("keeps its log when it writes to /dev/stdout and /dev/stderr", async ({ skip }) => {
    if (!fixture.runtime.isolated) skip();
    const { log } = await run("streams", shell("echo one; echo two > /dev/stderr; echo three > /dev/stdout; echo four"));
    expect(log).toBe("one\ntwo\nthree\nfour\n");
  });

  test("signals only itself", async ({ skip }) => {
    if (!fixture.runtime.isolated) skip();
    expect(await run("kill-group", shell("trap '' TERM; kill -TERM 0; echo on; exit 3"))).toEqual({ code: 3, log: "on\n" });
    const pod = await runPod(fixture.kube, "kill-all", shell("kill -KILL 0; kill -KILL -1; echo on"));
    // Not "ContainerStatusUnknown": the shim was there to tell.
    expect(pod.status?.containerStatuses?.[0]?.state.terminated).toMatchObject({ exitCode: 137, reason: "Error" });
  });

  test("has three descriptors, no capability and no other process", async ({ skip }) => {
    if (!fixture.runtime.isolated) skip();
    const { log } = await run(
      "inside",
      shell("ls /proc/self/fd | tr '\\n' ' '; grep -E 'CapBnd|CapEff|NoNewPrivs' /proc/self/status; ls -d /proc/[0-9]* | wc -l"),
    );
    const [descriptors, ...rest] = log.trim().split("\n");
    expect(descriptors).toMatch(/^0 1 2 3 Cap/);
    expect(rest.join()).toContain("NoNewPrivs:\t1");
    expect(log).toMatch(/CapEff:\t0+\n/);
    expect(Number(rest.at(-1))).toBeLessThan(6);
  });

  test("is removed with paths longer than the system takes", async () => {
    const script = "import os\nfor i in range(60):\n os.mkdir('d' * 200)\n os.chdir('d' * 200)";
    const deep: Container = { name: "main", image: "python:3", command: ["python3", "-c", script], workingDir: "/tmp" };
    const pod = await runPod(fixture.kube, "deep", { containers: [deep] }, 60_000);
    expect(pod.status?.phase).toBe("Succeeded");
    await fixture.kube.delete(PODS, "deep", { namespace: NAMESPACE });
    await waitForPod(fixture.kube, "deep", (seen) => seen === undefined);
    await expect.poll(() => existsSync(join(data.path, "pods", pod.metadata.uid ?? ""))).toBe(false);
  });

  test("that floods its log fills no disk, and its log can be read meanwhile", { timeout: 60_000 }, async () => {
    const spec = shell("yes 0123456789012345678901234567890123456789");
    const { metadata } = await createPod(fixture.kube, "flood", spec);
    const folder = join(data.path, "pods", metadata.uid ?? "", "main");
    await expect.poll(() => existsSync(join(folder, "0.log.start")), { timeout: 20_000 }).toBe(true);
    expect((await readLog(fixture.kube, "flood", "?tailLines=2")).length).toBeGreaterThan(80);
    await fixture.kube.delete(PODS, "flood", { namespace: NAMESPACE, gracePeriodSeconds: 1 });
    await waitForPod(fixture.kube, "flood", (seen) => seen === undefined);
    await expect.poll(() => existsSync(folder)).toBe(false);
  });

  test("may have many processes, but not without end", async ({ skip }) => {
    if (!fixture.runtime.isolated) skip();
    const { log } = await run("bound", shell("ulimit -p 2>/dev/null || ulimit -u"));
    expect(Number(log)).toBe(4096 + 1024 * availableParallelism());
  });
});

describe("without a sandbox", () => {
  const data = createDataDir();
  let fixture: RuntimeFixture;
  beforeAll(async () => {
    fixture = await startRuntime({ dataDir: data.path, sandbox: "process", maxPods: 2 });
  });
  afterAll(async () => {
    await fixture.stop();
    data.dispose();
  });

  test.runIf(process.platform === "linux")("processes that leave their parents are ended with the pod", async () => {
    const seconds = 4_000_000 + process.pid;
    await runPod(fixture.kube, "daemon", shell(`setsid sh -c 'sleep ${seconds} & wait' & sleep 0.2; echo done`));
    expect(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })).not.toContain(`sleep ${seconds}`);
  });

  test("what does not fit waits, with an event, and runs later", async () => {
    const { kube } = fixture;
    for (const name of ["one", "two", "three"]) await createPod(kube, name, shell("sleep 600"));
    const refused = await waitForPod(kube, "three", (pod) => pod?.status?.conditions?.[0]?.reason === "Unschedulable");
    expect(refused?.status?.phase).toBe("Pending");
    await expect.poll(async () => (await listEvents(kube, "three")).map(({ reason }) => reason)).toContain("FailedScheduling");
    await kube.delete(PODS, "one", { namespace: NAMESPACE, gracePeriodSeconds: 0 });
    await waitForPod(kube, "three", (pod) => pod?.status?.phase === "Running");
    // One that waits can be deleted.
    await createPod(kube, "four", shell("true"));
    await waitForPod(kube, "four", (pod) => pod?.status?.conditions?.[0]?.reason === "Unschedulable");
    for (const name of ["two", "three", "four"]) await kube.delete(PODS, name, { namespace: NAMESPACE, gracePeriodSeconds: 0 });
    for (const name of ["two", "three", "four"]) await waitForPod(kube, name, (pod) => pod === undefined);
  });
});

test("what a start that was cut short has left does not keep the next from working", async () => {
  const data = createDataDir();
  mkdirSync(join(data.path, "pods", "sandbox-trial-AbCdEf"), { recursive: true });
  mkdirSync(join(data.path, "pods", "Strange Name"));
  const fixture = await startRuntime({ dataDir: data.path });
  const { kube } = fixture;
  await runPod(kube, "works", shell("true"));
  expect(readdirSync(join(data.path, "pods"))).not.toContain("sandbox-trial-AbCdEf");
  await fixture.stop();
  data.dispose();
});

test("a container that crashes again and again keeps the files of two runs", { timeout: 60_000 }, async () => {
  const data = createDataDir();
  const fixture = await startRuntime({ dataDir: data.path });
  const { kube } = fixture;
  const pod = await createPod(kube, "crash", { ...shell("head -c 1000000 /dev/zero > /tmp/rest; exit 1"), restartPolicy: "Always" });
  await waitForPod(kube, "crash", (seen) => (seen?.status?.containerStatuses?.[0]?.restartCount ?? 0) >= 2, 30_000);
  await waitForPod(kube, "crash", (seen) => seen?.status?.containerStatuses?.[0]?.state.waiting?.reason === "CrashLoopBackOff");
  const folder = join(data.path, "pods", pod.metadata.uid ?? "", "main");
  expect(readdirSync(folder).sort()).toEqual(["1", "1.log", "2", "2.log"]);
  expect(readdirSync(join(folder, "2"))).not.toContain("root");
  await delay(50);
  const events = await listEvents(kube, "crash");
  expect(events.map(({ reason }) => reason).sort()).toEqual(["BackOff", "Created", "Pulled", "Started"]);
  expect(events.find(({ reason }) => reason === "Started")?.count).toBe(3);
  await fixture.stop();
  data.dispose();
});
