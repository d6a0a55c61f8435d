/** A real cluster with pod runtime and workload controllers, on a port of its own. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  EVENTS,
  NAMESPACES,
  PODS,
  SERVICE_ACCOUNTS,
  type KubeObject,
  type Pod,
  type ResourceDefinition,
} from "../../../../src/api/index.ts";
import { openCluster } from "../../../../src/cluster/index.ts";
import { createWorkloadControllers } from "../../../../src/cluster/controllers/workloads/index.ts";
import { createPodRuntime, type PodRuntime } from "../../../../src/cluster/pods/index.ts";
import type { KubeClient } from "../../../../src/kit/index.ts";
import { delay } from "../../../../src/lib/backoff.ts";
import { createLog } from "../../../../src/lib/log.ts";

export const NAMESPACE = "team";

export interface WorkloadFixture {
  readonly kube: KubeClient;
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

export function createDataDir(): { path: string; dispose: () => void } {
  const path = mkdtempSync(join(tmpdir(), "skiff-workloads-"));
  return { path, dispose: () => rmSync(path, { recursive: true, force: true }) };
}

/** Starts everything on `dataDir`, which may hold what an earlier one left. `now` is the controllers' clock. */
export async function startWorkloads(dataDir: string, now?: () => number): Promise<WorkloadFixture> {
  const log = createLog({ level: process.env["POD_TEST_LOG"] === undefined ? "error" : "debug" });
  let runtime: PodRuntime | undefined;
  const cluster = await openCluster({
    dataDir: join(dataDir, "cluster"),
    log,
    addresses: ["127.0.0.1"],
    podLogs: (pod, options) => {
      if (!runtime) throw new Error("no runtime yet");
      return runtime.logs(pod, options);
    },
  });
  const kube = cluster.admin;
  const { port } = await cluster.listen({ host: "127.0.0.1", port: 0 });
  await kube.ensure(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  await kube.ensure(SERVICE_ACCOUNTS, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: NAMESPACE } });
  const created = createPodRuntime({
    kube,
    dataDir,
    log,
    builtins: {},
    issueToken: (request) => cluster.issueToken(request),
    caFile: cluster.caFile,
    apiServer: () => ({ host: "127.0.0.1", port }),
  });
  runtime = created;
  await created.start();
  // With a clock of its own the fixture's controllers replace the cluster's.
  const workloads = createWorkloadControllers({ kube, log, nodeName: "skiff", ...(now ? { now } : {}) });
  const names = new Set(workloads.map(({ name }) => name));
  const others = cluster.loops.filter(({ name }) => !names.has(name));
  const abort = new AbortController();
  const running = [...others, ...workloads, ...created.loops].map((loop) => loop.run(abort.signal));
  const kubeconfig = join(dataDir, "kubeconfig");
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "skiff",
      clusters: [
        {
          name: "skiff",
          cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority-data": Buffer.from(cluster.ca).toString("base64") },
        },
      ],
      contexts: [{ name: "skiff", context: { cluster: "skiff", user: "admin", namespace: NAMESPACE } }],
      users: [{ name: "admin", user: { token: cluster.adminToken } }],
    }),
  );
  return {
    kube,
    kubeconfig,
    stop: async () => {
      abort.abort();
      await created.stop();
      await Promise.allSettled(running);
      await cluster.close();
    },
  };
}

/** Waits until `condition` holds for what `read` gives; rejects with the last of it. */
export async function eventually<T>(read: () => Promise<T>, condition: (value: T) => boolean, deadlineMs = 30_000): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const value = await read();
    if (condition(value)) return value;
    if (Date.now() > deadline) throw new Error(`did not get there: ${JSON.stringify(value, undefined, 1).slice(0, 4000)}`);
    await delay(25);
  }
}

export function object<T extends KubeObject>(
  definition: ResourceDefinition<T>,
  name: string,
  rest: Omit<T, "apiVersion" | "kind" | "metadata">,
): T {
  const apiVersion = definition.group === "" ? definition.version : `${definition.group}/${definition.version}`;
  return { apiVersion, kind: definition.kind, metadata: { name, namespace: NAMESPACE }, ...rest } as T;
}

export async function podsOf(kube: KubeClient, labelSelector: string): Promise<Pod[]> {
  return (await kube.list(PODS, { namespace: NAMESPACE, labelSelector })).items;
}

/** Reasons of the events about an object, in no order. */
export async function reasonsOf(kube: KubeClient, kind: string, name: string): Promise<string[]> {
  const { items } = await kube.list(EVENTS, { namespace: NAMESPACE });
  return items.filter(({ involvedObject }) => involvedObject.kind === kind && involvedObject.name === name).map(({ reason }) => reason);
}

const run = promisify(execFile);

/** Runs a kubectl with the fixture's kubeconfig; standard output. */
export async function kubectl(binary: string, { kubeconfig }: WorkloadFixture, ...args: string[]): Promise<string> {
  const { stdout } = await run(binary, args, {
    env: { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: `${kubeconfig}.cache` },
    timeout: 60_000,
  });
  return stdout;
}

/** A pod template of one shell. */
export const shell = (labels: Record<string, string>, script: string, restartPolicy: "Always" | "Never" | "OnFailure" = "Always") => ({
  metadata: { labels },
  spec: {
    restartPolicy,
    terminationGracePeriodSeconds: 1,
    containers: [{ name: "main", image: "busybox", command: ["sh", "-c", script] }],
  },
});
