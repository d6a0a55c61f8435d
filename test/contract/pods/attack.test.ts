/** What a hostile pod tries, and what it must not get. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CONFIG_MAPS, type Container, type PodSpec } from "../../../src/api/index.ts";
import {
  createDataDir,
  createPod,
  listEvents,
  NAMESPACE,
  readLog,
  runPod,
  startRuntime,
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
});
