/** ReplicaSets: so many pods of one template. Follows kubernetes pkg/controller/replicaset. */
import type { Condition, Pod, ReplicaSet } from "../../../api/index.ts";
import type { Loop } from "../../../kit/index.ts";
import { isReason, messageOf } from "../../../lib/errors.ts";
import { BURST, claim, createPods, removePods, toPod } from "./pod-control.ts";
import { availableIn, byDispensability, isActive, isDisrupted, isFailed, isGoing, isReady } from "./pod-state.ts";
import type { WorkloadContext } from "./context.ts";
import { toTime } from "../../../lib/time.ts";
import { createWorkloadLoop, followDependents, publishStatus } from "./workload-loop.ts";

/** How many pods are missing, and which of the active ones are too many. */
export function planReplicas(active: readonly Pod[], replicas: number): { create: number; remove: Pod[] } {
  const surplus = active.length - replicas;
  if (surplus <= 0) return { create: Math.min(BURST, -surplus), remove: [] };
  return { create: 0, remove: active.toSorted(byDispensability).slice(0, Math.min(BURST, surplus)) };
}

function replicaStatus(set: ReplicaSet, active: readonly Pod[], failure: unknown, now: number): NonNullable<ReplicaSet["status"]> {
  const { minReadySeconds = 0, template } = set.spec;
  const labels = Object.entries(template.metadata?.labels ?? {});
  const count = (test: (pod: Pod) => boolean): number => active.filter(test).length;
  const others = (set.status?.conditions ?? []).filter(({ type }) => type !== "ReplicaFailure");
  const before = set.status?.conditions?.find(({ type }) => type === "ReplicaFailure");
  const fault: Condition[] =
    failure === undefined
      ? []
      : [
          {
            type: "ReplicaFailure",
            status: "True",
            reason: "FailedCreate",
            message: messageOf(failure),
            lastTransitionTime: before?.lastTransitionTime ?? toTime(now),
          },
        ];
  const conditions = [...others, ...fault];
  return {
    replicas: active.length,
    fullyLabeledReplicas: count(({ metadata }) => labels.every(([key, value]) => metadata.labels?.[key] === value)),
    readyReplicas: count(isReady),
    availableReplicas: count((pod) => availableIn(pod, minReadySeconds, now) === 0),
    observedGeneration: set.metadata.generation ?? 0,
    ...(conditions.length > 0 ? { conditions } : {}),
  };
}

/** Creates the loop. */
export function createReplicaSetController({ log, now, caches, informers, recorder }: WorkloadContext): Loop {
  const { replicaSets, pods } = caches;
  const record = recorder("replicaset-controller");
  const { controller, loop } = createWorkloadLoop({
    name: "replica-sets",
    log,
    objects: replicaSets,
    informers,
    reconcile: async (set) => {
      const claimed = await claim(pods, set, set.spec.selector, isActive);
      if (set.metadata.deletionTimestamp !== undefined) return undefined;
      const { create, remove } = planReplicas(claimed.filter(isActive), set.spec.replicas ?? 1);
      let failure: unknown;
      try {
        const wanted = Array.from({ length: create }, () => toPod(set, set.spec.template, { base: `${set.metadata.name}-` }));
        await createPods(pods, set, wanted, record);
        await removePods(pods, set, remove, record);
        // Not upstream's: pods that the platform's own stop ended would pile up with every restart.
        await removePods(
          pods,
          set,
          claimed.filter((pod) => isFailed(pod) && isDisrupted(pod) && !isGoing(pod)),
          record,
          0,
        );
      } catch (error) {
        failure = error;
      }
      const active = pods.controlledBy(set.metadata.uid ?? "").filter(isActive);
      const current = replicaSets.get(set.metadata.name, set.metadata.namespace ?? "") ?? set;
      const creation = isReason(failure, "Conflict") ? undefined : failure;
      await publishStatus(replicaSets, current, replicaStatus(current, active, creation, now()));
      if (failure !== undefined) throw failure;
      const waits = active.map((pod) => availableIn(pod, set.spec.minReadySeconds ?? 0, now())).filter((ms) => ms !== undefined && ms > 0);
      return waits.length > 0 ? { requeueAfterMs: Math.min(...(waits as number[])) } : undefined;
    },
  });
  followDependents(controller, replicaSets, pods, ({ spec }) => spec.selector);
  return loop;
}
