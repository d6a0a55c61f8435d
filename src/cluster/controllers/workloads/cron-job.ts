/** CronJobs: a Job at each time of a schedule. Follows kubernetes pkg/controller/cronjob/cronjob_controllerv2.go. */
import { controllerReference, JOBS, type CronJob, type Job, type ObjectReference } from "../../../api/index.ts";
import type { Loop, ReconcileResult } from "../../../kit/index.ts";
import { isReason, messageOf } from "../../../lib/errors.ts";
import type { WorkloadContext } from "./context.ts";
import { parseSchedule, type Schedule } from "./cron-schedule.ts";
import { finishedCondition } from "./job.ts";
import { controllerUidOf } from "./owned-cache.ts";
import { isNamespaceGoing } from "./pod-control.ts";
import { toTime } from "../../../lib/time.ts";
import { createWorkloadLoop, followDependents, publishStatus } from "./workload-loop.ts";

const SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp";
/** Timers run on a clock that nobody sets; wall time may jump, so nobody sleeps longer than this. */
const LONGEST_SLEEP_MS = 60_000;
const TOO_MANY = 100;

/** Offset-free in UTC, with the zone's offset otherwise. */
function localTime(ms: number, timeZone: string | undefined): string {
  if (timeZone === undefined) return toTime(ms);
  const parts = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" }).formatToParts(ms);
  const offset = parts.find(({ type }) => type === "timeZoneName")?.value.replace("GMT", "") ?? "";
  if (offset === "") return toTime(ms);
  const [hours = "0", minutes = "0"] = offset.slice(1).split(":");
  const shift = (Number(hours) * 60 + Number(minutes)) * 60_000 * (offset.startsWith("-") ? -1 : 1);
  return `${new Date(ms + shift).toISOString().slice(0, 19)}${offset}`;
}

function toJob(cronJob: CronJob, scheduled: number): Job {
  const { metadata = {}, spec } = cronJob.spec.jobTemplate;
  return {
    apiVersion: "batch/v1",
    kind: JOBS.kind,
    metadata: {
      // By its minute: a second try after a crash meets the first one's job.
      name: `${cronJob.metadata.name}-${Math.floor(scheduled / 60_000)}`,
      namespace: cronJob.metadata.namespace ?? "",
      labels: { ...metadata.labels },
      annotations: { ...metadata.annotations, [SCHEDULED]: localTime(scheduled, cronJob.spec.timeZone) },
      ownerReferences: [controllerReference(cronJob)],
    },
    spec,
  };
}

const referenceTo = ({ apiVersion, kind, metadata }: Job): ObjectReference => ({
  apiVersion,
  kind,
  name: metadata.name,
  namespace: metadata.namespace ?? "",
  ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
});

/** Finished jobs beyond the limits, the oldest first. */
export function findForgettableJobs({ spec }: CronJob, jobs: readonly Job[]): Job[] {
  const beyond = (type: string, limit: number | undefined): Job[] => {
    const finished = jobs.filter((job) => finishedCondition(job)?.type === type);
    const startOf = ({ status, metadata }: Job): string => status?.startTime ?? metadata.creationTimestamp ?? "";
    const sorted = finished.toSorted((a, b) => (startOf(a) < startOf(b) ? -1 : startOf(a) > startOf(b) ? 1 : 0));
    return limit === undefined ? [] : sorted.slice(0, Math.max(0, sorted.length - limit));
  };
  return [...beyond("Complete", spec.successfulJobsHistoryLimit), ...beyond("Failed", spec.failedJobsHistoryLimit)];
}

