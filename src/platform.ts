/** The one place that knows the list of parts and wires them, by explicit arguments. Embedded mode. */
import { isIP } from "node:net";
import { CONFIG_MAPS, CUSTOM_RESOURCE_DEFINITIONS, definitionOf, PROFILES, toCustomResourceDefinition } from "./api/index.ts";
import { openCluster, type Cluster } from "./cluster/index.ts";
import { createPodRuntime, type PodRuntime, type SandboxChoice } from "./cluster/pods/index.ts";
import { createDashboard } from "./components/dashboard/index.ts";
import { createGateway } from "./components/gateway/index.ts";
import { createIdentity } from "./components/identity/index.ts";
import { createPipelines } from "./components/pipelines/index.ts";
import { createProfiles } from "./components/profiles/index.ts";
import { createDirectoryBlobStore, createHost, openDataDirectory, type Component, type Part, type Ready } from "./kit/index.ts";
import { SkiffError } from "./lib/errors.ts";
import type { Log } from "./lib/log.ts";

/** The first user of a full Kubeflow install, and the namespace that its documents name. */
export const FIRST_USER = "user@example.com";
export const FIRST_NAMESPACE = "kubeflow-user-example-com";

const GRACE_MS = 10_000;
/** Open event streams are cut after this. */
const CLOSE_GRACE_MS = 500;
const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

export interface PlatformOptions {
  readonly dataDir: string;
  readonly version: string;
  /** Address of both listeners. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly kubePort: number;
  readonly log: Log;
  /** Folder of the built dashboard. */
  readonly webRoot: string;
  /** Password of the first user; a random one is made when absent. */
  readonly initialPassword?: string;
  readonly sandbox?: SandboxChoice;
}

export interface Platform {
  readonly ready: Ready;
  /** The first user's random password, at the first start only. */
  readonly firstPassword: string | undefined;
  /** How pods are kept apart, for people. */
  readonly isolation: string;
  /** Rejects when a part dies. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/** Serves the kinds and creates the objects of every component; what exists stays as it is. */
async function install(cluster: Cluster, components: readonly Component[]): Promise<void> {
  const kinds = components.flatMap((component) => component.kinds ?? []);
  await Promise.all(kinds.map((kind) => cluster.admin.ensure(CUSTOM_RESOURCE_DEFINITIONS, toCustomResourceDefinition(kind))));
  const objects = components.flatMap((component) => component.objects ?? []);
  const isNamespace = ({ kind }: { kind: string }): boolean => kind === "Namespace";
  for (const wave of [objects.filter(isNamespace), objects.filter((object) => !isNamespace(object))]) {
    await Promise.all(wave.map((object) => cluster.admin.ensure(definitionOf(object), object)));
  }
}

function kubeconfig(server: string, ca: string, token: string): string {
  const authority = Buffer.from(ca).toString("base64");
  return `apiVersion: v1
kind: Config
current-context: skiff
clusters:
- name: skiff
  cluster:
    server: ${server}
    certificate-authority-data: ${authority}
contexts:
- name: skiff
  context:
    cluster: skiff
    user: skiff-admin
users:
- name: skiff-admin
  user:
    token: ${token}
`;
}

const inUrl = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host);

/** Pods that only look separate must not be reachable by others. */
function refuseOpenHost(host: string, runtime: PodRuntime): void {
  if (LOOPBACK.has(host) || runtime.isolated) return;
  throw new SkiffError(
    "Forbidden",
    `Skiff does not listen on ${host} here: this machine offers no sandbox, so users would not be isolated from each other`,
    {
      remedy: "Install bubblewrap (apt install bubblewrap), or leave --host at 127.0.0.1.",
    },
  );
}

/** Gives the first user a namespace, once: a Profile that somebody deleted later stays deleted. */
async function welcomeFirstUser(cluster: Cluster): Promise<void> {
  const marker = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "skiff-first-start", namespace: "kube-system" } };
  if (await cluster.admin.find(CONFIG_MAPS, marker.metadata.name, marker.metadata.namespace)) return;
  const owner = { kind: "User", name: FIRST_USER } as const;
  await cluster.admin.ensure(PROFILES, {
    apiVersion: "kubeflow.org/v1",
    kind: "Profile",
    metadata: { name: FIRST_NAMESPACE },
    spec: { owner },
  });
  await cluster.admin.ensure(CONFIG_MAPS, marker);
}

