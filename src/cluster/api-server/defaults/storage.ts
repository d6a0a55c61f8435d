/** Defaults of volumes, claims and their classes. Follows kubernetes pkg/apis/core/v1 and pkg/apis/storage/v1. */
import { fill, findObject, objectIn, type Fields } from "./field.ts";

export function fillVolume(volume: Fields): void {
  const spec = objectIn(volume, "spec");
  if (!spec) return;
  fill(spec, { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" });
  const hostPath = findObject(spec, "hostPath");
  if (hostPath) fill(hostPath, { type: "" });
}

export function fillClaim(claim: Fields): void {
  const spec = objectIn(claim, "spec");
  if (spec) fill(spec, { volumeMode: "Filesystem" });
}

export function fillStorageClass(storageClass: Fields): void {
  fill(storageClass, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" });
}
