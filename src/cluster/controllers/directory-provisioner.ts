/** Makes volumes that are directories of this machine. */
import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from "../../api/index.ts";

/** Our own name, and that of the provisioner which the same claims name on k3s and kind. */
export const DIRECTORY_PROVISIONERS: ReadonlySet<string> = new Set(["skiff.dev/directory", "rancher.io/local-path"]);

const PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";
const NAME = /^pvc-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface DirectoryProvisioner {
  /** Makes the directory and returns the volume, already reserved for the claim. */
  provision(claim: PersistentVolumeClaim, storageClass: StorageClass): PersistentVolume;
  /** True for volumes that this provisioner made. */
  owns(volume: PersistentVolume): boolean;
  /** Deletes the directory with what it holds. */
  remove(volume: PersistentVolume): Promise<void>;
}

/** Volumes below `directory`. */
export function createDirectoryProvisioner(directory: string): DirectoryProvisioner {
  const owns = ({ metadata, spec }: PersistentVolume): boolean =>
    NAME.test(metadata.name) &&
    DIRECTORY_PROVISIONERS.has(metadata.annotations?.[PROVISIONED_BY] ?? "") &&
    spec.hostPath?.path === join(directory, metadata.name);
  return {
    owns,
    provision: (claim, storageClass) => {
      const name = `pvc-${claim.metadata.uid}`;
      const path = join(directory, name);
      mkdirSync(path, { recursive: true, mode: 0o777 });
      const { uid = "", namespace = "", resourceVersion = "" } = claim.metadata;
      return {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name, annotations: { [PROVISIONED_BY]: storageClass.provisioner } },
        spec: {
          capacity: { storage: claim.spec.resources?.requests?.["storage"] ?? "0" },
          accessModes: claim.spec.accessModes ?? [],
          persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? "Delete",
          storageClassName: storageClass.metadata.name,
          volumeMode: claim.spec.volumeMode ?? "Filesystem",
          hostPath: { path, type: "DirectoryOrCreate" },
          claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name: claim.metadata.name, uid, resourceVersion },
        },
      };
    },
    remove: async (volume) => {
      if (owns(volume)) await rm(join(directory, volume.metadata.name), { recursive: true, force: true });
    },
  };
}
