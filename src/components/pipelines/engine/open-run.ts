/** A run that has not ended, in memory: the scheduler's view and what only this process knows of its pods. */
import type { RuntimeState, RuntimeStatus } from "../../../api/index.ts";
import type { Json } from "../../../lib/json.ts";
import { parsePipelineSpec, type PipelineSpec } from "../spec/pipeline-spec.ts";
import type { RunStore } from "../store/run-store.ts";
import type { RunInfo, RunState, TaskNode } from "./run-state.ts";

export interface OpenRun {
  readonly info: RunInfo;
  readonly spec: PipelineSpec;
  readonly platform: Json;
  state: RuntimeState;
  history: readonly RuntimeStatus[];
  tasks: Map<string, TaskNode>;
  /** Tasks whose pod's uid is known here and not stored yet; it goes with the next commit. */
  readonly unsaved: Set<string>;
  /** Since when (milliseconds) a pod cannot start. */
  readonly stuckSince: Map<string, number>;
}

/** Loads a run with its tasks. Throws NotFound. */
export async function loadOpenRun(runs: RunStore, runId: string): Promise<OpenRun> {
  const row = await runs.get(runId);
  const tasks = await runs.tasks(runId);
  return {
    info: {
      runId,
      namespace: row.namespace,
      displayName: row.display_name,
      jobName: row.job_name,
      serviceAccount: row.service_account,
      createdAt: row.created_at,
      parameters: JSON.parse(row.parameters) as Record<string, Json>,
    },
    spec: parsePipelineSpec(JSON.parse(row.pipeline_spec)),
    platform: JSON.parse(row.platform_spec) as Json,
    state: row.state,
    history: JSON.parse(row.state_history) as RuntimeStatus[],
    tasks: new Map(tasks.map((node) => [node.taskId, node])),
    unsaved: new Set(),
    stuckSince: new Map(),
  };
}

/** The scheduler's view of it. */
export function runStateOf({ info, spec, platform, state, tasks }: OpenRun): RunState {
  return { info, spec, platform, state, tasks };
}
