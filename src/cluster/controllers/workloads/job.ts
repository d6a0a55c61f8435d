/** Jobs: pods that run to their end. Follows kubernetes pkg/controller/{job,ttlafterfinished}; counts pods that are kept instead of using finalizers. */
import type { Condition, Job, Pod } from "../../../api/index.ts";
import type { Loop, ReconcileResult } from "../../../kit/index.ts";
import { isReason } from "../../../lib/errors.ts";
import type { WorkloadContext } from "./context.ts";
import { judgeFailure } from "./job-failure-policy.ts";
import { formatIndexes, INDEX } from "./job-indexes.ts";
import { planJob, type JobMemory, type JobPlan, type Verdict } from "./job-plan.ts";
import { controllerUidOf } from "./owned-cache.ts";
import { claim, createPods, removePods, toPod } from "./pod-control.ts";
import { isActive, isFailed, isGoing, isSucceeded } from "./pod-state.ts";
import { toTime } from "../../../lib/time.ts";
import { createWorkloadLoop, followDependents, publishStatus } from "./workload-loop.ts";

type JobCondition = Condition & { lastProbeTime?: string };
const CONTROLLER = "kubernetes.io/job-controller";
const INDEX_VARIABLE = "JOB_COMPLETION_INDEX";

export function finishedCondition({ status }: Job): Condition | undefined {
  return status?.conditions?.find(({ type, status: value }) => (type === "Complete" || type === "Failed") && value === "True");
}

function toJobPod(job: Job, index: number | undefined): Pod {
  const { template } = job.spec;
  const { name } = job.metadata;
  if (index === undefined) return toPod(job, template, { base: `${name}-` });
  const text = String(index);
  const variable = { name: INDEX_VARIABLE, valueFrom: { fieldRef: { fieldPath: `metadata.annotations['${INDEX}']` } } };
  const withVariable = <T extends { env?: { name: string }[] }>(container: T): T =>
    container.env?.some((one) => one.name === INDEX_VARIABLE) ? container : { ...container, env: [...(container.env ?? []), variable] };
  const { containers, initContainers } = template.spec;
  const spec = {
    ...template.spec,
    hostname: `${name}-${text}`,
    containers: containers.map(withVariable),
    ...(initContainers ? { initContainers: initContainers.map(withVariable) } : {}),
  };
  const metadata = {
    ...template.metadata,
    labels: { ...template.metadata?.labels, [INDEX]: text },
    annotations: { ...template.metadata?.annotations, [INDEX]: text },
  };
  return toPod(job, { metadata, spec }, { base: `${name}-${text}-` });
}

function condition(type: string, status: Condition["status"], reason: string, message: string, now: number): JobCondition {
  const time = toTime(now);
  return { type, status, reason, message, lastProbeTime: time, lastTransitionTime: time };
}

function replaceCondition(conditions: readonly Condition[], next: JobCondition): Condition[] {
  const before = conditions.find(({ type }) => type === next.type);
  if (before?.status === next.status && before.reason === next.reason) return [...conditions];
  return [...conditions.filter(({ type }) => type !== next.type), next];
}

/** The verdict that an earlier round has written down, while pods were still ending. */
function announcedVerdict({ status }: Job): Verdict | undefined {
  for (const { type, status: value, reason = "", message = "" } of status?.conditions ?? []) {
    if (value !== "True") continue;
    if (type === "FailureTarget") return { type: "Failed", reason, message };
    if (type === "SuccessCriteriaMet") return { type: "Complete", reason, message };
  }
  return undefined;
}

