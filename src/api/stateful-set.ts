/** apps/v1 StatefulSet, and the ControllerRevisions in which it and DaemonSets keep their history. */
import { AGE_COLUMN, NONE, TEMPLATE_COLUMNS } from "./columns.ts";
import type { KubeObject, ResourceDefinition } from "./meta.ts";
import type { PersistentVolumeClaim } from "./persistent-volume.ts";
import type { ReplicatedSpec, ReplicatedStatus } from "./workload.ts";

export interface StatefulSet extends KubeObject {
  spec: ReplicatedSpec & {
    serviceName?: string;
    ordinals?: { start?: number };
    podManagementPolicy?: "OrderedReady" | "Parallel";
    updateStrategy?: { type?: "RollingUpdate" | "OnDelete"; rollingUpdate?: { partition?: number } };
    volumeClaimTemplates?: PersistentVolumeClaim[];
    persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string; whenScaled?: string };
  };
  status?: ReplicatedStatus & { currentReplicas?: number; currentRevision?: string; updateRevision?: string };
}

export interface ControllerRevision extends KubeObject {
  data?: unknown;
  revision: number;
}

export const STATEFUL_SETS: ResourceDefinition<StatefulSet> = {
  group: "apps",
  version: "v1",
  kind: "StatefulSet",
  plural: "statefulsets",
  singular: "statefulset",
  shortNames: ["sts"],
  categories: ["all"],
  namespaced: true,
  subresources: ["scale", "status"],
  columns: [
    {
      name: "Ready",
      type: "string",
      value: (object) => `${(object as StatefulSet).status?.readyReplicas ?? 0}/${(object as StatefulSet).spec.replicas ?? 1}`,
    },
    AGE_COLUMN,
    ...TEMPLATE_COLUMNS,
  ],
};

export const CONTROLLER_REVISIONS: ResourceDefinition<ControllerRevision> = {
  group: "apps",
  version: "v1",
  kind: "ControllerRevision",
  plural: "controllerrevisions",
  singular: "controllerrevision",
  namespaced: true,
  columns: [
    {
      name: "Controller",
      type: "string",
      value: ({ metadata }) => {
        const owner = metadata.ownerReferences?.find(({ controller }) => controller);
        const group = owner?.apiVersion.includes("/") ? `.${owner.apiVersion.split("/")[0]}` : "";
        return owner ? `${owner.kind.toLowerCase()}${group}/${owner.name}` : NONE;
      },
    },
    { name: "Revision", type: "integer", value: (object) => (object as ControllerRevision).revision },
    AGE_COLUMN,
  ],
};
