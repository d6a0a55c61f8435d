/** StatefulSets: numbered pods with claims of their own. Follows kubernetes pkg/controller/statefulset. */
import type { ControllerRevision, Pod, StatefulSet } from "../../../api/index.ts";
import type { Loop, ReconcileResult } from "../../../kit/index.ts";
import { isReason, messageOf, SkiffError } from "../../../lib/errors.ts";
import type { WorkloadContext } from "./context.ts";
import { claim, isNamespaceGoing } from "./pod-control.ts";
import { availableIn, isGoing, isReady } from "./pod-state.ts";
import { ensureRevision, listRevisions, templateOf, trimRevisions } from "./revisions.ts";
import { ordinalOf, planStatefulSet, revisionOfPod, type Revisions } from "./stateful-set-plan.ts";
import { toClaims, toStatefulPod } from "./stateful-set-pod.ts";
import { createWorkloadLoop, followDependents, publishStatus } from "./workload-loop.ts";

/** Creates the loop. */
export function createStatefulSetController({ log, now, caches, informers, recorder }: WorkloadContext): Loop {
  const { statefulSets, pods, revisions, claims } = caches;
  const record = recorder("statefulset-controller");

  const ensureClaims = async (set: StatefulSet, ordinal: number, podName: string): Promise<void> => {
    for (const wanted of toClaims(set, ordinal)) {
      const { name, namespace = "" } = wanted.metadata;
      const existing = claims.get(name, namespace);
      if (existing?.metadata.deletionTimestamp !== undefined) throw new SkiffError("Conflict", `the claim ${name} is being deleted`);
      if (existing) continue;
      try {
        await claims.create(wanted);
        record(set, "Normal", "SuccessfulCreate", `create Claim ${name} Pod ${podName} in StatefulSet ${set.metadata.name} success`);
      } catch (error) {
        if (!isReason(error, "AlreadyExists")) throw error;
      }
    }
  };

  const create = async (set: StatefulSet, ordinal: number, revision: ControllerRevision): Promise<void> => {
    const pod = toStatefulPod(set, templateOf(revision) ?? set.spec.template, ordinal, revision.metadata.name);
    const what = `create Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`;
    try {
      await ensureClaims(set, ordinal, pod.metadata.name);
      await pods.create(pod);
      record(set, "Normal", "SuccessfulCreate", `${what} successful`);
    } catch (error) {
      if (!isNamespaceGoing(error) && !isReason(error, "Conflict")) {
        record(set, "Warning", "FailedCreate", `${what} failed error: ${messageOf(error)}`);
      }
      throw error;
    }
  };

  const remove = async (set: StatefulSet, pod: Pod): Promise<void> => {
    try {
      await pods.remove(pod);
      record(set, "Normal", "SuccessfulDelete", `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`);
    } catch (error) {
      if (!isReason(error, "NotFound", "Conflict")) throw error;
    }
  };

  /** whenScaled: Delete — the claims of a pod that is scaled away go with it. */
  const bindClaims = async (set: StatefulSet, pod: Pod): Promise<void> => {
    if (set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== "Delete") return;
    for (const { metadata } of toClaims(set, ordinalOf(set, pod) ?? 0)) {
      const existing = claims.get(metadata.name, metadata.namespace ?? "");
      if (!existing) continue;
      const reference = { apiVersion: "v1", kind: "Pod", name: pod.metadata.name, uid: pod.metadata.uid ?? "" };
      await claims.patch(existing, { metadata: { ownerReferences: [reference] } });
    }
  };

  const statusOf = (set: StatefulSet, names: Revisions): NonNullable<StatefulSet["status"]> => {
    const own = pods.controlledBy(set.metadata.uid ?? "");
    const { replicas = 1, minReadySeconds = 0 } = set.spec;
    const present = own.filter((pod) => pod.status?.phase !== undefined || !isGoing(pod));
    const of = (revision: string): number => present.filter((pod) => !isGoing(pod) && revisionOfPod(pod) === revision).length;
    const status = {
      observedGeneration: set.metadata.generation ?? 0,
      replicas: present.length,
      readyReplicas: present.filter(isReady).length,
      availableReplicas: present.filter((pod) => availableIn(pod, minReadySeconds, now()) === 0).length,
      currentReplicas: of(names.current),
      updatedReplicas: of(names.update),
      currentRevision: names.current,
      updateRevision: names.update,
      collisionCount: 0,
    };
    const isRolledOut =
      set.spec.updateStrategy?.type !== "OnDelete" &&
      status.updatedReplicas === replicas &&
      status.readyReplicas === replicas &&
      status.replicas === replicas;
    return isRolledOut ? { ...status, currentReplicas: status.updatedReplicas, currentRevision: names.update } : status;
  };

  const act = async (set: StatefulSet, own: readonly Pod[], names: Revisions): Promise<void> => {
    const known = new Map(listRevisions(revisions, set).map((revision) => [revision.metadata.name, revision]));
    const plan = planStatefulSet(set, own, names, now());
    for (const pod of plan.replace) {
      record(
        set,
        "Warning",
        "RecreatingFailedPod",
        `StatefulSet ${set.metadata.namespace}/${set.metadata.name} is recreating failed Pod ${pod.metadata.name}`,
      );
      await remove(set, pod);
    }
    for (const { ordinal, revision } of plan.create) {
      const found = known.get(revision) ?? known.get(names.update);
      if (found) await create(set, ordinal, found);
    }
    for (const pod of plan.condemn) {
      await bindClaims(set, pod);
      await remove(set, pod);
    }
    if (plan.update) await remove(set, plan.update);
  };

  const reconcile = async (set: StatefulSet): Promise<ReconcileResult | undefined> => {
    if (set.metadata.deletionTimestamp !== undefined) return undefined;
    const own = await claim(pods, set, set.spec.selector, (pod) => ordinalOf(set, pod) !== undefined);
    const update = await ensureRevision(revisions, set, set.spec.template);
    const before = set.status?.currentRevision;
    const current =
      before !== undefined && listRevisions(revisions, set).some(({ metadata }) => metadata.name === before) ? before : undefined;
    const names: Revisions = { current: current ?? update.metadata.name, update: update.metadata.name };
    let failure: unknown;
    try {
      await act(set, own, names);
    } catch (error) {
      failure = error;
    }
    const latest = statefulSets.get(set.metadata.name, set.metadata.namespace ?? "") ?? set;
    await publishStatus(statefulSets, latest, statusOf(latest, names));
    if (failure !== undefined) throw failure;
    const inUse = new Set([names.current, names.update, ...own.map((pod) => revisionOfPod(pod) ?? "")]);
    await trimRevisions(revisions, set, set.spec.revisionHistoryLimit ?? 10, inUse);
    const waits = own.map((pod) => availableIn(pod, set.spec.minReadySeconds ?? 0, now())).filter((ms) => ms !== undefined && ms > 0);
    return waits.length > 0 ? { requeueAfterMs: Math.min(...(waits as number[])) } : undefined;
  };

  const { controller, loop } = createWorkloadLoop({ name: "stateful-sets", log, objects: statefulSets, informers, reconcile });
  followDependents(controller, statefulSets, pods, ({ spec }) => spec.selector);
  return loop;
}
