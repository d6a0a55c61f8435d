/** A Deployment's status and the conditions that `kubectl rollout status` and `kubectl wait` read. Follows deployment/progress.go and sync.go. */
import type { Condition, Deployment, ReplicaSet } from "../../../api/index.ts";
import { boundsOf, sumWanted } from "./rollout-math.ts";
import { toTime } from "../../../lib/time.ts";

export type DeploymentCondition = Condition & { lastUpdateTime?: string };
type Status = NonNullable<Deployment["status"]>;

const find = (conditions: readonly DeploymentCondition[], type: string): DeploymentCondition | undefined =>
  conditions.find((condition) => condition.type === type);

/** `conditions` with one of its type replaced; an equal one stays as it is. */
export function withCondition(conditions: readonly DeploymentCondition[], next: DeploymentCondition, now: number): DeploymentCondition[] {
  const before = find(conditions, next.type);
  if (before && before.status === next.status && before.reason === next.reason) return [...conditions];
  const time = toTime(now);
  const lastTransitionTime = before?.status === next.status ? (before.lastTransitionTime ?? time) : time;
  return [...conditions.filter(({ type }) => type !== next.type), { ...next, lastUpdateTime: time, lastTransitionTime }];
}

export const progressing = (status: Condition["status"], reason: string, message: string): DeploymentCondition => ({
  type: "Progressing",
  status,
  reason,
  message,
});

const sum = (sets: readonly ReplicaSet[], field: "replicas" | "readyReplicas" | "availableReplicas"): number =>
  sets.reduce((total, { status }) => total + (status?.[field] ?? 0), 0);

function isComplete({ spec, metadata }: Deployment, status: Status): boolean {
  const wanted = spec.replicas ?? 1;
  return (
    status.updatedReplicas === wanted &&
    status.replicas === wanted &&
    status.availableReplicas === wanted &&
    (status.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  );
}

function isAdvancing(before: Status, after: Status): boolean {
  const old = ({ replicas = 0, updatedReplicas = 0 }: Status): number => replicas - updatedReplicas;
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

/** Milliseconds until the deadline for progress; undefined when nothing is awaited. */
export function deadlineIn({ spec }: Deployment, conditions: readonly DeploymentCondition[], now: number): number | undefined {
  const condition = find(conditions, "Progressing");
  if (!condition || spec.paused === true || spec.progressDeadlineSeconds === undefined) return undefined;
  if (condition.reason === "NewReplicaSetAvailable" || condition.reason === "ProgressDeadlineExceeded") return undefined;
  return Date.parse(condition.lastUpdateTime ?? "") + spec.progressDeadlineSeconds * 1000 - now;
}

/** The status that follows from the sets. `conditions` are the present ones, with what this round has added. */
export function toDeploymentStatus(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  sets: readonly ReplicaSet[],
  conditions: readonly DeploymentCondition[],
  now: number,
): Status {
  const before = deployment.status ?? {};
  const wanted = deployment.spec.replicas ?? 1;
  const available = sum(sets, "availableReplicas");
  const counts: Status = {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: sum(sets, "replicas"),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: sum(sets, "readyReplicas"),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sumWanted(sets) - available),
    ...(before.collisionCount === undefined ? {} : { collisionCount: before.collisionCount }),
  };
  const enough = available >= wanted - boundsOf(deployment).maxUnavailable;
  let next = withCondition(
    conditions,
    enough
      ? { type: "Available", status: "True", reason: "MinimumReplicasAvailable", message: "Deployment has minimum availability." }
      : {
          type: "Available",
          status: "False",
          reason: "MinimumReplicasUnavailable",
          message: "Deployment does not have minimum availability.",
        },
    now,
  );
  const settled = counts.replicas === counts.updatedReplicas && find(next, "Progressing")?.reason === "NewReplicaSetAvailable";
  if (deployment.spec.progressDeadlineSeconds !== undefined && deployment.spec.paused !== true && !settled) {
    const what = current ? `ReplicaSet "${current.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
    const left = deadlineIn(deployment, next, now);
    if (isComplete(deployment, counts)) {
      next = withCondition(next, progressing("True", "NewReplicaSetAvailable", `${what} has successfully progressed.`), now);
    } else if (isAdvancing(before, counts)) {
      // Every step forward sets the deadline anew.
      const since = find(next, "Progressing");
      const others = next.filter(({ type }) => type !== "Progressing");
      const condition = progressing("True", "ReplicaSetUpdated", `${what} is progressing.`);
      const lastTransitionTime = since?.status === "True" ? (since.lastTransitionTime ?? toTime(now)) : toTime(now);
      next = [...others, { ...condition, lastUpdateTime: toTime(now), lastTransitionTime }];
    } else if (left !== undefined && left <= 0) {
      next = withCondition(next, progressing("False", "ProgressDeadlineExceeded", `${what} has timed out progressing.`), now);
    }
  }
  const failure = [current, ...sets].find((set) => set?.status?.conditions?.some(({ type }) => type === "ReplicaFailure"));
  const fault = failure?.status?.conditions?.find(({ type }) => type === "ReplicaFailure");
  next = fault ? withCondition(next, fault, now) : next.filter(({ type }) => type !== "ReplicaFailure");
  return { ...counts, conditions: next };
}
