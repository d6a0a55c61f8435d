/** A job's next step as a function of its pods. Follows kubernetes pkg/controller/job: syncJob, manageJob. */
import type { Job, Pod } from "../../../api/index.ts";
import { backoffDelay } from "../../../lib/backoff.ts";
import { judgeFailure } from "./job-failure-policy.ts";
import { indexOf, parseIndexes } from "./job-indexes.ts";
import { BURST } from "./pod-control.ts";
import { byDispensability, isActive, isFailed, isGoing, isReady, isSucceeded } from "./pod-state.ts";

/** What is known of pods that exist no longer. */
export interface JobMemory {
  succeeded: number;
  failed: number;
  /** Uids of pods that the controller itself has removed: their end is no failure. */
  readonly removed: Set<string>;
}

export interface Verdict {
  readonly type: "Complete" | "Failed";
  readonly reason: string;
  readonly message: string;
}

export interface JobPlan {
  readonly verdict: Verdict | undefined;
  readonly active: readonly Pod[];
  readonly ready: number;
  readonly terminating: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly completed: ReadonlySet<number>;
  readonly failedIndexes: ReadonlySet<number>;
  /** One entry a pod to make: its index, or undefined for jobs without. */
  readonly create: readonly (number | undefined)[];
  readonly remove: readonly Pod[];
  /** Look again after so many milliseconds. */
  readonly requeueAfterMs: number | undefined;
}

const BACKOFF = { initialMs: 10_000, maxMs: 600_000 };

function endOf({ metadata, status }: Pod): number {
  const ends = (status?.containerStatuses ?? []).map(({ state }) => Date.parse(state.terminated?.finishedAt ?? ""));
  const last = Math.max(...ends.filter((end) => !Number.isNaN(end)));
  return Number.isFinite(last) ? last : Date.parse(metadata.deletionTimestamp ?? metadata.creationTimestamp ?? "");
}

/** When the next pod may start after failures in a row, in milliseconds since the epoch. */
function startableAt(failed: readonly Pod[], succeeded: readonly Pod[]): number {
  const lastSuccess = Math.max(0, ...succeeded.map(endOf));
  const failures = failed.map(endOf).filter((end) => end > lastSuccess);
  return failures.length === 0 ? 0 : Math.max(...failures) + backoffDelay(failures.length - 1, BACKOFF);
}

const restartsOf = ({ status }: Pod): number =>
  [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].reduce((sum, one) => sum + one.restartCount, 0);

interface Counted {
  readonly active: readonly Pod[];
  readonly succeeded: number;
  readonly failed: number;
  readonly completed: ReadonlySet<number>;
  readonly failedIndexes: ReadonlySet<number>;
  readonly failJob: string | undefined;
}

