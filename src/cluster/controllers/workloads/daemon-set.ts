/** DaemonSets: a pod on every node, and there is one node. Follows kubernetes pkg/controller/daemon. */
import type { DaemonSet, Pod } from "../../../api/index.ts";
import type { Loop, ReconcileResult } from "../../../kit/index.ts";
import type { WorkloadContext } from "./context.ts";
import { nodeLabels } from "./node.ts";
import { claim, createPods, removePods, toPod } from "./pod-control.ts";
import { availableIn, byDispensability, isFailed, isGoing, isReady, isSucceeded } from "./pod-state.ts";
import { ensureRevision, REVISION_LABEL, trimRevisions } from "./revisions.ts";
import { createWorkloadLoop, followDependents, publishStatus } from "./workload-loop.ts";

export interface DaemonSetPlan {
  readonly create: boolean;
  readonly remove: readonly Pod[];
}

const hasRevision = (pod: Pod, hash: string): boolean => pod.metadata.labels?.[REVISION_LABEL] === hash;

/** One pod of the present revision when the node is wanted, none otherwise. `hash` is the present revision's. */
export function planDaemonSet(set: DaemonSet, pods: readonly Pod[], wanted: boolean, hash: string, now: number): DaemonSetPlan {
  const ended = pods.filter((pod) => (isFailed(pod) || isSucceeded(pod)) && !isGoing(pod));
  const going = pods.filter(isGoing);
  const alive = pods.filter((pod) => !ended.includes(pod) && !going.includes(pod)).toSorted(byDispensability);
  if (!wanted) return { create: false, remove: [...ended, ...alive] };
  const { type = "RollingUpdate", rollingUpdate } = set.spec.updateStrategy ?? {};
  const current = alive.filter((pod) => hasRevision(pod, hash));
  const old = alive.filter((pod) => !hasRevision(pod, hash));
  const surplus = current.slice(0, Math.max(0, current.length - 1));
  const isThere = current.some((pod) => availableIn(pod, set.spec.minReadySeconds ?? 0, now) === 0);
  if (type === "OnDelete") {
    const all = [...old, ...current];
    return { create: all.length === 0 && going.length === 0, remove: [...ended, ...all.slice(0, Math.max(0, all.length - 1))] };
  }
  // With surge the new pod comes before the old one goes.
  const surges = rollingUpdate?.maxSurge !== undefined && rollingUpdate.maxSurge !== 0 && rollingUpdate.maxSurge !== "0%";
  const remove = surges && !isThere ? old.slice(0, Math.max(0, old.length - 1)) : old;
  const room = surges || (old.length === 0 && going.length === 0);
  return { create: current.length === 0 && room, remove: [...ended, ...surplus, ...remove] };
}

function selectsNode(set: DaemonSet, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(set.spec.template.spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
}

function statusOf(set: DaemonSet, pods: readonly Pod[], wanted: boolean, hash: string, now: number): NonNullable<DaemonSet["status"]> {
  const alive = pods.filter((pod) => !isFailed(pod) && !isSucceeded(pod) && !isGoing(pod));
  const [best] = alive.toSorted(byDispensability).toReversed();
  const count = (test: boolean): number => (wanted && test ? 1 : 0);
  const available = best !== undefined && availableIn(best, set.spec.minReadySeconds ?? 0, now) === 0;
  return {
    observedGeneration: set.metadata.generation ?? 0,
    desiredNumberScheduled: count(true),
    currentNumberScheduled: count(best !== undefined),
    numberMisscheduled: !wanted && best ? 1 : 0,
    numberReady: count(best !== undefined && isReady(best)),
    updatedNumberScheduled: count(alive.some((pod) => hasRevision(pod, hash))),
    numberAvailable: count(available),
    numberUnavailable: count(!available),
  };
}

/** Creates the loop. */
export function createDaemonSetController({ log, now, caches, informers, recorder, nodeName }: WorkloadContext): Loop {
  const { daemonSets, pods, revisions } = caches;
  const record = recorder("daemonset-controller");
  const labels = nodeLabels(nodeName);

  const reconcile = async (set: DaemonSet): Promise<ReconcileResult | undefined> => {
    if (set.metadata.deletionTimestamp !== undefined) return undefined;
    const { template, minReadySeconds = 0 } = set.spec;
    const own = await claim(pods, set, set.spec.selector);
    const revision = await ensureRevision(revisions, set, template);
    const hash = revision.metadata.labels?.["controller.kubernetes.io/hash"] ?? revision.metadata.name;
    const wanted = selectsNode(set, labels);
    const plan = planDaemonSet(set, own, wanted, hash, now());
    for (const pod of plan.remove.filter(isFailed)) {
      record(
        set,
        "Warning",
        "FailedDaemonPod",
        `Found failed daemon pod ${set.metadata.namespace}/${pod.metadata.name} on node ${nodeName}, will try to kill it`,
      );
    }
    await removePods(pods, set, plan.remove, record);
    const metadata = { ...template.metadata, labels: { ...template.metadata?.labels, [REVISION_LABEL]: hash } };
    const create = plan.create ? [toPod(set, { ...template, metadata }, { base: `${set.metadata.name}-` })] : [];
    await createPods(pods, set, create, record);
    const latest = daemonSets.get(set.metadata.name, set.metadata.namespace ?? "") ?? set;
    const present = pods.controlledBy(set.metadata.uid ?? "");
    await publishStatus(daemonSets, latest, statusOf(latest, present, wanted, hash, now()));
    await trimRevisions(revisions, set, set.spec.revisionHistoryLimit ?? 10, new Set([revision.metadata.name]));
    const waits = present.map((pod) => availableIn(pod, minReadySeconds, now())).filter((ms) => ms !== undefined && ms > 0);
    return waits.length > 0 ? { requeueAfterMs: Math.min(...(waits as number[])) } : undefined;
  };

  const { controller, loop } = createWorkloadLoop({ name: "daemon-sets", log, objects: daemonSets, informers, reconcile });
  followDependents(controller, daemonSets, pods, ({ spec }) => spec.selector);
  return loop;
}
