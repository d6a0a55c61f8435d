/** Deployments: a ReplicaSet a revision, and the way from one to the next. Follows kubernetes pkg/controller/deployment. */
import { controllerReference, REPLICA_SETS, type Deployment, type ReplicaSet } from "../../../api/index.ts";
import type { Loop, ReconcileResult } from "../../../kit/index.ts";
import { isReason } from "../../../lib/errors.ts";
import { jsonEqual } from "../../../lib/json.ts";
import type { WorkloadContext } from "./context.ts";
import { deadlineIn, progressing, toDeploymentStatus, withCondition, type DeploymentCondition } from "./deployment-status.ts";
import { controllerUidOf } from "./owned-cache.ts";
import { claim } from "./pod-control.ts";
import { isFailed, isSucceeded } from "./pod-state.ts";
import {
  currentAnnotations,
  desiredOf,
  forgettable,
  HASH_LABEL,
  maximumOf,
  REVISION,
  sameTemplate,
  sizeAnnotations,
  toHistory,
} from "./rollout-history.ts";
import { boundsOf, nextNewSize, scaleInProportion, shrinkOlds, sumWanted, wantedBy } from "./rollout-math.ts";
import { hashTemplate } from "./template-hash.ts";
import { createWorkloadLoop, followDependents, publishStatus } from "./workload-loop.ts";

/** Room for the hash in a name of 253 characters. */
const LONGEST_NAME = 240;

