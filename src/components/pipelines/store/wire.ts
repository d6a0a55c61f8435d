/** Rows as the messages of the API (backend/api/v2beta1/{experiment,run}.proto). Zero values are left out. */
import type { Artifact, ArtifactList, Experiment, RpcStatus, Run, RuntimeStatus, TaskDetail } from "../../../api/index.ts";
import type { TaskNode, TaskValues } from "../engine/run-state.ts";
import type { ArtifactRow, ExperimentRow, RunRow } from "./schema.ts";

/** What upstream sends as `finished_at` of an unfinished run. */
const EPOCH = "1970-01-01T00:00:00Z";

/** The message of an experiment. */
export function toExperiment(row: ExperimentRow): Experiment {
  return {
    experiment_id: row.experiment_id,
    display_name: row.display_name,
    ...(row.description ? { description: row.description } : {}),
    created_at: row.created_at,
    last_run_created_at: row.last_run_created_at || EPOCH,
    namespace: row.namespace,
    storage_state: row.storage_state,
  };
}

/** The message of an artifact. */
export function toArtifact(row: ArtifactRow): Artifact {
  return {
    artifact_id: row.artifact_id,
    run_id: row.run_id,
    task_id: row.task_id,
    namespace: row.namespace,
    name: row.name,
    type: row.type,
    uri: row.uri,
    metadata: JSON.parse(row.metadata) as Record<string, unknown>,
    created_at: row.created_at,
    size: String(row.size),
    directory: row.directory === 1,
  };
}

function artifactIds(values: TaskValues): Record<string, ArtifactList> | undefined {
  const lists = Object.entries(values.artifacts).map(([name, list]): [string, ArtifactList] => [
    name,
    { artifact_ids: list.map(({ id }) => id).filter((id) => id !== undefined) },
  ]);
  return lists.length === 0 ? undefined : Object.fromEntries(lists);
}

const nonEmpty = <T extends object>(value: T): T | undefined => (Object.keys(value).length === 0 ? undefined : value);

/** Path of a task's log below the API host. */
function logUrl(runId: string, taskId: string): string {
  return `/pipeline/apis/v2beta1/runs/${runId}/tasks/${taskId}/log`;
}

function toTaskDetail(runId: string, node: TaskNode, children: readonly string[]): TaskDetail {
  const inputs = artifactIds(node.inputs);
  const outputs = artifactIds(node.outputs);
  const started = node.kind === "EXECUTOR" && node.entered && node.podName !== undefined;
  const inputParameters = nonEmpty(node.inputs.parameters);
  const outputParameters = nonEmpty(node.outputs.parameters);
  return {
    run_id: runId,
    task_id: node.taskId,
    display_name: node.iteration === undefined ? node.name : `${node.name}[${node.iteration}]`,
    task_name: node.name,
    type: node.kind === "ROOT" ? "ROOT" : node.kind === "EXECUTOR" || node.kind === "IMPORTER" ? "EXECUTOR" : "DAG",
    create_time: node.createdAt,
    ...(node.startedAt ? { start_time: node.startedAt } : {}),
    ...(node.endedAt ? { end_time: node.endedAt } : {}),
    state: node.state,
    ...(node.error ? { error: node.error } : {}),
    state_history: [...node.history],
    ...(inputs ? { inputs } : {}),
    ...(outputs ? { outputs } : {}),
    ...(node.parentId ? { parent_task_id: node.parentId } : {}),
    ...(children.length > 0 ? { child_tasks: children.map((task_id) => ({ task_id })) } : {}),
    ...(started ? { pod_name: node.podName, log_url: logUrl(runId, node.taskId) } : {}),
    ...(node.dependsOn.length > 0 ? { depends_on: [...node.dependsOn] } : {}),
    ...(inputParameters ? { input_parameters: { ...inputParameters } } : {}),
    ...(outputParameters ? { output_parameters: { ...outputParameters } } : {}),
    ...(node.reason ? { reason: node.reason } : {}),
  };
}

/** The message of a run; with `tasks`, its details too. */
export function toRun(row: RunRow, tasks?: readonly TaskNode[]): Run {
  const children = new Map<string, string[]>();
  for (const { taskId, parentId } of tasks ?? []) {
    if (parentId === undefined) continue;
    const list = children.get(parentId);
    if (list) list.push(taskId);
    else children.set(parentId, [taskId]);
  }
  const parameters = JSON.parse(row.given_parameters) as Record<string, unknown>;
  const spec = JSON.parse(row.pipeline_spec) as unknown;
  const platform = JSON.parse(row.platform_spec) as unknown;
  const runtime = { ...(nonEmpty(parameters) ? { parameters } : {}), ...(row.pipeline_root ? { pipeline_root: row.pipeline_root } : {}) };
  return {
    experiment_id: row.experiment_id,
    run_id: row.run_id,
    display_name: row.display_name,
    ...(row.description ? { description: row.description } : {}),
    storage_state: row.storage_state,
    pipeline_spec: platform === null ? spec : { pipeline_spec: spec, platform_spec: platform },
    ...(nonEmpty(runtime) ? { runtime_config: runtime } : {}),
    service_account: row.service_account,
    created_at: row.created_at,
    scheduled_at: row.scheduled_at,
    finished_at: row.finished_at || EPOCH,
    state: row.state,
    ...(row.error ? { error: JSON.parse(row.error) as RpcStatus } : {}),
    ...(tasks && tasks.length > 0
      ? { run_details: { task_details: tasks.map((node) => toTaskDetail(row.run_id, node, children.get(node.taskId) ?? [])) } }
      : {}),
    state_history: JSON.parse(row.state_history) as RuntimeStatus[],
    namespace: row.namespace,
  };
}
