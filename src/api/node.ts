/** core/v1 Node. */
import { AGE_COLUMN, NONE } from "./columns.ts";
import type { Condition, KubeObject, PrinterColumn, ResourceDefinition } from "./meta.ts";

export interface Taint {
  key: string;
  value?: string;
  effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

export interface Node extends KubeObject {
  spec?: { podCIDR?: string; taints?: Taint[]; unschedulable?: boolean; providerID?: string };
  status?: {
    capacity?: Record<string, string>;
    allocatable?: Record<string, string>;
    conditions?: (Condition & { lastHeartbeatTime?: string })[];
    addresses?: { type: string; address: string }[];
    nodeInfo?: Record<string, string>;
  };
}

const ROLE_LABEL = "node-role.kubernetes.io/";

function statusText({ spec, status }: Node): string {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const word = ready ? (ready.status === "True" ? "Ready" : "NotReady") : "Unknown";
  return spec?.unschedulable ? `${word},SchedulingDisabled` : word;
}

const address = (name: string, type: string): PrinterColumn => ({
  name,
  type: "string",
  priority: 1,
  value: (object) => (object as Node).status?.addresses?.find((one) => one.type === type)?.address ?? NONE,
});
const info = (name: string, field: string): PrinterColumn => ({
  name,
  type: "string",
  priority: 1,
  value: (object) => (object as Node).status?.nodeInfo?.[field] || "<unknown>",
});

export const NODES: ResourceDefinition<Node> = {
  group: "",
  version: "v1",
  kind: "Node",
  plural: "nodes",
  singular: "node",
  shortNames: ["no"],
  namespaced: false,
  subresources: ["status"],
  columns: [
    { name: "Status", type: "string", value: (object) => statusText(object) },
    {
      name: "Roles",
      type: "string",
      value: ({ metadata }) =>
        Object.keys(metadata.labels ?? {})
          .filter((label) => label.startsWith(ROLE_LABEL))
          .map((label) => label.slice(ROLE_LABEL.length))
          .toSorted()
          .join(",") || NONE,
    },
    AGE_COLUMN,
    { name: "Version", type: "string", value: (object) => (object as Node).status?.nodeInfo?.["kubeletVersion"] ?? "" },
    address("Internal-IP", "InternalIP"),
    address("External-IP", "ExternalIP"),
    info("OS-Image", "osImage"),
    info("Kernel-Version", "kernelVersion"),
    info("Container-Runtime", "containerRuntimeVersion"),
  ],
};
