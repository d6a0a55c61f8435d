/** batch/v1 Job and CronJob. */
import { humanDuration } from "../lib/duration.ts";
import { AGE_COLUMN, ageOf, NONE, SELECTOR_COLUMN, TEMPLATE_COLUMNS } from "./columns.ts";
import { labelSelectorText, type LabelSelector } from "./label-selector.ts";
import type { ObjectReference } from "./core.ts";
import type { Condition, KubeObject, ObjectMeta, ResourceDefinition } from "./meta.ts";
import type { PodTemplateSpec } from "./workload.ts";

export interface PodFailurePolicyRule {
  action: "FailJob" | "FailIndex" | "Ignore" | "Count";
  onExitCodes?: { containerName?: string; operator: "In" | "NotIn"; values: number[] };
  onPodConditions?: { type: string; status?: string }[];
}

export interface JobSpec {
  parallelism?: number;
  completions?: number;
  completionMode?: "NonIndexed" | "Indexed";
  activeDeadlineSeconds?: number;
  backoffLimit?: number;
  selector?: LabelSelector;
  manualSelector?: boolean;
  template: PodTemplateSpec;
  ttlSecondsAfterFinished?: number;
  suspend?: boolean;
  podReplacementPolicy?: string;
  backoffLimitPerIndex?: number;
  maxFailedIndexes?: number;
  podFailurePolicy?: { rules: PodFailurePolicyRule[] };
  successPolicy?: { rules: { succeededIndexes?: string; succeededCount?: number }[] };
  /** Another controller's name when the built-in one shall leave the job alone. */
  managedBy?: string;
}

export interface Job extends KubeObject {
  spec: JobSpec;
  status?: {
    conditions?: Condition[];
    startTime?: string;
    completionTime?: string;
    active?: number;
    ready?: number;
    succeeded?: number;
    failed?: number;
    terminating?: number;
    /** As "0-2,5"; of Indexed jobs. */
    completedIndexes?: string;
    failedIndexes?: string;
  };
}

export interface CronJob extends KubeObject {
  spec: {
    schedule: string;
    timeZone?: string;
    startingDeadlineSeconds?: number;
    concurrencyPolicy?: "Allow" | "Forbid" | "Replace";
    suspend?: boolean;
    jobTemplate: { metadata?: Partial<ObjectMeta>; spec: JobSpec };
    successfulJobsHistoryLimit?: number;
    failedJobsHistoryLimit?: number;
  };
  status?: { active?: ObjectReference[]; lastScheduleTime?: string; lastSuccessfulTime?: string };
}

function jobStatusWord({ metadata, status }: Job): string {
  const isTrue = (type: string): boolean => status?.conditions?.some((one) => one.type === type && one.status === "True") === true;
  if (isTrue("Complete")) return "Complete";
  if (isTrue("Failed")) return "Failed";
  if (metadata.deletionTimestamp !== undefined) return "Terminating";
  return ["Suspended", "FailureTarget", "SuccessCriteriaMet"].find(isTrue) ?? "Running";
}

function completions({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  return (spec.parallelism ?? 0) > 1 ? `${succeeded}/1 of ${spec.parallelism}` : `${succeeded}/1`;
}

export const JOBS: ResourceDefinition<Job> = {
  group: "batch",
  version: "v1",
  kind: "Job",
  plural: "jobs",
  singular: "job",
  categories: ["all"],
  namespaced: true,
  subresources: ["status"],
  columns: [
    { name: "Status", type: "string", value: (object) => jobStatusWord(object as Job) },
    { name: "Completions", type: "string", value: (object) => completions(object as Job) },
    {
      name: "Duration",
      type: "string",
      value: (object, now) => {
        const { startTime, completionTime } = (object as Job).status ?? {};
        return startTime ? humanDuration((completionTime ? Date.parse(completionTime) : now) - Date.parse(startTime)) : "";
      },
    },
    AGE_COLUMN,
    ...TEMPLATE_COLUMNS,
    SELECTOR_COLUMN,
  ],
};

const cronTemplate = (object: KubeObject): KubeObject => ({ ...object, ...(object as CronJob).spec.jobTemplate }) as KubeObject;

export const CRON_JOBS: ResourceDefinition<CronJob> = {
  group: "batch",
  version: "v1",
  kind: "CronJob",
  plural: "cronjobs",
  singular: "cronjob",
  shortNames: ["cj"],
  categories: ["all"],
  namespaced: true,
  subresources: ["status"],
  columns: [
    { name: "Schedule", type: "string", value: (object) => (object as CronJob).spec.schedule },
    { name: "Timezone", type: "string", value: (object) => (object as CronJob).spec.timeZone ?? NONE },
    { name: "Suspend", type: "string", value: (object) => ((object as CronJob).spec.suspend ? "True" : "False") },
    { name: "Active", type: "integer", value: (object) => (object as CronJob).status?.active?.length ?? 0 },
    {
      name: "Last Schedule",
      type: "string",
      value: (object, now) => {
        const last = (object as CronJob).status?.lastScheduleTime;
        return last ? ageOf(last, now) : NONE;
      },
    },
    AGE_COLUMN,
    ...TEMPLATE_COLUMNS.map((column) => ({
      ...column,
      value: (object: KubeObject, now: number) => column.value(cronTemplate(object), now),
    })),
    {
      name: "Selector",
      type: "string",
      priority: 1,
      value: (object) => labelSelectorText((object as CronJob).spec.jobTemplate.spec.selector),
    },
  ],
};
