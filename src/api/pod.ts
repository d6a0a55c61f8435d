/** core/v1 Pod: the fields Skiff reads and writes. Unknown fields are kept by the store. */
import { humanDuration } from "../lib/duration.ts";
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
  projected?: {
    sources: {
      serviceAccountToken?: TokenProjection;
      configMap?: { name: string; items?: KeyToPath[]; optional?: boolean };
      secret?: { name: string; items?: KeyToPath[]; optional?: boolean };
      downwardAPI?: { items: { path: string; fieldRef?: { fieldPath: string } }[] };
    }[];
  };
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
  subresources: ["status", "log"],
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
    {
      name: "Restarts",
      type: "string",
      value: (object) => String(statuses(object).reduce((sum, status) => sum + status.restartCount, 0)),
    },
    {
      name: "Age",
      type: "string",
      value: ({ metadata }, now) => humanDuration(now - Date.parse(metadata.creationTimestamp ?? "")),
    },
    { name: "IP", type: "string", priority: 1, value: (object) => (object as Pod).status?.podIP ?? "<none>" },
    { name: "Node", type: "string", priority: 1, value: (object) => (object as Pod).spec.nodeName ?? "<none>" },
  ],
};
