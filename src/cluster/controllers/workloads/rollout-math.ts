/** The arithmetic of a Deployment's rollout. Follows kubernetes pkg/controller/deployment/{rolling,sync}.go and util. */
import type { Deployment, ReplicaSet } from "../../../api/index.ts";

/** A number or a percentage of `total`; percentages are rounded up or down. */
export function resolveAmount(value: number | string | undefined, total: number, round: "up" | "down"): number {
  if (typeof value === "number") return value;
  if (value === undefined || !value.endsWith("%")) return 0;
  const exact = (Number(value.slice(0, -1)) * total) / 100;
  if (!Number.isFinite(exact)) return 0;
  return round === "up" ? Math.ceil(exact) : Math.floor(exact);
}

export interface Bounds {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** How far a rollout may stray from the wanted number; both 0 would stand still, so one may be missing then. */
export function boundsOf({ spec }: Deployment): Bounds {
  if (spec.strategy?.type === "Recreate") return { maxSurge: 0, maxUnavailable: 0 };
  const replicas = spec.replicas ?? 1;
  const { maxSurge, maxUnavailable } = spec.strategy?.rollingUpdate ?? {};
  const surge = resolveAmount(maxSurge ?? "25%", replicas, "up");
  const unavailable = resolveAmount(maxUnavailable ?? "25%", replicas, "down");
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, replicas) };
}

export const wantedBy = ({ spec }: ReplicaSet): number => spec.replicas ?? 1;
export const sumWanted = (sets: readonly ReplicaSet[]): number => sets.reduce((sum, set) => sum + wantedBy(set), 0);
const availableOf = ({ status }: ReplicaSet): number => status?.availableReplicas ?? 0;

/** The size of the new set in the next step. `newSize` is what it has, `total` what all sets have together. */
export function nextNewSize(deployment: Deployment, newSize: number, total: number): number {
  const replicas = deployment.spec.replicas ?? 1;
  if (deployment.spec.strategy?.type === "Recreate" || newSize > replicas) return replicas;
  const room = replicas + boundsOf(deployment).maxSurge - total;
  return room <= 0 ? newSize : newSize + Math.min(room, replicas - newSize);
}

/** New sizes of old sets (those that change) so that enough pods stay available. `olds` are ordered by age, the oldest first. */
export function shrinkOlds(deployment: Deployment, newSet: ReplicaSet | undefined, olds: readonly ReplicaSet[]): Map<ReplicaSet, number> {
  const sizes = new Map<ReplicaSet, number>();
  const all = [...olds, ...(newSet ? [newSet] : [])];
  if (sumWanted(olds) === 0) return sizes;
  const replicas = deployment.spec.replicas ?? 1;
  const minAvailable = replicas - boundsOf(deployment).maxUnavailable;
  const newUnavailable = newSet ? wantedBy(newSet) - availableOf(newSet) : 0;
  let budget = sumWanted(all) - minAvailable - newUnavailable;
  if (budget <= 0) return sizes;
  const sizeOf = (set: ReplicaSet): number => sizes.get(set) ?? wantedBy(set);
  const shrink = (set: ReplicaSet, by: number): number => {
    if (by > 0) sizes.set(set, sizeOf(set) - by);
    return Math.max(0, by);
  };
  // Pods that serve nobody go first: they cost no availability.
  for (const set of olds) budget -= shrink(set, Math.min(budget, wantedBy(set) - availableOf(set)));
  let spare = all.reduce((sum, set) => sum + availableOf(set), 0) - minAvailable;
  for (const set of olds) spare -= shrink(set, Math.min(Math.max(0, spare), sizeOf(set)));
  return sizes;
}

/** How a change of `replicas` in the middle of a rollout is spread: in proportion, the rest to the largest set. */
export function scaleInProportion(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  maxReplicasOf: (set: ReplicaSet) => number,
): Map<ReplicaSet, number> {
  const replicas = deployment.spec.replicas ?? 1;
  const allowed = replicas > 0 ? replicas + boundsOf(deployment).maxSurge : 0;
  const toAdd = allowed - sumWanted(sets);
  const created = ({ metadata }: ReplicaSet): number => Date.parse(metadata.creationTimestamp ?? "") || 0;
  // The larger first; among equals the newer gains and the older loses.
  const order = sets.toSorted((a, b) => wantedBy(b) - wantedBy(a) || (toAdd > 0 ? created(b) - created(a) : created(a) - created(b)));
  const sizes = new Map<ReplicaSet, number>();
  let added = 0;
  for (const set of order) {
    const size = wantedBy(set);
    let share = 0;
    if (toAdd !== 0 && size > 0) {
      share = Math.round((size * allowed) / Math.max(1, maxReplicasOf(set))) - size;
      share = toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
    }
    sizes.set(set, size + share);
    added += share;
  }
  const [largest] = order;
  if (largest && toAdd !== 0) sizes.set(largest, Math.max(0, (sizes.get(largest) ?? 0) + toAdd - added));
  return sizes;
}