function findFailure({ spec, status }: Job, counted: Counted, now: number): Verdict | undefined {
  const failed = (reason: string, message: string): Verdict => ({ type: "Failed", reason, message });
  if (counted.failJob !== undefined) return failed("PodFailurePolicy", counted.failJob);
  const limit = spec.backoffLimit ?? 6;
  const restarts = spec.template.spec.restartPolicy === "OnFailure" ? counted.active.reduce((sum, pod) => sum + restartsOf(pod), 0) : 0;
  if (counted.failed > limit || (restarts > 0 && restarts >= limit)) {
    return failed("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  }
  const since = Date.parse(status?.startTime ?? "");
  if (spec.activeDeadlineSeconds !== undefined && spec.suspend !== true && now - since >= spec.activeDeadlineSeconds * 1000) {
    return failed("DeadlineExceeded", "Job was active longer than specified deadline");
  }
  if (spec.maxFailedIndexes !== undefined && counted.failedIndexes.size > spec.maxFailedIndexes) {
    return failed("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
  }
  if (counted.failedIndexes.size > 0 && counted.failedIndexes.size + counted.completed.size >= (spec.completions ?? 0)) {
    return failed("FailedIndexes", "Job has failed indexes");
  }
  return undefined;
}

function findSuccess({ spec }: Job, counted: Counted): Verdict | undefined {
  const complete = (reason: string, message: string): Verdict => ({ type: "Complete", reason, message });
  for (const [index, rule] of (spec.successPolicy?.rules ?? []).entries()) {
    const wanted = rule.succeededIndexes === undefined ? undefined : parseIndexes(rule.succeededIndexes, spec.completions ?? 0);
    const met = wanted ? [...wanted].filter((one) => counted.completed.has(one)).length : counted.completed.size;
    if (met >= (rule.succeededCount ?? wanted?.size ?? Number.POSITIVE_INFINITY)) {
      return complete("SuccessPolicy", `Matched rules at index ${index}`);
    }
  }
  const { completions } = spec;
  const reached = completions === undefined ? counted.succeeded > 0 && counted.active.length === 0 : counted.succeeded >= completions;
  return reached ? complete("CompletionsReached", "Reached expected number of succeeded pods") : undefined;
}

/** Plans the next step of an unfinished job. `pods` are those it controls. */
export function planJob(job: Job, pods: readonly Pod[], memory: JobMemory, now: number): JobPlan {
  const { spec, status } = job;
  const { parallelism = 1, completions, suspend = false } = spec;
  const indexed = spec.completionMode === "Indexed";
  const size = completions ?? 0;
  const active = pods.filter(isActive);
  const going = pods.filter((pod) => isGoing(pod) && !isFailed(pod) && !isSucceeded(pod));
  const replaceOnlyFailed = spec.podReplacementPolicy === "Failed";
  const own = ({ metadata }: Pod): boolean => memory.removed.has(metadata.uid ?? "");
  const succeededPods = pods.filter(isSucceeded);
  // A pod that somebody deletes may never get to say that it failed.
  const failedPods = pods.filter((pod) => !own(pod) && (isFailed(pod) || (!replaceOnlyFailed && !suspend && going.includes(pod))));
  const verdicts = new Map(failedPods.map((pod) => [pod, judgeFailure(pod, isFailed(pod) ? spec.podFailurePolicy : undefined)]));
  const counting = failedPods.filter((pod) => verdicts.get(pod)?.action !== "Ignore");

  const completed = indexed ? parseIndexes(status?.completedIndexes, size) : new Set<number>();
  const failedIndexes = indexed ? parseIndexes(status?.failedIndexes, size) : new Set<number>();
  if (indexed) {
    for (const pod of succeededPods) {
      const index = indexOf(pod);
      if (index !== undefined && index < size) completed.add(index);
    }
    const failures = new Map<number, number>();
    for (const pod of counting) {
      const index = indexOf(pod);
      if (index === undefined || completed.has(index)) continue;
      failures.set(index, (failures.get(index) ?? 0) + 1);
      const over = spec.backoffLimitPerIndex !== undefined && (failures.get(index) ?? 0) > spec.backoffLimitPerIndex;
      if (over || verdicts.get(pod)?.action === "FailIndex") failedIndexes.add(index);
    }
  }
  const counted: Counted = {
    active,
    succeeded: indexed ? completed.size : succeededPods.length + memory.succeeded,
    failed: counting.length + memory.failed,
    completed,
    failedIndexes,
    failJob: [...verdicts.values()].find(({ action }) => action === "FailJob")?.message,
  };
  const verdict = findFailure(job, counted, now) ?? findSuccess(job, counted);
  const base = {
    verdict,
    active,
    ready: active.filter(isReady).length,
    terminating: going.length,
    succeeded: counted.succeeded,
    failed: counted.failed,
    completed,
    failedIndexes,
  };
  const since = Date.parse(status?.startTime ?? "");
  const deadline = spec.activeDeadlineSeconds === undefined || Number.isNaN(since) ? [] : [since + spec.activeDeadlineSeconds * 1000 - now];
  if (verdict || suspend) return { ...base, create: [], remove: active, requeueAfterMs: undefined };

  const occupied = replaceOnlyFailed ? [...active, ...going] : active;
  const remove = new Set<Pod>();
  let missing: (number | undefined)[];
  if (indexed) {
    const held = new Set<number>();
    for (const pod of occupied.toSorted(byDispensability).toReversed()) {
      const index = indexOf(pod);
      // Two pods never work on one index.
      if (index === undefined || index >= size || completed.has(index) || failedIndexes.has(index) || held.has(index)) remove.add(pod);
      else held.add(index);
    }
    missing = [];
    for (let index = 0; index < size && held.size + missing.length < parallelism; index++) {
      if (!held.has(index) && !completed.has(index) && !failedIndexes.has(index)) missing.push(index);
    }
  } else {
    let wanted = completions === undefined ? parallelism : Math.min(parallelism, Math.max(0, completions - counted.succeeded));
    // A work queue gets no new pods once one of its pods has found it empty.
    if (completions === undefined && counted.succeeded > 0) wanted = Math.min(parallelism, active.length);
    missing = Array.from({ length: Math.max(0, wanted - occupied.length) }, () => undefined);
    for (const pod of active.toSorted(byDispensability).slice(0, Math.max(0, active.length - wanted))) remove.add(pod);
  }
  if (indexed && active.length - remove.size > parallelism) {
    const surplus = active.filter((pod) => !remove.has(pod)).toSorted(byDispensability);
    for (const pod of surplus.slice(0, active.length - remove.size - parallelism)) remove.add(pod);
  }
  const wait = startableAt(counting, succeededPods) - now;
  const waits = [...deadline, ...(missing.length > 0 && wait > 0 ? [wait] : [])];
  return {
    ...base,
    create: wait > 0 ? [] : missing.slice(0, BURST),
    remove: [...remove].filter(isActive),
    requeueAfterMs: waits.length === 0 ? undefined : Math.max(0, Math.min(...waits)),
  };
}
