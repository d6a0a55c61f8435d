import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CONFIG_MAPS, PODS, SECRETS, type Container } from "../../../src/api/index.ts";
import { delay } from "../../../src/lib/backoff.ts";
import {
  createDataDir,
  createPod,
  hasEnded,
  listEvents,
  NAMESPACE,
  readLog,
  runPod,
  startRuntime,
  waitForPod,
  type RuntimeFixture,
} from "./testing/runtime-fixture.ts";

const shell = (script: string, more: Partial<Container> = {}): Container => ({
  name: "main",
  image: "busybox",
  command: ["sh", "-c", script],
  ...more,
});

describe.each(["auto", "process"] as const)("pods with sandbox %s", (sandbox) => {
  const data = createDataDir();
  let fixture: RuntimeFixture;
  beforeAll(async () => {
    fixture = await startRuntime({
      dataDir: data.path,
      sandbox,
      builtins: {
        "skiff/writer": async (context) => {
          const { mkdir, writeFile } = await import("node:fs/promises");
          await mkdir(context.hostPath("/work/out"));
          await writeFile(context.hostPath("/work/in.txt"), `${context.args.join(" ")} ${context.env["GREETING"]}`);
          context.log("written");
          return 0;
        },
        "skiff/reader": async (context) => {
          const { readFile } = await import("node:fs/promises");
          context.log(`main ended with ${await context.containerExit("main")}`);
          context.log(await readFile(context.hostPath("/work/out/result.txt"), "utf8"));
          return 0;
        },
        "skiff/broken": async () => {
          throw new Error("no such bucket");
        },
      },
    });
  });
  afterAll(async () => {
    await fixture.stop();
    data.dispose();
  });

  test("a pod runs to success, with its log, status and events", async () => {
    const { kube } = fixture;
    const pod = await runPod(kube, "hello", {
      containers: [shell('echo "hello $WHO"; echo two >&2', { env: [{ name: "WHO", value: "$(HOSTNAME)" }] })],
    });
    expect(pod.status?.phase).toBe("Succeeded");
    expect(pod.status?.containerStatuses?.[0]?.state.terminated).toMatchObject({ exitCode: 0, reason: "Completed" });
    expect(pod.status?.conditions?.find(({ type }) => type === "Ready")).toMatchObject({ status: "False", reason: "PodCompleted" });
    expect(await readLog(kube, "hello")).toBe("hello hello\ntwo\n");
    expect(await readLog(kube, "hello", "?tailLines=1")).toBe("two\n");
    const reasons = (await listEvents(kube, "hello")).map(({ reason }) => reason);
    expect(reasons).toEqual(expect.arrayContaining(["Pulled", "Created", "Started"]));
  });

  test("exit codes and signals are reported", async () => {
    const { kube } = fixture;
    const failed = await runPod(kube, "exit-3", { containers: [shell("exit 3")] });
    expect(failed.status?.phase).toBe("Failed");
    expect(failed.status?.containerStatuses?.[0]?.state.terminated).toMatchObject({ exitCode: 3, reason: "Error" });
    const killed = await runPod(kube, "signal", { containers: [shell("kill -KILL $$$$")] });
    expect(killed.status?.containerStatuses?.[0]?.state.terminated?.exitCode).toBe(137);
  });

  test("arguments longer than the machine takes end the container, and say so", async () => {
    const { kube } = fixture;
    const pod = await runPod(kube, "long-arguments", { containers: [shell("true", { args: ["x".repeat(200_000)] })] });
    expect(pod.status?.containerStatuses?.[0]?.state.terminated?.exitCode).toBe(128);
    expect(await readLog(kube, "long-arguments")).toContain("argument list too long");
  });

  test("init containers, builtins and emptyDir hand files on", async () => {
    const { kube } = fixture;
    const volumeMounts = [{ name: "work", mountPath: "/work" }];
    const pod = await runPod(kube, "handover", {
      volumes: [{ name: "work", emptyDir: {} }],
      initContainers: [
        {
          name: "writer",
          image: "skiff/writer",
          args: ["$(GREETING)", "and"],
          env: [{ name: "GREETING", value: "good day" }],
          volumeMounts,
        },
      ],
      containers: [
        shell("cat /work/in.txt && tr a-z A-Z < /work/in.txt > /work/out/result.txt", { volumeMounts }),
        { name: "reader", image: "skiff/reader", volumeMounts },
      ],
    });
    expect(await readLog(kube, "handover", "?container=main")).toBe("good day and good day");
    expect(await readLog(kube, "handover", "?container=reader")).toBe("main ended with 0\nGOOD DAY AND GOOD DAY\n");
    expect(pod.status?.phase).toBe("Succeeded");
    const answer = await readLog(kube, "handover");
    expect(answer).toContain(
      "a container name must be specified for pod handover, choose one of: [main reader] or one of the init containers: [writer]",
    );
  });

  test("a builtin that throws fails with its message in the log", async () => {
    const pod = await runPod(fixture.kube, "broken", { containers: [{ name: "main", image: "skiff/broken" }] });
    expect(pod.status?.phase).toBe("Failed");
    expect(await readLog(fixture.kube, "broken")).toBe("no such bucket\n");
  });

  test("configMap, secret, projected and service account files", async () => {
    const { kube } = fixture;
    await kube.create(CONFIG_MAPS, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "settings", namespace: NAMESPACE },
      data: { color: "blue" },
    });
    await kube.create(SECRETS, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "key", namespace: NAMESPACE },
      data: { password: "c2VjcmV0" },
    });
    const pod = await runPod(kube, "volumes", {
      volumes: [
        { name: "settings", configMap: { name: "settings" } },
        { name: "key", secret: { secretName: "key" } },
        {
          name: "pipelines",
          projected: { sources: [{ serviceAccountToken: { audience: "pipelines.kubeflow.org", path: "token", expirationSeconds: 7200 } }] },
        },
      ],
      containers: [
        shell(
          'echo "$COLOR $PASSWORD"; cat /settings/color /key/password; echo; cut -c1-3 /var/run/secrets/kubeflow/pipelines/token; cat /var/run/secrets/kubernetes.io/serviceaccount/namespace; head -1 /var/run/secrets/kubernetes.io/serviceaccount/ca.crt; cut -c1-3 /var/run/secrets/kubernetes.io/serviceaccount/token',
          {
            env: [
              { name: "COLOR", valueFrom: { configMapKeyRef: { name: "settings", key: "color" } } },
              { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "key", key: "password" } } },
            ],
            volumeMounts: [
              { name: "settings", mountPath: "/settings" },
              { name: "key", mountPath: "/key" },
              { name: "pipelines", mountPath: "/var/run/secrets/kubeflow/pipelines" },
            ],
          },
        ),
      ],
    });
    expect(pod.status?.phase).toBe("Succeeded");
    expect(await readLog(kube, "volumes")).toBe(`blue secret\nbluesecret\neyJ\n${NAMESPACE}-----BEGIN CERTIFICATE-----\neyJ\n`);
  });

  test("a missing ConfigMap is said and waited for", async () => {
    const { kube } = fixture;
    const env = [{ name: "LATE", valueFrom: { configMapKeyRef: { name: "late", key: "value" } } }];
    await createPod(kube, "late", { containers: [shell("echo $LATE", { env })] });
    const waiting = await waitForPod(
      kube,
      "late",
      (pod) => pod?.status?.containerStatuses?.[0]?.state.waiting?.reason === "CreateContainerConfigError",
    );
    expect(waiting?.status?.containerStatuses?.[0]?.state.waiting?.message).toBe('configmap "late" not found');
    expect(await readLog(kube, "late")).toContain('container \\"main\\" in pod \\"late\\" is waiting to start: CreateContainerConfigError');
    await kube.create(CONFIG_MAPS, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "late", namespace: NAMESPACE },
      data: { value: "here" },
    });
    await waitForPod(kube, "late", hasEnded);
    expect(await readLog(kube, "late")).toBe("here\n");
  });

  test("an image without a runtime is refused with a remedy", async () => {
    const { kube } = fixture;
    await createPod(kube, "refused", { containers: [{ name: "main", image: "nvcr.io/nvidia/tritonserver:24.01" }] });
    const pod = await waitForPod(
      kube,
      "refused",
      (seen) => seen?.status?.containerStatuses?.[0]?.state.waiting?.reason === "ErrImageNeverPull",
    );
    expect(pod?.status?.phase).toBe("Pending");
    await delay(50);
    const event = (await listEvents(kube, "refused")).find(({ reason }) => reason === "ErrImageNeverPull");
    expect(event?.message).toContain("nvcr.io/nvidia/tritonserver:24.01");
    expect(event?.message).toContain("Use python:3.x");
    await kube.delete(PODS, "refused", { namespace: NAMESPACE });
    await waitForPod(kube, "refused", (seen) => seen === undefined);
  });

  test("deletion asks the program to end and then removes the pod", async () => {
    const { kube } = fixture;
    const script = "trap 'echo asked; exit 0' TERM; echo up; while :; do sleep 0.05; done";
    await createPod(kube, "deleted", { containers: [shell(script)] });
    await waitForPod(kube, "deleted", (pod) => pod?.status?.phase === "Running");
    const follow = readLog(kube, "deleted", "?follow=true");
    await delay(200);
    await kube.delete(PODS, "deleted", { namespace: NAMESPACE, gracePeriodSeconds: 5 });
    await waitForPod(kube, "deleted", (pod) => pod === undefined);
    expect(await follow).toBe("up\nasked\n");
  });

  test("a program that ignores the request is killed after the grace period", async () => {
    const { kube } = fixture;
    await createPod(kube, "stubborn", { containers: [shell("trap '' TERM; echo up; while :; do sleep 0.05; done")] });
    await waitForPod(kube, "stubborn", (pod) => pod?.status?.phase === "Running");
    await expect.poll(() => readLog(kube, "stubborn")).toBe("up\n");
    const began = Date.now();
    await kube.delete(PODS, "stubborn", { namespace: NAMESPACE, gracePeriodSeconds: 1 });
    await waitForPod(kube, "stubborn", (pod) => pod === undefined);
    expect(Date.now() - began).toBeGreaterThanOrEqual(900);
  });

  test("a missing volume source is said and waited for; a forced deletion ends the pod at once", async () => {
    const { kube } = fixture;
    await createPod(kube, "resumed", {
      volumes: [{ name: "settings", configMap: { name: "fleeting" } }],
      containers: [shell("echo up; sleep 600", { volumeMounts: [{ name: "settings", mountPath: "/settings" }] })],
    });
    const settings = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "fleeting", namespace: NAMESPACE }, data: {} };
    await expect
      .poll(async () => (await listEvents(kube, "resumed")).map(({ message }) => message))
      .toContain('MountVolume.SetUp failed for volume "settings" : configmap "fleeting" not found');
    await kube.create(CONFIG_MAPS, settings);
    await waitForPod(kube, "resumed", (pod) => pod?.status?.phase === "Running");
    await kube.delete(PODS, "resumed", { namespace: NAMESPACE, gracePeriodSeconds: 0 });
    await waitForPod(kube, "resumed", (pod) => pod === undefined);
  });

  test("activeDeadlineSeconds ends a pod", async () => {
    const pod = await runPod(fixture.kube, "deadline", { activeDeadlineSeconds: 1, containers: [shell("sleep 60")] });
    expect(pod.status).toMatchObject({ phase: "Failed", reason: "DeadlineExceeded" });
  });

  test("restartPolicy OnFailure starts a failed container again", async () => {
    const { kube } = fixture;
    const pod = await runPod(kube, "again", {
      restartPolicy: "OnFailure",
      volumes: [{ name: "state", emptyDir: {} }],
      containers: [
        shell("test -e /state/seen || { touch /state/seen; exit 1; }", { volumeMounts: [{ name: "state", mountPath: "/state" }] }),
      ],
    });
    expect(pod.status?.phase).toBe("Succeeded");
    expect(pod.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 1 } } });
  });

  test("Skiff's own environment does not leak", async () => {
    process.env["SKIFF_TEST_SECRET"] = "leak";
    await runPod(fixture.kube, "env", { containers: [shell("env")] });
    const env = await readLog(fixture.kube, "env");
    expect(env).not.toContain("leak");
    expect(env).toContain("KUBERNETES_SERVICE_HOST=127.0.0.1");
    delete process.env["SKIFF_TEST_SECRET"];
  });

  test("fields without effect are named in an event", async () => {
    const spec = { containers: [shell("true", { livenessProbe: { exec: { command: ["true"] } } } as Partial<Container>)] };
    await runPod(fixture.kube, "fields", spec);
    await expect
      .poll(async () => (await listEvents(fixture.kube, "fields")).map(({ message }) => message).join())
      .toContain("spec.containers[main].livenessProbe");
  });

  test("python images run python and pip", async () => {
    const { kube } = fixture;
    const pod = await runPod(
      kube,
      "python",
      {
        containers: [
          {
            name: "main",
            image: "python:3.9-slim",
            command: ["sh", "-c", "command -v pip && python3 -m pip --version && python3 -c 'print(6*7)'"],
          },
        ],
      },
      60_000,
    );
    const log = await readLog(kube, "python");
    expect(log).toContain("42\n");
    expect(pod.status?.phase).toBe("Succeeded");
  }, 70_000);
});

