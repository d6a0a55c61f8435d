/** apps/v1 Deployment and ReplicaSet. */
import { AGE_COLUMN, SELECTOR_COLUMN, TEMPLATE_COLUMNS } from "./columns.ts";
import type { KubeObject, ResourceDefinition } from "./meta.ts";
import type { ReplicatedSpec, ReplicatedStatus } from "./workload.ts";

export interface Deployment extends KubeObject {
  spec: ReplicatedSpec & {
    strategy?: {
      type?: "RollingUpdate" | "Recreate";
      rollingUpdate?: { maxUnavailable?: number | string; maxSurge?: number | string };
    };
    paused?: boolean;
    progressDeadlineSeconds?: number;
  };
  status?: ReplicatedStatus;
}

export interface ReplicaSet extends KubeObject {
  spec: ReplicatedSpec;
  status?: ReplicatedStatus & { fullyLabeledReplicas?: number };
}

export const DEPLOYMENTS: ResourceDefinition<Deployment> = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  singular: "deployment",
  shortNames: ["deploy"],
  categories: ["all"],
  namespaced: true,
  subresources: ["scale", "status"],
  columns: [
    {
      name: "Ready",
      type: "string",
      value: (object) => `${(object as Deployment).status?.readyReplicas ?? 0}/${(object as Deployment).spec.replicas ?? 1}`,
    },
    { name: "Up-to-date", type: "integer", value: (object) => (object as Deployment).status?.updatedReplicas ?? 0 },
    { name: "Available", type: "integer", value: (object) => (object as Deployment).status?.availableReplicas ?? 0 },
    AGE_COLUMN,
    ...TEMPLATE_COLUMNS,
    SELECTOR_COLUMN,
  ],
};

export const REPLICA_SETS: ResourceDefinition<ReplicaSet> = {
  group: "apps",
  version: "v1",
  kind: "ReplicaSet",
  plural: "replicasets",
  singular: "replicaset",
  shortNames: ["rs"],
  categories: ["all"],
  namespaced: true,
  subresources: ["scale", "status"],
  columns: [
    { name: "Desired", type: "integer", value: (object) => (object as ReplicaSet).spec.replicas ?? 1 },
    { name: "Current", type: "integer", value: (object) => (object as ReplicaSet).status?.replicas ?? 0 },
    { name: "Ready", type: "integer", value: (object) => (object as ReplicaSet).status?.readyReplicas ?? 0 },
    AGE_COLUMN,
    ...TEMPLATE_COLUMNS,
    SELECTOR_COLUMN,
  ],
};
