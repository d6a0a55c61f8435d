/** A StatefulSet's next step as a function of its pods. Follows kubernetes pkg/controller/statefulset/stateful_set_control.go. */
import type { Pod, StatefulSet } from "../../../api/index.ts";
import { availableIn, isFailed, isGoing, isSucceeded } from "./pod-state.ts";
import { REVISION_LABEL } from "./revisions.ts";

export interface Revisions {
  /** Names of the ControllerRevisions: what the set had, and what it shall have. */
  readonly current: string;
  readonly update: string;
}

export interface StatefulSetPlan {
  readonly create: readonly { readonly ordinal: number; readonly revision: string }[];
  /** Pods that ended: they go, and come again. */
  readonly replace: readonly Pod[];
  /** Pods beyond the wanted number. */
  readonly condemn: readonly Pod[];
  /** The pod that is to come back with the new template. */
  readonly update: Pod | undefined;
}

/** The number at the end of a pod's name; undefined when it is none of this set's. */
export function ordinalOf({ metadata }: StatefulSet, pod: Pod): number | undefined {
  const prefix = `${metadata.name}-`;
  if (!pod.metadata.name.startsWith(prefix)) return undefined;
  const text = pod.metadata.name.slice(prefix.length);
  const ordinal = Number(text);
  return Number.isInteger(ordinal) && ordinal >= 0 && String(ordinal) === text ? ordinal : undefined;
}

export const revisionOfPod = ({ metadata }: Pod): string | undefined => metadata.labels?.[REVISION_LABEL];

/** Plans the next step. `pods` are those that the set controls. */
export function planStatefulSet(set: StatefulSet, pods: readonly Pod[], revisions: Revisions, now: number): StatefulSetPlan {
  const { spec } = set;
  const { replicas = 1, minReadySeconds = 0 } = spec;
  const first = spec.ordinals?.start ?? 0;
  const monotonic = spec.podManagementPolicy !== "Parallel";
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod), pod]));
  const isHealthy = (pod: Pod): boolean => !isGoing(pod) && availableIn(pod, minReadySeconds, now) === 0;
  const rolling = spec.updateStrategy?.type !== "OnDelete";
  const partition = rolling ? (spec.updateStrategy?.rollingUpdate?.partition ?? 0) : 0;
  const revisionFor = (ordinal: number): string => (rolling && ordinal < first + partition ? revisions.current : revisions.update);

  const create: { ordinal: number; revision: string }[] = [];
  const replace: Pod[] = [];
  const plan = (condemn: Pod[] = [], update?: Pod): StatefulSetPlan => ({ create, replace, condemn, update });
  for (let ordinal = first; ordinal < first + replicas; ordinal++) {
    const pod = byOrdinal.get(ordinal);
    if (!pod) create.push({ ordinal, revision: revisionFor(ordinal) });
    else if ((isFailed(pod) || isSucceeded(pod)) && !isGoing(pod)) replace.push(pod);
    else if (isHealthy(pod)) continue;
    // One after the other: the next pod waits for this one.
    if (monotonic) return plan();
  }
  const isCondemned = (pod: Pod): boolean => {
    const ordinal = ordinalOf(set, pod);
    return ordinal !== undefined && (ordinal < first || ordinal >= first + replicas);
  };
  const condemned = pods.filter(isCondemned).toSorted((a, b) => (ordinalOf(set, b) ?? 0) - (ordinalOf(set, a) ?? 0));
  if (monotonic && condemned[0]) return plan(isGoing(condemned[0]) ? [] : [condemned[0]]);
  const going = condemned.filter((pod) => !isGoing(pod));
  if (!rolling) return plan(going);
  for (let ordinal = first + replicas - 1; ordinal >= first + partition; ordinal--) {
    const pod = byOrdinal.get(ordinal);
    if (!pod) return plan(going);
    if (revisionOfPod(pod) !== revisions.update && !isGoing(pod)) return plan(going, pod);
    if (!isHealthy(pod)) return plan(going);
  }
  return plan(going);
}
