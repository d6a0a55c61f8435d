/** Tasks between memory and table. */
import { NO_VALUES, type TaskNode } from "../engine/run-state.ts";
import type { TaskRow } from "./schema.ts";

type Detail = Pick<TaskNode, "dependsOn" | "inputs" | "outputs" | "error" | "reason" | "history">;

const NO_ITERATION = -1;

/** The row of a task. */
export function toTaskRow(runId: string, node: TaskNode): TaskRow {
  const detail: Detail = {
    dependsOn: node.dependsOn,
    inputs: node.inputs,
    outputs: node.outputs,
    error: node.error,
    reason: node.reason,
    history: node.history,
  };
  return {
    task_id: node.taskId,
    run_id: runId,
    seq: node.seq,
    parent_id: node.parentId ?? "",
    name: node.name,
    kind: node.kind,
    component: node.component,
    iteration: node.iteration ?? NO_ITERATION,
    state: node.state,
    entered: node.entered ? 1 : 0,
    attempt: node.attempt,
    retries: node.retries,
    delay_ms: node.delayMs,
    pod_name: node.podName ?? "",
    pod_uid: node.podUid ?? "",
    created_at: node.createdAt,
    started_at: node.startedAt ?? "",
    ended_at: node.endedAt ?? "",
    cache_key: node.cacheKey ?? "",
    cached: node.cached ? 1 : 0,
    detail: JSON.stringify(detail),
  };
}

const optional = (text: string): string | undefined => (text === "" ? undefined : text);

/** The task of a row. */
export function toTaskNode(row: TaskRow): TaskNode {
  const detail = JSON.parse(row.detail) as Partial<Detail>;
  return {
    taskId: row.task_id,
    seq: row.seq,
    parentId: optional(row.parent_id),
    name: row.name,
    kind: row.kind,
    component: row.component,
    iteration: row.iteration === NO_ITERATION ? undefined : row.iteration,
    dependsOn: detail.dependsOn ?? [],
    state: row.state,
    entered: row.entered === 1,
    inputs: detail.inputs ?? NO_VALUES,
    outputs: detail.outputs ?? NO_VALUES,
    attempt: row.attempt,
    retries: row.retries,
    delayMs: row.delay_ms,
    podName: optional(row.pod_name),
    podUid: optional(row.pod_uid),
    cacheKey: optional(row.cache_key),
    cached: row.cached === 1,
    error: detail.error,
    reason: detail.reason,
    createdAt: row.created_at,
    startedAt: optional(row.started_at),
    endedAt: optional(row.ended_at),
    history: detail.history ?? [],
  };
}