/** Creates the loop. */
export function createJobController({ log, now, caches, informers, recorder }: WorkloadContext): Loop {
  const { jobs, pods } = caches;
  const record = recorder("job-controller");
  const memories = new Map<string, JobMemory>();

  /** Made at the first look after a start: what the status counts beyond the pods at hand was deleted earlier. */
  const memoryOf = (job: Job, own: readonly Pod[]): JobMemory => {
    const uid = job.metadata.uid ?? "";
    let memory = memories.get(uid);
    if (!memory) {
      const { succeeded = 0, failed = 0 } = job.status ?? {};
      const counts = (pod: Pod): boolean => isFailed(pod) && judgeFailure(pod, job.spec.podFailurePolicy).action !== "Ignore";
      memory = {
        succeeded: Math.max(0, succeeded - own.filter(isSucceeded).length),
        failed: Math.max(0, failed - own.filter(counts).length),
        removed: new Set(),
      };
      memories.set(uid, memory);
    }
    return memory;
  };

  const finish = async (job: Job, own: readonly Pod[]): Promise<ReconcileResult | undefined> => {
    await removePods(pods, job, own.filter(isActive), record);
    const ttl = job.spec.ttlSecondsAfterFinished;
    if (ttl === undefined) return undefined;
    const left = Date.parse(finishedCondition(job)?.lastTransitionTime ?? "") + ttl * 1000 - now();
    if (left > 0) return { requeueAfterMs: left };
    await jobs.remove(job).catch((error: unknown) => {
      if (!isReason(error, "NotFound", "Conflict")) throw error;
    });
    return undefined;
  };

  const conditionsAfter = (job: Job, plan: JobPlan, verdict: Verdict | undefined): Condition[] => {
    let conditions: Condition[] = [...(job.status?.conditions ?? [])];
    const time = now();
    const suspended = conditions.find(({ type }) => type === "Suspended")?.status === "True";
    if (verdict) {
      const target = verdict.type === "Failed" ? "FailureTarget" : "SuccessCriteriaMet";
      conditions = replaceCondition(conditions, condition(target, "True", verdict.reason, verdict.message, time));
      const isOver = plan.active.length + plan.terminating === 0;
      if (isOver) conditions = replaceCondition(conditions, condition(verdict.type, "True", verdict.reason, verdict.message, time));
    } else if (job.spec.suspend === true && !suspended) {
      conditions = replaceCondition(conditions, condition("Suspended", "True", "JobSuspended", "Job suspended", time));
      record(job, "Normal", "Suspended", "Job suspended");
    } else if (job.spec.suspend !== true && suspended) {
      conditions = replaceCondition(conditions, condition("Suspended", "False", "JobResumed", "Job resumed", time));
      record(job, "Normal", "Resumed", "Job resumed");
    }
    return conditions;
  };

  const statusAfter = (job: Job, plan: JobPlan, verdict: Verdict | undefined): NonNullable<Job["status"]> => {
    const { spec, status = {} } = job;
    const conditions = conditionsAfter(job, plan, verdict);
    const resumed = status.conditions?.some(({ type, status: value }) => type === "Suspended" && value === "True") && spec.suspend !== true;
    const startTime = spec.suspend === true && !verdict ? undefined : resumed ? toTime(now()) : (status.startTime ?? toTime(now()));
    const isComplete = conditions.some(({ type, status: value }) => type === "Complete" && value === "True");
    const indexed = spec.completionMode === "Indexed";
    return {
      ...(conditions.length > 0 ? { conditions } : {}),
      startTime,
      completionTime: isComplete ? (status.completionTime ?? toTime(now())) : undefined,
      active: plan.active.length || undefined,
      ready: plan.ready,
      terminating: plan.terminating,
      succeeded: plan.succeeded || undefined,
      failed: plan.failed || undefined,
      completedIndexes: indexed && plan.completed.size > 0 ? formatIndexes(plan.completed) : undefined,
      failedIndexes:
        spec.backoffLimitPerIndex === undefined && plan.failedIndexes.size === 0 ? undefined : formatIndexes(plan.failedIndexes),
    };
  };

  const reconcile = async (job: Job): Promise<ReconcileResult | undefined> => {
    const { metadata, spec } = job;
    if (metadata.deletionTimestamp !== undefined || (spec.managedBy !== undefined && spec.managedBy !== CONTROLLER)) return undefined;
    const claimed = await claim(pods, job, spec.selector);
    if (finishedCondition(job)) return finish(job, claimed);
    const memory = memoryOf(job, claimed);
    const announced = announcedVerdict(job);
    // The deadline runs from a start time that is stored first.
    if (job.status?.startTime === undefined && spec.suspend !== true) {
      await publishStatus(jobs, job, { ...job.status, startTime: toTime(now()) });
      return { requeueAfterMs: 1 };
    }
    const plan = planJob(job, claimed, memory, now());
    const verdict = announced ?? plan.verdict;
    // The verdict is stored before pods go, so that a restart in between does not think again.
    if (verdict && !announced && plan.active.length > 0) {
      await publishStatus(jobs, job, statusAfter(job, plan, verdict));
    }
    const remove = verdict ? plan.active : plan.remove;
    for (const { metadata: own } of remove) memory.removed.add(own.uid ?? "");
    let failure: unknown;
    try {
      await removePods(pods, job, remove, record);
      if (!verdict) {
        await createPods(
          pods,
          job,
          plan.create.map((index) => toJobPod(job, index)),
          record,
        );
      }
    } catch (error) {
      failure = error;
    }
    const current = jobs.get(metadata.name, metadata.namespace ?? "") ?? job;
    const own = pods.controlledBy(metadata.uid ?? "");
    const after = planJob(current, own, memory, now());
    const status = statusAfter(current, after, verdict ?? announcedVerdict(current));
    await publishStatus(jobs, current, status);
    if (verdict && status.conditions?.some(({ type, status: value }) => type === verdict.type && value === "True")) {
      if (verdict.type === "Complete") record(job, "Normal", "Completed", "Job completed");
      else record(job, "Warning", verdict.reason, verdict.message);
    }
    if (failure !== undefined) throw failure;
    // Time has passed since the first look: a verdict of the second is acted on at once.
    if (!verdict && after.verdict) return { requeueAfterMs: 1 };
    return after.requeueAfterMs === undefined ? undefined : { requeueAfterMs: after.requeueAfterMs };
  };

  const { controller, loop } = createWorkloadLoop({ name: "jobs", log, objects: jobs, informers, reconcile });
  pods.subscribe((change) => {
    if (change.type !== "delete") return;
    const uid = controllerUidOf(change.object) ?? "";
    const memory = memories.get(uid);
    const pod = change.object;
    if (!memory) return;
    const job = jobs.get(pod.metadata.ownerReferences?.find(({ controller: is }) => is === true)?.name ?? "", pod.metadata.namespace ?? "");
    if (job?.metadata.uid !== uid || !job) return;
    const wasOwn = memory.removed.delete(pod.metadata.uid ?? "");
    if (isSucceeded(pod)) memory.succeeded++;
    else if (isFailed(pod)) {
      if (!wasOwn && judgeFailure(pod, job.spec.podFailurePolicy).action !== "Ignore") memory.failed++;
    } else if (!wasOwn && isGoing(pod) && job.spec.podReplacementPolicy !== "Failed" && job.spec.suspend !== true) memory.failed++;
  });
  jobs.subscribe(({ type, object }) => {
    if (type === "delete") memories.delete(object.metadata.uid ?? "");
  });
  followDependents(controller, jobs, pods, ({ spec }) => spec.selector);
  return loop;
}
