/** Which volume suits a claim. Follows kubernetes pkg/controller/volume/persistentvolume/util FindMatchingVolume. */
import { selectsLabels, type PersistentVolume, type PersistentVolumeClaim } from "../../api/index.ts";
import { parseQuantity } from "../../lib/quantity.ts";

const bytes = (text: string | undefined): bigint => parseQuantity(text ?? "0")?.nano ?? 0n;

/** True when the volume is reserved for the claim: by uid, or by name before the claim existed. */
export function isReservedFor({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const claim = spec.claimRef;
  if (!claim || claim.name !== metadata.name || claim.namespace !== metadata.namespace) return false;
  return !claim.uid || claim.uid === metadata.uid;
}

function suits(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { spec } = volume;
  if (volume.metadata.deletionTimestamp !== undefined) return false;
  if ((spec.volumeMode ?? "Filesystem") !== (claim.spec.volumeMode ?? "Filesystem")) return false;
  if (bytes(spec.capacity?.["storage"]) < bytes(claim.spec.resources?.requests?.["storage"])) return false;
  if (!(claim.spec.accessModes ?? []).every((mode) => spec.accessModes?.includes(mode))) return false;
  if (isReservedFor(volume, claim)) return true;
  if (spec.claimRef) return false;
  if (volume.status?.phase !== undefined && volume.status.phase !== "Available" && volume.status.phase !== "Pending") return false;
  if ((spec.storageClassName ?? "") !== (claim.spec.storageClassName ?? "")) return false;
  return claim.spec.selector === undefined || selectsLabels(claim.spec.selector, volume.metadata.labels);
}

/** The volume to bind: one that is reserved for the claim, else the smallest that is large enough. */
export function findMatchingVolume(claim: PersistentVolumeClaim, volumes: readonly PersistentVolume[]): PersistentVolume | undefined {
  const named = claim.spec.volumeName;
  if (named) {
    const volume = volumes.find(({ metadata }) => metadata.name === named);
    return volume && (!volume.spec.claimRef || isReservedFor(volume, claim)) ? volume : undefined;
  }
  const fitting = volumes.filter((volume) => suits(volume, claim));
  const [best] = fitting.toSorted((a, b) => {
    const reserved = Number(isReservedFor(b, claim)) - Number(isReservedFor(a, claim));
    const difference = bytes(a.spec.capacity?.["storage"]) - bytes(b.spec.capacity?.["storage"]);
    return reserved || (difference < 0n ? -1 : difference > 0n ? 1 : 0);
  });
  return best;
}
