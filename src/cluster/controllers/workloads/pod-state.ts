/** What a controller asks about a pod. Follows kubernetes pkg/api/v1/pod and pkg/controller/controller_utils.go. */
import type { Pod } from "../../../api/index.ts";

export const isSucceeded = ({ status }: Pod): boolean => status?.phase === "Succeeded";
export const isFailed = ({ status }: Pod): boolean => status?.phase === "Failed";
export const isGoing = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;
/** Neither ended nor going. */
export const isActive = (pod: Pod): boolean => !isSucceeded(pod) && !isFailed(pod) && !isGoing(pod);

function readySince({ status }: Pod): number | undefined {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.status === "True" ? Date.parse(ready.lastTransitionTime ?? "") : undefined;
}

export const isReady = (pod: Pod): boolean => readySince(pod) !== undefined;

/** Milliseconds until the pod has been ready for `minReadySeconds`; 0 when it has, undefined when it is not ready. */
export function availableIn(pod: Pod, minReadySeconds: number, now: number): number | undefined {
  const since = readySince(pod);
  if (since === undefined) return undefined;
  return minReadySeconds === 0 ? 0 : Math.max(0, since + minReadySeconds * 1000 - now);
}

/** True for a pod that ended because the platform stopped, not by its own doing. */
export function isDisrupted({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === "DisruptionTarget" && value === "True") === true;
}

const restartsOf = ({ status }: Pod): number => Math.max(0, ...(status?.containerStatuses ?? []).map(({ restartCount }) => restartCount));
const createdAt = ({ metadata }: Pod): number => Date.parse(metadata.creationTimestamp ?? "") || Date.now();
const PHASE_ORDER: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const cost = ({ metadata }: Pod): number => Number(metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? 0) || 0;

/** The order in which surplus pods go: unassigned, pending, not ready, cheap, recently ready, often restarted, young. Follows ActivePodsWithRanks. */
export function byDispensability(a: Pod, b: Pod): number {
  const keys: ((pod: Pod) => number)[] = [
    ({ status }) => PHASE_ORDER[status?.phase ?? "Pending"] ?? 0,
    (pod) => (isReady(pod) ? 1 : 0),
    cost,
    (pod) => -(readySince(pod) ?? 0),
    (pod) => -restartsOf(pod),
    (pod) => -createdAt(pod),
  ];
  for (const key of keys) {
    const difference = key(a) - key(b);
    if (difference !== 0) return difference;
  }
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
