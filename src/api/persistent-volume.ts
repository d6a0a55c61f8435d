/** core/v1 PersistentVolume and PersistentVolumeClaim, storage.k8s.io/v1 StorageClass. */
import { AGE_COLUMN } from "./columns.ts";
import type { LabelSelector } from "./label-selector.ts";
import type { ObjectReference } from "./core.ts";
import type { Condition, KubeObject, ResourceDefinition } from "./meta.ts";

export interface PersistentVolume extends KubeObject {
  spec: {
    capacity?: Record<string, string>;
    accessModes?: string[];
    persistentVolumeReclaimPolicy?: "Retain" | "Delete" | "Recycle";
    storageClassName?: string;
    volumeMode?: "Filesystem" | "Block";
    volumeAttributesClassName?: string;
    claimRef?: ObjectReference;
    hostPath?: { path: string; type?: string };
    local?: { path: string };
    nodeAffinity?: unknown;
  };
  status?: { phase?: "Pending" | "Available" | "Bound" | "Released" | "Failed"; reason?: string; message?: string };
}

export interface PersistentVolumeClaim extends KubeObject {
  spec: {
    accessModes?: string[];
    selector?: LabelSelector;
    resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
    volumeName?: string;
    storageClassName?: string;
    volumeMode?: "Filesystem" | "Block";
    volumeAttributesClassName?: string;
  };
  status?: {
    phase?: "Pending" | "Bound" | "Lost";
    accessModes?: string[];
    capacity?: Record<string, string>;
    conditions?: Condition[];
  };
}

export interface StorageClass extends KubeObject {
  provisioner: string;
  parameters?: Record<string, string>;
  reclaimPolicy?: "Delete" | "Retain";
  volumeBindingMode?: "Immediate" | "WaitForFirstConsumer";
  allowVolumeExpansion?: boolean;
  mountOptions?: string[];
}

/** The annotation that makes a class the default one, in its present and its older spelling. */
const DEFAULT_CLASS = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];

export function isDefaultClass({ metadata }: KubeObject): boolean {
  return DEFAULT_CLASS.some((name) => metadata.annotations?.[name] === "true");
}

const MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};
const modesText = (modes: readonly string[] = []): string => [...new Set(modes)].map((mode) => MODES[mode] ?? mode).join(",");

function volumePhase({ metadata, status }: PersistentVolume | PersistentVolumeClaim): string {
  return metadata.deletionTimestamp === undefined ? (status?.phase ?? "") : "Terminating";
}

export const PERSISTENT_VOLUMES: ResourceDefinition<PersistentVolume> = {
  group: "",
  version: "v1",
  kind: "PersistentVolume",
  plural: "persistentvolumes",
  singular: "persistentvolume",
  shortNames: ["pv"],
  namespaced: false,
  subresources: ["status"],
  columns: [
    { name: "Capacity", type: "string", value: (object) => (object as PersistentVolume).spec.capacity?.["storage"] ?? "" },
    { name: "Access Modes", type: "string", value: (object) => modesText((object as PersistentVolume).spec.accessModes) },
    {
      name: "Reclaim Policy",
      type: "string",
      value: (object) => (object as PersistentVolume).spec.persistentVolumeReclaimPolicy ?? "Retain",
    },
    { name: "Status", type: "string", value: (object) => volumePhase(object as PersistentVolume) },
    {
      name: "Claim",
      type: "string",
      value: (object) => {
        const claim = (object as PersistentVolume).spec.claimRef;
        return claim ? `${claim.namespace}/${claim.name}` : "";
      },
    },
    { name: "StorageClass", type: "string", value: (object) => (object as PersistentVolume).spec.storageClassName ?? "" },
    {
      name: "VolumeAttributesClass",
      type: "string",
      value: (object) => (object as PersistentVolume).spec.volumeAttributesClassName ?? "<unset>",
    },
    { name: "Reason", type: "string", value: (object) => (object as PersistentVolume).status?.reason ?? "" },
    AGE_COLUMN,
    { name: "VolumeMode", type: "string", priority: 1, value: (object) => (object as PersistentVolume).spec.volumeMode ?? "<unset>" },
  ],
};

export const PERSISTENT_VOLUME_CLAIMS: ResourceDefinition<PersistentVolumeClaim> = {
  group: "",
  version: "v1",
  kind: "PersistentVolumeClaim",
  plural: "persistentvolumeclaims",
  singular: "persistentvolumeclaim",
  shortNames: ["pvc"],
  namespaced: true,
  subresources: ["status"],
  columns: [
    { name: "Status", type: "string", value: (object) => volumePhase(object as PersistentVolumeClaim) },
    { name: "Volume", type: "string", value: (object) => (object as PersistentVolumeClaim).spec.volumeName ?? "" },
    { name: "Capacity", type: "string", value: (object) => (object as PersistentVolumeClaim).status?.capacity?.["storage"] ?? "" },
    { name: "Access Modes", type: "string", value: (object) => modesText((object as PersistentVolumeClaim).status?.accessModes) },
    { name: "StorageClass", type: "string", value: (object) => (object as PersistentVolumeClaim).spec.storageClassName ?? "" },
    {
      name: "VolumeAttributesClass",
      type: "string",
      value: (object) => (object as PersistentVolumeClaim).spec.volumeAttributesClassName ?? "<unset>",
    },
    AGE_COLUMN,
    { name: "VolumeMode", type: "string", priority: 1, value: (object) => (object as PersistentVolumeClaim).spec.volumeMode ?? "<unset>" },
  ],
};

export const STORAGE_CLASSES: ResourceDefinition<StorageClass> = {
  group: "storage.k8s.io",
  version: "v1",
  kind: "StorageClass",
  plural: "storageclasses",
  singular: "storageclass",
  shortNames: ["sc"],
  namespaced: false,
  columns: [
    {
      name: "Name",
      type: "string",
      value: (object) => (isDefaultClass(object) ? `${object.metadata.name} (default)` : object.metadata.name),
    },
    { name: "Provisioner", type: "string", value: (object) => (object as StorageClass).provisioner },
    { name: "ReclaimPolicy", type: "string", value: (object) => (object as StorageClass).reclaimPolicy ?? "Delete" },
    { name: "VolumeBindingMode", type: "string", value: (object) => (object as StorageClass).volumeBindingMode ?? "<unset>" },
    { name: "AllowVolumeExpansion", type: "string", value: (object) => String((object as StorageClass).allowVolumeExpansion ?? false) },
    AGE_COLUMN,
  ],
};