/** Starts the whole platform. Throws a SkiffError that names the culprit; nothing is left running then. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { version, host, log } = options;
  const directory = openDataDirectory(options.dataDir, version);
  const undo: (() => Promise<void> | void)[] = [() => directory.release()];
  const stop = async (): Promise<void> => {
    const faults: unknown[] = [];
    for (const step of undo.splice(0).toReversed()) {
      try {
        await step();
      } catch (error) {
        faults.push(error);
      }
    }
    if (faults.length > 0) throw new AggregateError(faults, "stopping failed");
  };
  try {
    const address = host === "localhost" ? "127.0.0.1" : host;
    const addresses = [
      "127.0.0.1",
      ...(isIP(address) && address !== "127.0.0.1" && address !== "0.0.0.0" && address !== "::" ? [address] : []),
    ];
    let pods: PodRuntime | undefined;
    const cluster = await openCluster({
      dataDir: directory.folder("cluster"),
      log,
      addresses,
      podLogs: (pod, wish) => {
        if (!pods) throw new SkiffError("ServiceUnavailable", "the pod runtime has not started yet");
        return pods.logs(pod, wish);
      },
    });
    undo.push(() => cluster.close());

    const dataDir = directory.folder("state");
    const blobs = createDirectoryBlobStore(directory.folder("blobs"));
    const profiles = createProfiles({ kube: cluster.clientOf("kubeflow", "profiles-controller-service-account"), log });
    const identity = createIdentity({
      kube: cluster.clientOf("auth", "dex"),
      log,
      dataDir,
      ...(options.initialPassword === undefined ? {} : { initialPassword: options.initialPassword }),
    });
    const pipelines = await createPipelines({ kube: cluster.clientOf("kubeflow", "ml-pipeline"), dataDir, blobs, log });
    const dashboard = createDashboard({ kube: cluster.clientOf("kubeflow", "centraldashboard"), webRoot: options.webRoot, log });
    const products = [profiles, identity, pipelines, dashboard];
    const gateway = createGateway({
      kube: cluster.clientOf("istio-system", "istio-ingressgateway-service-account"),
      mounts: products.flatMap((component) => component.mounts ?? []),
      dataDir,
      log,
    });
    await install(cluster, [...products, gateway.component]);
    let kubeAddress = { host: address, port: 0 };
    const runtime = createPodRuntime({
      kube: cluster.admin,
      dataDir: options.dataDir,
      log,
      builtins: Object.assign({}, ...products.map(({ builtins }) => builtins ?? {})) as NonNullable<Component["builtins"]>,
      issueToken: (wish) => cluster.issueToken(wish),
      caFile: cluster.caFile,
      apiServer: () => kubeAddress,
      ...(options.sandbox ? { sandbox: options.sandbox } : {}),
    });
    pods = runtime;
    // Ports open before anything else starts: a busy one must leave pods of an earlier start and first passwords alone.
    const { port: kubePort } = await cluster.listen({ host: address, port: options.kubePort });
    kubeAddress = { host: addresses.at(-1) ?? "127.0.0.1", port: kubePort };
    let gatewayPort = 0;
    const listener: Part = {
      name: "gateway listener",
      start: async () => {
        ({ port: gatewayPort } = await gateway.listen({ host: address, port: options.port }));
      },
    };
    const podPart: Part = {
      name: "pods",
      loops: runtime.loops,
      start: async () => {
        await runtime.start();
        refuseOpenHost(host, runtime);
      },
      stop: () => runtime.stop(),
    };
    const running = createHost(
      [gateway.component, listener, { name: "cluster", loops: cluster.loops }, ...products, podPart],
      log,
      GRACE_MS,
    );
    undo.push(() => running.stop());
    undo.push(() => gateway.close(CLOSE_GRACE_MS));
    await running.start();
    // Before the first user's password is shown it must be stored.
    await identity.ready();
    await welcomeFirstUser(cluster);

    const kube = `https://${inUrl(kubeAddress.host)}:${kubePort}`;
    directory.writePrivate("kubeconfig", kubeconfig(kube, cluster.ca, cluster.adminToken));
    const shown = address === "0.0.0.0" || address === "::" ? "127.0.0.1" : address;
    const ready: Ready = { version, pid: process.pid, gateway: `http://${inUrl(shown)}:${gatewayPort}`, kube, dataDir: directory.path };
    directory.writeReady(ready);
    return { ready, firstPassword: identity.firstPassword, isolation: runtime.isolation, failed: running.failed, stop };
  } catch (error) {
    await stop().catch((second: unknown) => log.error("stopping after a failed start failed too", { error: second }));
    throw error;
  }
}
