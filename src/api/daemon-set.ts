/** apps/v1 DaemonSet. */
import { AGE_COLUMN, NONE, SELECTOR_COLUMN, TEMPLATE_COLUMNS } from "./columns.ts";
import type { Condition, KubeObject, PrinterColumn, ResourceDefinition } from "./meta.ts";
import type { ReplicatedSpec } from "./workload.ts";

export interface DaemonSetStatus {
  observedGeneration?: number;
  desiredNumberScheduled?: number;
  currentNumberScheduled?: number;
  numberMisscheduled?: number;
  numberReady?: number;
  updatedNumberScheduled?: number;
  numberAvailable?: number;
  numberUnavailable?: number;
  conditions?: Condition[];
}

export interface DaemonSet extends KubeObject {
  spec: Omit<ReplicatedSpec, "replicas"> & {
    updateStrategy?: {
      type?: "RollingUpdate" | "OnDelete";
      rollingUpdate?: { maxUnavailable?: number | string; maxSurge?: number | string };
    };
  };
  status?: DaemonSetStatus;
}

const count = (name: string, field: Exclude<keyof DaemonSetStatus, "conditions">): PrinterColumn => ({
  name,
  type: "integer",
  value: (object) => (object as DaemonSet).status?.[field] ?? 0,
});

export const DAEMON_SETS: ResourceDefinition<DaemonSet> = {
  group: "apps",
  version: "v1",
  kind: "DaemonSet",
  plural: "daemonsets",
  singular: "daemonset",
  shortNames: ["ds"],
  categories: ["all"],
  namespaced: true,
  subresources: ["status"],
  columns: [
    count("Desired", "desiredNumberScheduled"),
    count("Current", "currentNumberScheduled"),
    count("Ready", "numberReady"),
    count("Up-to-date", "updatedNumberScheduled"),
    count("Available", "numberAvailable"),
    {
      name: "Node Selector",
      type: "string",
      value: (object) =>
        Object.entries((object as DaemonSet).spec.template.spec.nodeSelector ?? {})
          .map(([key, value]) => `${key}=${value}`)
          .join(",") || NONE,
    },
    AGE_COLUMN,
    ...TEMPLATE_COLUMNS,
    SELECTOR_COLUMN,
  ],
};
