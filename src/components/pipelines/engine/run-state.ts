/** The state of one run in memory: what the scheduler reads and what the store keeps. */
import type { RpcStatus, RuntimeState, RuntimeStatus } from "../../../api/index.ts";
import type { Json } from "../../../lib/json.ts";
import type { ArtifactValue } from "../spec/artifact-value.ts";
import type { PipelineSpec } from "../spec/pipeline-spec.ts";

/** ROOT, DAG and ITERATION hold children of one DAG; LOOP holds iterations; EXECUTOR is a pod; IMPORTER a record. */
export type TaskKind = "ROOT" | "DAG" | "LOOP" | "ITERATION" | "EXECUTOR" | "IMPORTER";

export interface TaskValues {
  readonly parameters: Readonly<Record<string, Json>>;
  readonly artifacts: Readonly<Record<string, readonly ArtifactValue[]>>;
}

export const NO_VALUES: TaskValues = { parameters: {}, artifacts: {} };

/** A task of a run. Values are replaced, never changed in place. */
export interface TaskNode {
  readonly taskId: string;
  /** Position in the order of creation; unique in the run. */
  readonly seq: number;
  readonly parentId: string | undefined;
  readonly name: string;
  readonly kind: TaskKind;
  /** Component's name; "" for the root. */
  readonly component: string;
  readonly iteration: number | undefined;
  readonly dependsOn: readonly string[];
  readonly state: RuntimeState;
  /** True once inputs are resolved and the task has begun; a PENDING task without it waits for others. */
  readonly entered: boolean;
  readonly inputs: TaskValues;
  readonly outputs: TaskValues;
  /** Number of the current pod, counted from 0. */
  readonly attempt: number;
  /** Failures that were retried under the retry policy. */
  readonly retries: number;
  /** Milliseconds to wait before the current attempt's pod is made, counted from the last change of state. */
  readonly delayMs: number;
  readonly podName: string | undefined;
  readonly podUid: string | undefined;
  /** Key under which other runs may reuse the outputs. */
  readonly cacheKey: string | undefined;
  /** SKIPPED because outputs of an earlier execution were taken: as good as SUCCEEDED. */
  readonly cached: boolean;
  readonly error: RpcStatus | undefined;
  readonly reason: string | undefined;
  readonly createdAt: string;
  readonly startedAt: string | undefined;
  readonly endedAt: string | undefined;
  readonly history: readonly RuntimeStatus[];
}

export interface RunInfo {
  readonly runId: string;
  readonly namespace: string;
  readonly displayName: string;
  /** `{sanitised pipeline name}-{rand5}`: prefix of pod names and `pipeline_job_resource_name`. */
  readonly jobName: string;
  readonly serviceAccount: string;
  readonly createdAt: string;
  readonly parameters: Readonly<Record<string, Json>>;
}

export interface RunState {
  readonly info: RunInfo;
  readonly spec: PipelineSpec;
  readonly platform: Json;
  readonly state: RuntimeState;
  readonly tasks: ReadonlyMap<string, TaskNode>;
}

const TERMINAL: Record<RuntimeState, boolean> = {
  PENDING: false,
  RUNNING: false,
  SUCCEEDED: true,
  SKIPPED: true,
  FAILED: true,
  CANCELING: false,
  CANCELED: true,
  PAUSED: false,
};

/** True when nothing follows this state. */
export function isTerminal(state: RuntimeState): boolean {
  return TERMINAL[state];
}
