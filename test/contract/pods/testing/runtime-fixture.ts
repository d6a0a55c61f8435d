/** A real cluster with a real pod runtime in a temporary folder, for this folder's tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EVENTS, NAMESPACES, PODS, SERVICE_ACCOUNTS, type KubeEvent, type Pod, type PodSpec } from "../../../../src/api/index.ts";
import type { Builtin } from "../../../../src/kit/component.ts";
import type { KubeClient } from "../../../../src/kit/kube-client.ts";
import { delay } from "../../../../src/lib/backoff.ts";
import { createLog } from "../../../../src/lib/log.ts";
import { openCluster } from "../../../../src/cluster/index.ts";
import { createPodRuntime, type PodRuntime } from "../../../../src/cluster/pods/index.ts";

export interface RuntimeFixture {
  readonly kube: KubeClient;
  readonly runtime: PodRuntime;
  readonly dataDir: string;
  /** Ends the runtime gracefully, then the cluster. The folder stays. */
  stop(): Promise<void>;
}

export interface FixtureOptions {
  readonly dataDir: string;
  readonly sandbox?: "auto" | "bwrap" | "process";
  readonly builtins?: Readonly<Record<string, Builtin>>;
  /** Variables for all pods. */
  readonly env?: Readonly<Record<string, string>>;
  readonly maxPods?: number;
}

export const NAMESPACE = "team";

/** A temporary folder; `dispose` removes it. */
export function createDataDir(): { path: string; dispose: () => void } {
  const path = mkdtempSync(join(tmpdir(), "skiff-pods-"));
  // What a killed Skiff had begun, such as the Python environment, may still be writing.
  return { path, dispose: () => rmSync(path, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 }) };
}

/** Starts cluster and runtime on `dataDir`, which may hold what an earlier one left. */
export async function startRuntime({
  dataDir,
  sandbox = "auto",
  builtins = {},
  env = {},
  maxPods = 110,
}: FixtureOptions): Promise<RuntimeFixture> {
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
  await kube.ensure(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  await kube.ensure(SERVICE_ACCOUNTS, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: NAMESPACE } });
  const created = createPodRuntime({
    kube,
    dataDir,
    log,
    builtins,
    issueToken: (request) => cluster.issueToken(request),
    caFile: cluster.caFile,
    apiServer: () => ({ host: "127.0.0.1", port: 6443 }),
    sandbox,
    env,
    maxPods,
  });
  runtime = created;
  await created.start();
  const abort = new AbortController();
  const running = [...cluster.loops, ...created.loops].map((loop) => loop.run(abort.signal));
  return {
    kube,
    runtime: created,
    dataDir,
    stop: async () => {
      abort.abort();
      await created.stop();
      await Promise.allSettled(running);
      await cluster.close();
    },
  };
}

/** Creates a pod in the test namespace. */
export function createPod(kube: KubeClient, name: string, spec: PodSpec, annotations: Record<string, string> = {}): Promise<Pod> {
  return kube.create(PODS, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: NAMESPACE, annotations },
    spec: { restartPolicy: "Never", ...spec },
  });
}

/** Waits until the pod (undefined: it is gone) meets `condition`; rejects with its last state after the deadline. */
export async function waitForPod(
  kube: KubeClient,
  name: string,
  condition: (pod: Pod | undefined) => boolean,
  deadlineMs = 15_000,
): Promise<Pod | undefined> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const pod = await kube.find(PODS, name, NAMESPACE);
    if (condition(pod)) return pod;
    if (Date.now() > deadline) throw new Error(`pod ${name} did not get there: ${JSON.stringify(pod?.status, undefined, 1)}`);
    await delay(20);
  }
}

export function hasEnded(pod: Pod | undefined): boolean {
  return pod?.status?.phase === "Succeeded" || pod?.status?.phase === "Failed";
}

/** Runs a pod to its end. */
export async function runPod(kube: KubeClient, name: string, spec: PodSpec, deadlineMs?: number): Promise<Pod> {
  await createPod(kube, name, spec);
  const pod = await waitForPod(kube, name, hasEnded, deadlineMs);
  if (!pod) throw new Error(`pod ${name} is gone`);
  return pod;
}

/** The whole log of a container, through the API. */
export async function readLog(kube: KubeClient, name: string, query = ""): Promise<string> {
  const url = `https://kubernetes/api/v1/namespaces/${NAMESPACE}/pods/${name}/log${query}`;
  return (await kube.fetch(new Request(url))).text();
}

/** Messages of the pod's events, by reason. */
export async function listEvents(kube: KubeClient, name: string): Promise<KubeEvent[]> {
  const { items } = await kube.list(EVENTS, { namespace: NAMESPACE });
  return items.filter(({ involvedObject }) => involvedObject.name === name);
}
