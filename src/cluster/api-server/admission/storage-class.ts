/** Claims without a class take the default one. Follows plugin/pkg/admission/storage/{setdefault,storageobjectinuseprotection}. */
import { isDefaultClass, STORAGE_CLASSES, type PersistentVolumeClaim } from "../../../api/index.ts";
import { isResource, listStored, type Admission } from "./admission.ts";

export const defaultStorageClass: Admission = {
  name: "DefaultStorageClass",
  admit: ({ operation, resource, object, transaction }) => {
    if (operation !== "create" || !isResource(resource, "persistentvolumeclaims")) return;
    const { spec } = object as PersistentVolumeClaim;
    // "" is a wish of its own: no class at all.
    if (spec.storageClassName !== undefined) return;
    // Among several defaults the newest wins (since Kubernetes 1.26).
    const [newest] = listStored(transaction, STORAGE_CLASSES)
      .filter(isDefaultClass)
      .toSorted(
        (a, b) =>
          (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? "") ||
          a.metadata.name.localeCompare(b.metadata.name),
      );
    if (newest) spec.storageClassName = newest.metadata.name;
  },
};

const PROTECTION: Readonly<Record<string, string>> = {
  PersistentVolumeClaim: "kubernetes.io/pvc-protection",
  PersistentVolume: "kubernetes.io/pv-protection",
};

/** What is in use does not go away under its user; the volume controller takes the finalizer off. */
export const storageProtection: Admission = {
  name: "StorageObjectInUseProtection",
  admit: ({ operation, resource, object }) => {
    const finalizer = resource.group === "" ? PROTECTION[resource.kind] : undefined;
    if (operation !== "create" || finalizer === undefined) return;
    object.metadata.finalizers = [...new Set([...(object.metadata.finalizers ?? []), finalizer])];
  },
};