describe("the sandbox", () => {
  const data = createDataDir();
  let fixture: RuntimeFixture;
  beforeAll(async () => {
    fixture = await startRuntime({ dataDir: data.path });
  });
  afterAll(async () => {
    await fixture.stop();
    data.dispose();
  });

  test("hides the machine, its processes and Skiff's data", async ({ skip }) => {
    if (!fixture.runtime.isolated) skip();
    const { kube } = fixture;
    const script = `ls ${data.path} 2>&1; ls /root /home; ls /proc | grep -c '^[0-9]'; touch /usr/x 2>&1; touch /tmp/ok /own && echo writable; echo again >> /dev/stdout; id -u`;
    await runPod(kube, "inside", { containers: [shell(script)] });
    const log = await readLog(kube, "inside");
    expect(log).toContain("Read-only file system");
    expect(log).toContain("writable\nagain\n");
    expect(log).not.toContain("cluster");
    await runPod(kube, "devices", {
      containers: [
        shell("touch /dev/shm/x && ls -l /proc/self/fd | grep -c arguments; getent hosts $HOSTNAME && cat /proc/1/environ 2>&1"),
      ],
    });
    const devices = await readLog(kube, "devices");
    // The file with the sandbox's options is not left open.
    expect(devices).toMatch(/^0\n127\.0\.0\.1\s+devices/);
    if (process.getuid?.() === 0) expect(log.trim().split("\n").at(-1)).toMatch(/^2\d{4}$/);
  });
});
