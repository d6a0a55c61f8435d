/** The parts of the runtime that are functions of their arguments. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Container, ContainerStatus, Pod, PodSpec } from "../../api/index.ts";
import { toSandboxCommand, type SandboxPlan } from "./bwrap-arguments.ts";
import { commandLineOf, findRunner } from "./catalogue.ts";
import { passThroughEnvironment, resolveEnvironment } from "./environment.ts";
import { expandReferences } from "./expansion.ts";
import { parseImageReference } from "./image-reference.ts";
import { logContainerOf, streamLog } from "./logs.ts";
import { hostPathOf, planMounts } from "./mount-plan.ts";
import { openNamespaceUids } from "./namespace-uids.ts";
import { translatePaths } from "./path-translation.ts";
import { parseExitCode, parseShimIdentity } from "./shim.ts";
import { computePhase, shouldRestart } from "./status.ts";
import { listUnsupportedFields } from "./unsupported.ts";

const podOf = (spec: Partial<PodSpec>, annotations: Record<string, string> = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", namespace: "team", uid: "u-1", annotations },
  spec: { containers: [{ name: "main", image: "busybox" }], ...spec },
});

describe("image references", () => {
  test.each([
    ["python", "docker.io", "library/python", undefined],
    ["python:3.11-slim", "docker.io", "library/python", "3.11-slim"],
    ["docker.io/library/python:3.12", "docker.io", "library/python", "3.12"],
    ["index.docker.io/python", "docker.io", "library/python", undefined],
    ["localhost:5000/team/python:1", "localhost:5000", "team/python", "1"],
    ["ghcr.io/a/b@sha256:00", "ghcr.io", "a/b", undefined],
  ])("%s", (image, registry, repository, tag) => {
    expect(parseImageReference(image)).toMatchObject({ registry, repository, tag });
  });

  test("select a runner", () => {
    const builtins = { "skiff/x": async () => 0 };
    expect(findRunner("skiff/x", builtins).kind).toBe("builtin");
    expect(findRunner("toString", builtins).kind).toBe("refused");
    expect(findRunner("python:3.11.4-slim-bookworm", builtins)).toEqual({ kind: "python", version: "3.11" });
    expect(findRunner("python:latest", builtins)).toEqual({ kind: "python", version: undefined });
    expect(findRunner("python:2.7", builtins).kind).toBe("refused");
    expect(findRunner("evil.io/library/python:3.11", builtins).kind).toBe("refused");
    expect(findRunner("curlimages/curl:8", builtins).kind).toBe("host");
  });

  test("decide the command line as container engines do", () => {
    expect(commandLineOf({ kind: "python", version: undefined }, "python", [], [])).toEqual(["python3"]);
    expect(commandLineOf({ kind: "python", version: undefined }, "python", [], ["python", "x.py"])).toEqual(["python", "x.py"]);
    expect(commandLineOf({ kind: "host" }, "curlimages/curl", [], ["-s", "http://x"])).toEqual(["curl", "-s", "http://x"]);
    expect(commandLineOf({ kind: "host" }, "busybox", ["a"], ["b"])).toEqual(["a", "b"]);
  });
});

describe("environment", () => {
  test.each([
    ["$(A)-$(B)", "1-$(B)"],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$1"],
    ["$(A", "$(A"],
    ["$A $", "$A $"],
  ])("expands %s", (text, expected) => {
    expect(expandReferences(text, { A: "1" })).toBe(expected);
  });

  test("passes on only what pods need", () => {
    const machine = {
      PIP_INDEX_URL: "x",
      PIP_CACHE_DIR: "/root/.cache",
      https_proxy: "y",
      SKIFF_USER_PASSWORD: "no",
      AWS_SECRET_ACCESS_KEY: "no",
      PATH: "/no",
    };
    expect(passThroughEnvironment(machine)).toEqual({ PIP_INDEX_URL: "x", https_proxy: "y" });
  });

  test("resolves fields, and says what is missing", async () => {
    const lookup = { configMap: async () => undefined, secret: async () => undefined };
    const node = { name: "skiff", ip: "127.0.0.1" };
    const container = (env: Container["env"]): Container => ({ name: "main", image: "x", ...(env ? { env } : {}) });
    const fields = [
      { name: "NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: "BOTH", value: "$(NAME)/$(BASE)" },
    ];
    expect(await resolveEnvironment(podOf({}), container(fields), { BASE: "b" }, lookup, node)).toEqual({
      BASE: "b",
      NAME: "p",
      BOTH: "p/b",
    });
    const missing = [{ name: "X", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }];
    await expect(resolveEnvironment(podOf({}), container(missing), {}, lookup, node)).rejects.toThrow('secret "s" not found');
  });
});

describe("mounts", () => {
  const volumes = [
    { name: "data", emptyDir: {} },
    { name: "conf", configMap: { name: "c" } },
  ];
  const plan = (...volumeMounts: NonNullable<Container["volumeMounts"]>): ReturnType<typeof planMounts> =>
    planMounts(podOf({ volumes }), { name: "main", image: "x", volumeMounts }, (name) => `/host/${name}`, false);

  test("translate paths and keep inside", () => {
    const mounts = plan({ name: "data", mountPath: "/data/" }, { name: "conf", mountPath: "/etc/app", subPath: "a" });
    expect(mounts).toEqual([
      { hostPath: "/host/data", mountPath: "/data", readOnly: false },
      { hostPath: "/host/conf/a", mountPath: "/etc/app", readOnly: true },
    ]);
    expect(hostPathOf(mounts, "/data/x/../y")).toBe("/host/data/y");
    expect(() => hostPathOf(mounts, "/data/../etc/shadow")).toThrow("no volume is mounted");
    expect(() => hostPathOf(mounts, "/database")).toThrow("no volume is mounted");
  });

  test.each(["/", "/usr/lib", "/etc", "/etc/ld.so.preload", "/data/../lib64", "/run/skiff/python"])("are refused at %s", (mountPath) => {
    expect(() => plan({ name: "data", mountPath })).toThrow("cannot be mounted");
  });

  // Whoever answers "who is 20001?" while setpriv is still root could make a pod root.
  test.each([
    "/etc/passwd",
    "/etc/group",
    "/etc/nsswitch.conf",
    "/var",
    "/var/run",
    "/var/run/nscd",
    "/run/systemd/userdb",
    "/var/lib/extrausers",
  ])("cannot name users, at %s", (mountPath) => {
    expect(() => plan({ name: "conf", mountPath, subPath: "x" })).toThrow("cannot be mounted");
    expect(() => plan({ name: "data", mountPath: "/var/run/app" })).not.toThrow();
  });

  test("are refused where one volume could redirect another", () => {
    expect(() => plan({ name: "data", mountPath: "/data" }, { name: "conf", mountPath: "/data/conf" })).toThrow("inside another volume");
    expect(() => plan({ name: "data", mountPath: "/data", subPath: "x" })).toThrow("subPath of an emptyDir");
    expect(() => plan({ name: "conf", mountPath: "/c", subPath: "../x" })).toThrow("must not contain '..'");
    expect(() => plan({ name: "conf", mountPath: "/c", subPath: "./" })).toThrow("must name a file");
  });

  test("are translated in text where there is no sandbox", () => {
    const mounts = [
      { hostPath: "/h/a", mountPath: "/kfp", readOnly: false },
      { hostPath: "/h/b", mountPath: "/kfp-x", readOnly: false },
    ];
    const text = `{"uri":"/kfp/out","n":"/kfpx/y","m":"/kfp-x"} cat /kfp;ls --to=/kfp/z http://h/kfp/z x/kfp`;
    expect(translatePaths(text, mounts)).toBe(`{"uri":"/h/a/out","n":"/kfpx/y","m":"/h/b"} cat /h/a;ls --to=/h/a/z http://h/kfp/z x/kfp`);
  });
});

describe("the sandbox's command line", () => {
  const plan: SandboxPlan = {
    bwrap: "/usr/bin/bwrap",
    drop: { setpriv: "/usr/bin/setpriv", uid: 20001 },
    rootDir: "/data/root",
    system: ["/usr", "/root/.pyenv/versions/3.11.7"],
    links: { "/bin": "usr/bin" },
    mounts: [{ hostPath: "/data/v", mountPath: "/kfp/outputs", readOnly: false }],
    env: { TOKEN: "secret", LD_PRELOAD: "/kfp/outputs/evil.so" },
    workingDir: "/",
    hostname: "p",
    maxProcesses: 100,
    hidden: "/data",
    command: ["sh", "-c", "true"],
  };
  const options = (of: SandboxPlan): string[] => toSandboxCommand(of).fileArguments.split("\0");

  test("keeps env values out of the process list, and loader variables away from setpriv", () => {
    const { command } = toSandboxCommand(plan);
    expect(command.join(" ")).not.toContain("secret");
    expect(command.indexOf("LD_PRELOAD=/kfp/outputs/evil.so")).toBeGreaterThan(command.indexOf("/usr/bin/env"));
    expect(command.indexOf("/usr/bin/env")).toBeGreaterThan(command.indexOf("/usr/bin/setpriv"));
    expect(options(plan)).not.toContain("LD_PRELOAD");
    expect(options(plan)).toContain("TOKEN");
  });

  test("opens the parents of what it binds to the dropped uid", () => {
    const list = options(plan);
    const parent = list.indexOf("/root");
    expect(list.slice(parent - 3, parent + 1)).toEqual(["--perms", "0755", "--dir", "/root"]);
    expect(list).toContain("--die-with-parent");
    expect(list).toContain("--new-session");
    expect(list).not.toContain("--unshare-user");
    expect(options({ ...plan, drop: undefined })).toContain("--unshare-user");
  });

  test("hides Skiff's data where a system folder holds it, but not the Python environment in it", () => {
    const python = "/opt/skiff/python/base";
    const list = options({ ...plan, hidden: "/opt/skiff", system: ["/usr", python, "/opt"] });
    const order = [
      ["--ro-bind", "/opt"],
      ["--tmpfs", "/opt/skiff"],
      ["--dir", "/opt/skiff/python"],
      ["--ro-bind", python],
    ].map(([option, path]) => list.findIndex((word, i) => word === option && list[i + 1] === path));
    expect(order.every((position, i) => position > (order[i - 1] ?? -1))).toBe(true);
    expect(options({ ...plan, hidden: "/data" })).not.toContain("/data");
  });
});

describe("status", () => {
  const of = (state: ContainerStatus["state"], lastState?: ContainerStatus["state"]): ContainerStatus => ({
    name: "c",
    image: "i",
    imageID: "",
    ready: false,
    restartCount: 0,
    state,
    ...(lastState ? { lastState } : {}),
  });
  const waiting = of({ waiting: { reason: "ContainerCreating" } });
  const running = of({ running: { startedAt: "" } });
  const exit = (exitCode: number): ContainerStatus => of({ terminated: { exitCode } });
  const phase = (policy: "Always" | "OnFailure" | "Never", inits: ContainerStatus[], mains: ContainerStatus[]): string =>
    computePhase({ containers: [], restartPolicy: policy }, inits, mains);

  test("phases are Kubernetes'", () => {
    expect(phase("Never", [], [waiting])).toBe("Pending");
    expect(phase("Never", [running], [waiting])).toBe("Pending");
    expect(phase("Never", [exit(1)], [waiting])).toBe("Failed");
    expect(phase("OnFailure", [exit(1)], [waiting])).toBe("Pending");
    expect(phase("Never", [exit(0)], [running, exit(1)])).toBe("Running");
    expect(phase("Never", [], [exit(0), exit(0)])).toBe("Succeeded");
    expect(phase("Never", [], [exit(0), exit(1)])).toBe("Failed");
    expect(phase("Always", [], [exit(0)])).toBe("Running");
    expect(phase("OnFailure", [], [exit(1)])).toBe("Running");
    expect(phase("Always", [], [of({ waiting: { reason: "CrashLoopBackOff" } }, { terminated: { exitCode: 1 } })])).toBe("Running");
  });

  test("restart policies", () => {
    expect(shouldRestart("Never", 1, false)).toBe(false);
    expect(shouldRestart("OnFailure", 0, false)).toBe(false);
    expect(shouldRestart("OnFailure", 1, false)).toBe(true);
    expect(shouldRestart(undefined, 0, false)).toBe(true);
    expect(shouldRestart(undefined, 0, true)).toBe(false);
  });

  test("fields without effect are found", () => {
    const spec = { containers: [{ name: "main", image: "x", resources: { limits: { cpu: "1" } }, stdin: false }], securityContext: {} };
    expect(listUnsupportedFields(podOf({ ...(spec as Partial<PodSpec>), volumes: [{ name: "v", hostPath: {} } as never] }))).toEqual([
      "spec.containers[main].resources.limits",
      "spec.volumes[v].hostPath",
    ]);
  });
});

test("the shim's files are read only when complete", () => {
  const line = "b00t 4242 (sh (odd) name) S 1 4242 4242 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 987654 1 1\n";
  expect(parseShimIdentity(line)).toEqual({ pid: 4242, startTicks: 987654, bootId: "b00t" });
  expect(parseShimIdentity(line.slice(0, 20))).toBeUndefined();
  expect(parseShimIdentity(" 77\n")).toEqual({ pid: 77, startTicks: undefined, bootId: "" });
  expect(parseExitCode("137\n")).toBe(137);
  expect(parseExitCode("13")).toBeUndefined();
  expect(parseExitCode("")).toBeUndefined();
});

test("every namespace has a uid of its own, across restarts", () => {
  const folder = mkdtempSync(join(tmpdir(), "skiff-uids-"));
  try {
    const file = join(folder, "uids.json");
    const first = openNamespaceUids(file);
    const a = first.uidOf("a");
    const b = first.uidOf("b");
    expect(a).not.toBe(b);
    const second = openNamespaceUids(file);
    expect([second.uidOf("b"), second.uidOf("a")]).toEqual([b, a]);
    expect(second.uidOf("c")).toBe(b + 1);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ a, b, c: b + 1 });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("logs", () => {
  test("choose the container", () => {
    const pod = podOf({
      containers: [
        { name: "a", image: "x" },
        { name: "b", image: "x" },
      ],
    });
    expect(() => logContainerOf(pod, undefined)).toThrow("a container name must be specified for pod p, choose one of: [a b]");
    expect(() => logContainerOf(pod, "c")).toThrow("container c is not valid for pod p");
    expect(
      logContainerOf({ ...pod, metadata: { ...pod.metadata, annotations: { "kubectl.kubernetes.io/default-container": "b" } } }, ""),
    ).toBe("b");
  });

  test("tail counts lines", async () => {
    const folder = mkdtempSync(join(tmpdir(), "skiff-log-"));
    try {
      const file = join(folder, "0.log");
      const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i}`);
      writeFileSync(file, `${lines.join("\n")}\n`);
      const tail = async (tailLines: number): Promise<string> =>
        new Response(streamLog(file, { tailLines, signal: AbortSignal.timeout(5000) }, () => true)).text();
      expect(await tail(2)).toBe("line 19998\nline 19999\n");
      expect(await tail(0)).toBe("");
      expect((await tail(15_000)).split("\n")).toHaveLength(15_001);
      expect((await tail(50_000)).split("\n")).toHaveLength(20_001);
      writeFileSync(file, "no newline");
      expect(await tail(1)).toBe("no newline");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