/** Creates the loop. */
export function createDeploymentController({ log, now, caches, informers, recorder }: WorkloadContext): Loop {
  const { deployments, replicaSets, pods } = caches;
  const record = recorder("deployment-controller");

  const scale = async (deployment: Deployment, set: ReplicaSet, replicas: number): Promise<ReplicaSet> => {
    const annotations = { ...set.metadata.annotations, ...sizeAnnotations(deployment) };
    const before = wantedBy(set);
    if (before === replicas && jsonEqual(annotations, set.metadata.annotations)) return set;
    const updated = await replicaSets.update({ ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas } });
    if (before !== replicas) {
      const direction = replicas > before ? "up" : "down";
      record(
        deployment,
        "Normal",
        "ScalingReplicaSet",
        `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${replicas}`,
      );
    }
    return updated;
  };

  const createSet = async (deployment: Deployment, olds: readonly ReplicaSet[]): Promise<ReplicaSet> => {
    const { template, selector, minReadySeconds } = deployment.spec;
    const hash = hashTemplate(template, deployment.status?.collisionCount ?? 0);
    const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
    const replicas = nextNewSize(deployment, 0, sumWanted(olds));
    const wanted: ReplicaSet = {
      apiVersion: "apps/v1",
      kind: REPLICA_SETS.kind,
      metadata: {
        name: `${deployment.metadata.name.slice(0, LONGEST_NAME)}-${hash}`,
        namespace: deployment.metadata.namespace ?? "",
        labels,
        annotations: { ...currentAnnotations(deployment, undefined, olds), ...sizeAnnotations(deployment) },
        ownerReferences: [controllerReference(deployment)],
      },
      spec: {
        replicas,
        ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    };
    try {
      const created = await replicaSets.create(wanted);
      if (replicas > 0) {
        record(deployment, "Normal", "ScalingReplicaSet", `Scaled up replica set ${created.metadata.name} from 0 to ${replicas}`);
      }
      return created;
    } catch (error) {
      if (!isReason(error, "AlreadyExists")) throw error;
      const existing = replicaSets.get(wanted.metadata.name, wanted.metadata.namespace ?? "");
      const mine = existing && controllerUidOf(existing) === deployment.metadata.uid;
      if (existing && mine && sameTemplate(existing.spec.template, template)) return existing;
      // Another template with the same hash: the next hash is made with a different number.
      if (existing)
        await publishStatus(deployments, deployment, {
          ...deployment.status,
          collisionCount: (deployment.status?.collisionCount ?? 0) + 1,
        });
      throw error;
    }
  };

  /** The set of the present template with its annotations up to date; made unless the deployment is paused. */
  const ensureCurrent = async (
    deployment: Deployment,
    found: ReplicaSet | undefined,
    olds: readonly ReplicaSet[],
    mayCreate: boolean,
  ): Promise<ReplicaSet | undefined> => {
    if (!found) return mayCreate ? createSet(deployment, olds) : undefined;
    const annotations = currentAnnotations(deployment, found, olds);
    const { minReadySeconds } = deployment.spec;
    if (jsonEqual(annotations, found.metadata.annotations ?? {}) && (minReadySeconds ?? 0) === (found.spec.minReadySeconds ?? 0))
      return found;
    return replicaSets.update({
      ...found,
      metadata: { ...found.metadata, annotations },
      spec: { ...found.spec, minReadySeconds: minReadySeconds ?? 0 },
    });
  };

  /** Follows a change of `replicas` without moving the rollout on. */
  const rescale = async (deployment: Deployment, current: ReplicaSet | undefined, olds: readonly ReplicaSet[]): Promise<void> => {
    const replicas = deployment.spec.replicas ?? 1;
    const all = [...olds, ...(current ? [current] : [])];
    const active = all.filter((set) => wantedBy(set) > 0);
    const only = active.length <= 1 ? (active[0] ?? current ?? olds.at(-1)) : undefined;
    if (only) return void (await scale(deployment, only, replicas));
    const saturated =
      current && wantedBy(current) === replicas && desiredOf(current) === replicas && (current.status?.availableReplicas ?? 0) === replicas;
    if (saturated) {
      for (const set of olds.filter((old) => wantedBy(old) > 0)) await scale(deployment, set, 0);
    } else if (deployment.spec.strategy?.type !== "Recreate") {
      const sizes = scaleInProportion(deployment, active, (set) => maximumOf(set, replicas + boundsOf(deployment).maxSurge));
      for (const [set, size] of sizes) await scale(deployment, set, size);
    }
  };

  const roll = async (deployment: Deployment, current: ReplicaSet, olds: readonly ReplicaSet[]): Promise<void> => {
    const size = nextNewSize(deployment, wantedBy(current), sumWanted([...olds, current]));
    if (size !== wantedBy(current)) return void (await scale(deployment, current, size));
    for (const [set, next] of shrinkOlds(deployment, current, olds)) await scale(deployment, set, next);
  };

  /** Recreate: nothing of the old may run when the new begins. False while something does. */
  const clear = async (deployment: Deployment, olds: readonly ReplicaSet[]): Promise<boolean> => {
    const active = olds.filter((set) => wantedBy(set) > 0);
    for (const set of active) await scale(deployment, set, 0);
    const running = olds.some((set) => pods.controlledBy(set.metadata.uid ?? "").some((pod) => !isFailed(pod) && !isSucceeded(pod)));
    return active.length === 0 && !running;
  };

  const reconcile = async (deployment: Deployment): Promise<ReconcileResult | undefined> => {
    if (deployment.metadata.deletionTimestamp !== undefined) return undefined;
    const { spec } = deployment;
    const sets = await claim(replicaSets, deployment, spec.selector, ({ metadata }) => metadata.deletionTimestamp === undefined);
    const { current: found, olds } = toHistory(deployment, sets);
    let conditions: DeploymentCondition[] = [...(deployment.status?.conditions ?? [])];
    if (spec.progressDeadlineSeconds !== undefined) {
      const reason = conditions.find(({ type }) => type === "Progressing")?.reason;
      if (spec.paused === true && reason !== "DeploymentPaused" && reason !== "ProgressDeadlineExceeded") {
        conditions = withCondition(conditions, progressing("Unknown", "DeploymentPaused", "Deployment is paused"), now());
      } else if (spec.paused !== true && reason === "DeploymentPaused") {
        conditions = withCondition(conditions, progressing("Unknown", "DeploymentResumed", "Deployment is resumed"), now());
      }
    }
    const active = sets.filter((set) => wantedBy(set) > 0);
    // Recreate has one active set, or is on its way there; then the size follows by itself.
    const isScalable = active.length <= 1 || spec.strategy?.type !== "Recreate";
    const isResized = isScalable && active.some((set) => desiredOf(set) !== undefined && desiredOf(set) !== (spec.replicas ?? 1));
    const cleared = spec.strategy?.type !== "Recreate" || (await clearWhenDue(deployment, olds, spec.paused === true || isResized));
    const current = await ensureCurrent(deployment, found, olds, spec.paused !== true && cleared);
    if (current && !found) {
      conditions = withCondition(
        conditions,
        progressing("True", "NewReplicaSetCreated", `Created new replica set "${current.metadata.name}"`),
        now(),
      );
    } else if (current && !conditions.some(({ type }) => type === "Progressing")) {
      conditions = withCondition(
        conditions,
        progressing("True", "FoundNewReplicaSet", `Found new replica set "${current.metadata.name}"`),
        now(),
      );
    } else if (current && found && current.metadata.annotations?.[REVISION] !== found.metadata.annotations?.[REVISION]) {
      // Back at an earlier template: progress is awaited anew.
      conditions = withCondition(
        conditions,
        progressing("True", "FoundNewReplicaSet", `Found new replica set "${current.metadata.name}"`),
        now(),
      );
    }
    if (spec.paused === true || isResized) await rescale(deployment, current, olds);
    else if (current && cleared) {
      if (spec.strategy?.type === "Recreate") await scale(deployment, current, spec.replicas ?? 1);
      else await roll(deployment, current, olds);
    }
    const latest = replicaSets.controlledBy(deployment.metadata.uid ?? "");
    const present = latest.find(({ metadata }) => metadata.uid === current?.metadata.uid);
    const status = toDeploymentStatus(deployment, present, latest, conditions, now());
    const revision = present?.metadata.annotations?.[REVISION];
    let target = deployment;
    if (revision !== undefined && deployment.metadata.annotations?.[REVISION] !== revision) {
      target = await deployments.update({
        ...deployment,
        metadata: { ...deployment.metadata, annotations: { ...deployment.metadata.annotations, [REVISION]: revision } },
      });
    }
    await publishStatus(deployments, target, status);
    if (status.conditions?.some(({ reason }) => reason === "NewReplicaSetAvailable") === true) {
      for (const set of forgettable(deployment, olds)) await replicaSets.remove(set);
    }
    const left = deadlineIn(deployment, status.conditions ?? [], now());
    // A second more, so that times cut to seconds have passed.
    return left === undefined ? undefined : { requeueAfterMs: left + 1000 };
  };

  const clearWhenDue = (deployment: Deployment, olds: readonly ReplicaSet[], standing: boolean): Promise<boolean> =>
    standing ? Promise.resolve(true) : clear(deployment, olds);

  const { controller, loop } = createWorkloadLoop({ name: "deployments", log, objects: deployments, informers, reconcile });
  followDependents(controller, deployments, replicaSets, ({ spec }) => spec.selector);
  // Recreate waits for pods, not for sets.
  pods.subscribe(({ type, object }) => {
    const owner = object.metadata.ownerReferences?.find(({ kind }) => kind === "ReplicaSet");
    if (!owner || (type !== "delete" && !isFailed(object) && !isSucceeded(object))) return;
    const set = replicaSets.get(owner.name, object.metadata.namespace ?? "");
    const parent = set?.metadata.ownerReferences?.find(({ kind }) => kind === "Deployment");
    if (parent) controller.enqueue(`${object.metadata.namespace ?? ""}/${parent.name}`);
  });
  return loop;
}
