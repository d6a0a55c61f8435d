/** The one Node: what the machine has, and a sign of life. Follows kubelet's node status and kube-node-lease. */
import { arch, availableParallelism, freemem, hostname, platform, release, totalmem, version } from "node:os";
import { LEASES, NAMESPACES, NODES, type KubeObject, type Node } from "../../../api/index.ts";
import type { KubeClient, Loop } from "../../../kit/index.ts";
import { delay } from "../../../lib/backoff.ts";
import { jsonEqual } from "../../../lib/json.ts";
import type { Log } from "../../../lib/log.ts";
import { toTime } from "../../../lib/time.ts";

const LEASE_NAMESPACE = "kube-node-lease";
const LEASE_SECONDS = 40;
/** kubelet renews at a quarter of the duration. */
const RENEW_MS = 10_000;
/** kubelet's nodeStatusReportFrequency. */
const REPORT_MS = 300_000;
const RETRY_MS = 1000;
/** As `/version` says. */
const VERSION = "v1.32.0+skiff";
const MAX_PODS = "110";
/** kubelet's eviction threshold. */
const LOW_MEMORY = 100 * 1024 ** 2;

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

const machine = (): { architecture: string; operatingSystem: string } => ({
  architecture: ARCHITECTURES[arch()] ?? arch(),
  operatingSystem: platform(),
});

/** Labels that node selectors meet. */
export function nodeLabels(nodeName: string): Record<string, string> {
  const { architecture, operatingSystem } = machine();
  return {
    "kubernetes.io/hostname": nodeName,
    "kubernetes.io/os": operatingSystem,
    "kubernetes.io/arch": architecture,
    "beta.kubernetes.io/os": operatingSystem,
    "beta.kubernetes.io/arch": architecture,
    "node-role.kubernetes.io/control-plane": "",
  };
}

type NodeCondition = NonNullable<NonNullable<Node["status"]>["conditions"]>[number];

function condition(
  type: string,
  status: NodeCondition["status"],
  reason: string,
  message: string,
  before: Node | undefined,
): NodeCondition {
  const now = toTime(Date.now());
  const earlier = before?.status?.conditions?.find((one) => one.type === type);
  const lastTransitionTime = earlier?.status === status ? (earlier.lastTransitionTime ?? now) : now;
  return { type, status, reason, message, lastHeartbeatTime: now, lastTransitionTime };
}

function statusOf(before: Node | undefined): NonNullable<Node["status"]> {
  // A container or cgroup may allow less than the machine has.
  const allowed = process.constrainedMemory();
  const memory = allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
  const amounts = { cpu: String(availableParallelism()), memory: `${Math.floor(memory / 1024)}Ki`, pods: MAX_PODS };
  const isLow = freemem() < LOW_MEMORY;
  return {
    capacity: amounts,
    allocatable: amounts,
    conditions: [
      isLow
        ? condition("MemoryPressure", "True", "KubeletHasInsufficientMemory", "the machine has little memory available", before)
        : condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "the machine has sufficient memory available", before),
      condition("Ready", "True", "KubeletReady", "Skiff is running pods", before),
    ],
    addresses: [
      { type: "InternalIP", address: "127.0.0.1" },
      { type: "Hostname", address: hostname() },
    ],
    nodeInfo: {
      ...machine(),
      machineID: "",
      systemUUID: "",
      bootID: "",
      kernelVersion: release(),
      osImage: version(),
      containerRuntimeVersion: "skiff://processes",
      kubeletVersion: VERSION,
      kubeProxyVersion: "",
    },
  };
}

export interface NodeReporterOptions {
  readonly kube: KubeClient;
  readonly log: Log;
  readonly nodeName: string;
}

/** Creates the loop: the node's object at start and every five minutes, its lease every ten seconds. */
export function createNodeReporter({ kube, log, nodeName }: NodeReporterOptions): Loop {
  const labels = nodeLabels(nodeName);

  const report = async (): Promise<void> => {
    const wanted: Node = { apiVersion: "v1", kind: NODES.kind, metadata: { name: nodeName, labels }, spec: {} };
    let node = await kube.ensure(NODES, wanted);
    if (!jsonEqual({ ...node.metadata.labels, ...labels }, node.metadata.labels)) {
      node = await kube.patch(NODES, { name: nodeName }, { metadata: { labels } });
    }
    // What others have added to the capacity (extended resources) stays.
    await kube.patch(NODES, { name: nodeName, subresource: "status" }, { status: statusOf(node) });
  };

  const renew = async (): Promise<void> => {
    const renewTime = new Date().toISOString().replace("Z", "000Z");
    const spec = { holderIdentity: nodeName, leaseDurationSeconds: LEASE_SECONDS, renewTime };
    const existing = await kube.find(LEASES, nodeName, LEASE_NAMESPACE);
    if (existing) {
      await kube.patch(LEASES, { name: nodeName, namespace: LEASE_NAMESPACE }, { spec });
      return;
    }
    const namespace: KubeObject = { apiVersion: "v1", kind: NAMESPACES.kind, metadata: { name: LEASE_NAMESPACE } };
    await kube.ensure(NAMESPACES, namespace);
    await kube.create(LEASES, {
      apiVersion: "coordination.k8s.io/v1",
      kind: LEASES.kind,
      metadata: { name: nodeName, namespace: LEASE_NAMESPACE },
      spec,
    });
  };

  return {
    name: "node",
    run: async (signal) => {
      let reported = Number.NEGATIVE_INFINITY;
      while (!signal.aborted) {
        let pause = RENEW_MS;
        try {
          if (performance.now() - reported >= REPORT_MS) {
            await report();
            reported = performance.now();
          }
          await renew();
        } catch (error) {
          if (signal.aborted) return;
          log.warn("the node could not be reported, will retry", { error });
          pause = RETRY_MS;
        }
        await delay(pause, signal);
      }
    },
  };
}