/** Creates the loop. */
export function createCronJobController({ log, now, caches, informers, recorder }: WorkloadContext): Loop {
  const { cronJobs, jobs } = caches;
  const record = recorder("cronjob-controller");

  const remove = async (cronJob: CronJob, job: Job): Promise<void> => {
    try {
      await jobs.remove(job);
      record(cronJob, "Normal", "SuccessfulDelete", `Deleted job ${job.metadata.name}`);
    } catch (error) {
      if (!isReason(error, "NotFound", "Conflict")) throw error;
    }
  };

  /** What finished since the last look leaves the list of active jobs. */
  const settle = async (cronJob: CronJob, own: readonly Job[]): Promise<NonNullable<CronJob["status"]>> => {
    const { active = [], ...status } = cronJob.status ?? {};
    const listed = new Set(active.map(({ uid }) => uid));
    for (const job of own) {
      const condition = finishedCondition(job);
      if (!condition || !listed.has(job.metadata.uid)) continue;
      record(cronJob, "Normal", "SawCompletedJob", `Saw completed job: ${job.metadata.name}, condition: ${condition.type}`);
      const end = job.status?.completionTime;
      if (condition.type === "Complete" && end !== undefined && end > (status.lastSuccessfulTime ?? "")) status.lastSuccessfulTime = end;
    }
    for (const job of findForgettableJobs(cronJob, own)) await remove(cronJob, job);
    const running = own.filter((job) => !finishedCondition(job) && job.metadata.deletionTimestamp === undefined);
    return { ...status, active: running.map(referenceTo) };
  };

  const start = async (cronJob: CronJob, scheduled: number): Promise<Job | undefined> => {
    const wanted = toJob(cronJob, scheduled);
    try {
      const job = await jobs.create(wanted);
      record(cronJob, "Normal", "SuccessfulCreate", `Created job ${job.metadata.name}`);
      return job;
    } catch (error) {
      if (isNamespaceGoing(error)) throw error;
      const existing = isReason(error, "AlreadyExists") ? jobs.get(wanted.metadata.name, wanted.metadata.namespace ?? "") : undefined;
      if (existing && controllerUidOf(existing) === cronJob.metadata.uid) return existing;
      record(cronJob, "Warning", "FailedCreate", `Error creating job: ${messageOf(error)}`);
      throw error;
    }
  };

  /** Starts what is due; the status that follows. */
  const runDue = async (cronJob: CronJob, status: NonNullable<CronJob["status"]>, schedule: Schedule): Promise<typeof status> => {
    const { spec, metadata } = cronJob;
    const time = now();
    const deadlineMs = spec.startingDeadlineSeconds === undefined ? undefined : spec.startingDeadlineSeconds * 1000;
    const last = Date.parse(status.lastScheduleTime ?? metadata.creationTimestamp ?? "");
    const after = deadlineMs === undefined ? last : Math.max(last, time - deadlineMs);
    const missed = schedule.missed(after, time);
    if (!missed) return status;
    if (missed.count > TOO_MANY) {
      record(
        cronJob,
        "Warning",
        "TooManyMissedTimes",
        "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew",
      );
    }
    const active = (status.active ?? []).flatMap(({ name = "" }) => jobs.get(name, metadata.namespace ?? "") ?? []);
    if (spec.concurrencyPolicy === "Forbid" && active.length > 0) {
      record(cronJob, "Normal", "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid");
      return status;
    }
    if (spec.concurrencyPolicy === "Replace") for (const job of active) await remove(cronJob, job);
    const job = await start(cronJob, missed.latest);
    const kept = spec.concurrencyPolicy === "Replace" ? [] : (status.active ?? []).filter(({ uid }) => uid !== job?.metadata.uid);
    return {
      ...status,
      active: job && !finishedCondition(job) ? [...kept, referenceTo(job)] : kept,
      lastScheduleTime: toTime(missed.latest),
    };
  };

  const reconcile = async (cronJob: CronJob): Promise<ReconcileResult | undefined> => {
    const { metadata, spec } = cronJob;
    if (metadata.deletionTimestamp !== undefined) return undefined;
    const own = jobs.controlledBy(metadata.uid ?? "");
    let status = await settle(cronJob, own);
    const publish = (): Promise<void> => {
      const { active = [], ...rest } = status;
      return publishStatus(cronJobs, cronJob, { ...rest, ...(active.length > 0 ? { active } : {}) });
    };
    if (spec.suspend === true) {
      await publish();
      return undefined;
    }
    let schedule: Schedule;
    try {
      schedule = parseSchedule(spec.schedule, spec.timeZone);
    } catch (error) {
      record(cronJob, "Warning", "UnparseableSchedule", messageOf(error));
      await publish();
      return undefined;
    }
    status = await runDue(cronJob, status, schedule);
    await publish();
    const next = schedule.next(now());
    return next === undefined ? undefined : { requeueAfterMs: Math.min(LONGEST_SLEEP_MS, next - now() + 1) };
  };

  const { controller, loop } = createWorkloadLoop({ name: "cron-jobs", log, objects: cronJobs, informers, reconcile });
  followDependents(controller, cronJobs, jobs, () => undefined);
  return loop;
}
