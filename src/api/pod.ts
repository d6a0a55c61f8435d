/** core/v1 Pod: the fields Skiff reads and writes. Unknown fields are kept by the store. */
import { AGE_COLUMN, ageOf, NONE } from "./columns.ts";
import type { Condition, KubeObject, ObjectMeta, ResourceDefinition } from "./meta.ts";

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: {
    fieldRef?: { fieldPath: string };
    configMapKeyRef?: { name: string; key: string; optional?: boolean };
    secretKeyRef?: { name: string; key: string; optional?: boolean };
  };
}

export interface VolumeMount {
  name: string;
  mountPath: string;
  subPath?: string;
  readOnly?: boolean;
}

export interface Container {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  workingDir?: string;
  env?: EnvVar[];
  volumeMounts?: VolumeMount[];
  resources?: { limits?: Record<string, string>; requests?: Record<string, string> };
  ports?: { name?: string; containerPort: number; hostPort?: number; protocol?: string }[];
  imagePullPolicy?: string;
  terminationMessagePath?: string;
  terminationMessagePolicy?: string;
}

export interface TokenProjection {
  audience?: string;
  expirationSeconds?: number;
  path: string;
}

export interface KeyToPath {
  key: string;
  path: string;
}

export interface Volume {
  name: string;
  emptyDir?: { medium?: string; sizeLimit?: string };
  configMap?: { name: string; items?: KeyToPath[]; optional?: boolean };
  secret?: { secretName: string; items?: KeyToPath[]; optional?: boolean };
  persistentVolumeClaim?: { claimName: string; readOnly?: boolean };
  projected?: {
    sources: {
      serviceAccountToken?: TokenProjection;
      configMap?: { name: string; items?: KeyToPath[]; optional?: boolean };
      secret?: { name: string; items?: KeyToPath[]; optional?: boolean };
      downwardAPI?: { items: { path: string; fieldRef?: { fieldPath: string } }[] };
    }[];
  };
}

export interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}

export interface PodSpec {
  containers: Container[];
  initContainers?: Container[];
  volumes?: Volume[];
  restartPolicy?: "Always" | "OnFailure" | "Never";
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  terminationGracePeriodSeconds?: number;
  activeDeadlineSeconds?: number;
  nodeName?: string;
  nodeSelector?: Record<string, string>;
  serviceAccount?: string;
  dnsPolicy?: string;
  schedulerName?: string;
  securityContext?: Record<string, unknown>;
  tolerations?: Toleration[];
  priority?: number;
  priorityClassName?: string;
  preemptionPolicy?: string;
  enableServiceLinks?: boolean;
  readinessGates?: { conditionType: string }[];
}

export interface ContainerState {
  waiting?: { reason: string; message?: string };
  running?: { startedAt: string };
  terminated?: { exitCode: number; signal?: number; reason?: string; message?: string; startedAt?: string; finishedAt?: string };
}

export interface ContainerStatus {
  name: string;
  image: string;
  imageID: string;
  containerID?: string;
  ready: boolean;
  started?: boolean;
  restartCount: number;
  state: ContainerState;
  lastState?: ContainerState;
}

export type PodPhase = "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";

export interface PodStatus {
  phase?: PodPhase;
  reason?: string;
  message?: string;
  startTime?: string;
  podIP?: string;
  nominatedNodeName?: string;
  qosClass?: string;
  hostIP?: string;
  conditions?: Condition[];
  initContainerStatuses?: ContainerStatus[];
  containerStatuses?: ContainerStatus[];
}

export interface Pod extends KubeObject {
  metadata: ObjectMeta;
  spec: PodSpec;
  status?: PodStatus;
}

/** The word in kubectl's STATUS column; order of precedence as in kubernetes pkg/printers printPod. */
export function podStatusWord(pod: Pod): string {
  const status = pod.status ?? {};
  if (pod.metadata.deletionTimestamp !== undefined && status.phase !== "Succeeded" && status.phase !== "Failed") {
    return "Terminating";
  }
  const inits = status.initContainerStatuses ?? [];
  for (const [index, init] of inits.entries()) {
    const { terminated, waiting } = init.state;
    if (terminated?.exitCode === 0) continue;
    if (terminated) return `Init:${terminated.reason ?? `ExitCode:${terminated.exitCode}`}`;
    if (waiting && waiting.reason !== "PodInitializing") return `Init:${waiting.reason}`;
    return `Init:${index}/${inits.length}`;
  }
  let word: string = status.reason ?? status.phase ?? "Pending";
  for (const { state } of (status.containerStatuses ?? []).toReversed()) {
    if (state.waiting) word = state.waiting.reason;
    else if (state.terminated && (state.terminated.exitCode !== 0 || status.phase === "Succeeded")) {
      word = state.terminated.reason ?? `ExitCode:${state.terminated.exitCode}`;
    }
  }
  return word;
}

function restarts({ status }: Pod, now: number): string {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const count = all.reduce((sum, { restartCount }) => sum + restartCount, 0);
  const ends = all.flatMap(({ lastState }) => lastState?.terminated?.finishedAt ?? []).toSorted();
  const last = ends.at(-1);
  return count > 0 && last ? `${count} (${ageOf(last, now)} ago)` : String(count);
}

function readinessGates({ spec, status }: Pod): string {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return NONE;
  const met = gates.filter(({ conditionType }) =>
    status?.conditions?.some(({ type, status }) => type === conditionType && status === "True"),
  );
  return `${met.length}/${gates.length}`;
}

const statuses = (object: KubeObject): ContainerStatus[] => (object as Pod).status?.containerStatuses ?? [];

export const PODS: ResourceDefinition<Pod> = {
  group: "",
  version: "v1",
  kind: "Pod",
  plural: "pods",
  singular: "pod",
  shortNames: ["po"],
  categories: ["all"],
  namespaced: true,
  subresources: ["binding", "eviction", "log", "status"],
  columns: [
    {
      name: "Ready",
      type: "string",
      value: (object) => {
        const all = statuses(object);
        return `${all.filter((status) => status.ready).length}/${(object as Pod).spec.containers.length}`;
      },
    },
    { name: "Status", type: "string", value: (object) => podStatusWord(object as Pod) },
    { name: "Restarts", type: "string", value: (object, now) => restarts(object as Pod, now) },
    AGE_COLUMN,
    { name: "IP", type: "string", priority: 1, value: (object) => (object as Pod).status?.podIP || NONE },
    { name: "Node", type: "string", priority: 1, value: (object) => (object as Pod).spec.nodeName || NONE },
    { name: "Nominated Node", type: "string", priority: 1, value: (object) => (object as Pod).status?.nominatedNodeName || NONE },
    { name: "Readiness Gates", type: "string", priority: 1, value: (object) => readinessGates(object as Pod) },
  ],
};
