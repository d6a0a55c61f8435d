/** Defaults of apps/v1, batch/v1 and autoscaling. Follows kubernetes pkg/apis/{apps,batch,autoscaling}. */
import { fill, findObject, objectIn, objectsIn, type Fields } from "./field.ts";
import { fillPodSpec } from "./pod.ts";
import { fillClaim } from "./storage.ts";

function fillTemplate(spec: Fields): void {
  const template = findObject(spec, "template");
  const podSpec = template && findObject(template, "spec");
  if (podSpec) fillPodSpec(podSpec);
}

/** Fills `field` (such as `strategy`): its type, and what a rolling update needs. */
function fillRolling(spec: Fields, field: string, rolling: Fields): void {
  const strategy = objectIn(spec, field);
  if (!strategy) return;
  fill(strategy, { type: "RollingUpdate" });
  if (strategy["type"] !== "RollingUpdate") return;
  const rollingUpdate = objectIn(strategy, "rollingUpdate");
  if (rollingUpdate) fill(rollingUpdate, rolling);
}

export function fillDeployment(deployment: Fields): void {
  const spec = objectIn(deployment, "spec");
  if (!spec) return;
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  fillRolling(spec, "strategy", { maxUnavailable: "25%", maxSurge: "25%" });
  fillTemplate(spec);
}

export function fillReplicaSet(replicaSet: Fields): void {
  const spec = objectIn(replicaSet, "spec");
  if (!spec) return;
  fill(spec, { replicas: 1 });
  fillTemplate(spec);
}

export function fillStatefulSet(statefulSet: Fields): void {
  const spec = objectIn(statefulSet, "spec");
  if (!spec) return;
  fill(spec, {
    replicas: 1,
    revisionHistoryLimit: 10,
    podManagementPolicy: "OrderedReady",
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
  });
  fillRolling(spec, "updateStrategy", { partition: 0 });
  fillTemplate(spec);
  for (const claim of objectsIn(spec, "volumeClaimTemplates")) {
    fill(claim, { apiVersion: "v1", kind: "PersistentVolumeClaim" });
    fillClaim(claim);
    fill(claim, { status: { phase: "Pending" } });
  }
}

export function fillDaemonSet(daemonSet: Fields): void {
  const spec = objectIn(daemonSet, "spec");
  if (!spec) return;
  fill(spec, { revisionHistoryLimit: 10 });
  fillRolling(spec, "updateStrategy", { maxUnavailable: 1, maxSurge: 0 });
  fillTemplate(spec);
}

export function fillJob(job: Fields): void {
  const spec = objectIn(job, "spec");
  if (!spec) return;
  // A job without either number is one pod; with `parallelism` alone it is a work queue.
  if (spec["completions"] === undefined && spec["parallelism"] === undefined) spec["completions"] = 1;
  fill(spec, {
    parallelism: 1,
    // With a limit for each index, the one for the whole job is out of the way.
    backoffLimit: spec["backoffLimitPerIndex"] === undefined ? 6 : 2 ** 31 - 1,
    completionMode: "NonIndexed",
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: findObject(spec, "podFailurePolicy") ? "Failed" : "TerminatingOrFailed",
  });
  fillTemplate(spec);
}

/** A job selects its own pods by its uid. Follows pkg/registry/batch/job/strategy.go generateSelector. */
export function labelJob(job: Fields): void {
  const spec = findObject(job, "spec");
  const metadata = findObject(job, "metadata");
  const template = findObject(spec, "template");
  if (!spec || !metadata || !template || spec["manualSelector"] === true) return;
  const templateMetadata = objectIn(template, "metadata");
  const labels = templateMetadata && objectIn(templateMetadata, "labels");
  if (!labels) return;
  const { name, uid } = metadata;
  Object.assign(labels, {
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  });
  const selector = objectIn(spec, "selector");
  const matchLabels = selector && objectIn(selector, "matchLabels");
  if (matchLabels) fill(matchLabels, { "batch.kubernetes.io/controller-uid": uid });
}

export function fillCronJob(cronJob: Fields): void {
  const spec = objectIn(cronJob, "spec");
  if (!spec) return;
  fill(spec, { concurrencyPolicy: "Allow", suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 });
  const jobSpec = findObject(findObject(spec, "jobTemplate"), "spec");
  if (jobSpec) fillTemplate(jobSpec);
}

export function fillAutoscaler(autoscaler: Fields): void {
  const spec = objectIn(autoscaler, "spec");
  if (!spec) return;
  fill(spec, { minReplicas: 1 });
  if (autoscaler["apiVersion"] !== "autoscaling/v2") return;
  fill(spec, { metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } }] });
}
