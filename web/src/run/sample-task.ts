import type { TaskDetail } from "../../../src/api/pipelines.ts";

/** A finished task for tests; its id is its name. */
export function sampleTask(name: string, extra: Partial<TaskDetail> = {}): TaskDetail {
  return {
    run_id: "run",
    task_id: name,
    task_name: name,
    display_name: name,
    type: "EXECUTOR",
    create_time: "2026-01-01T00:00:00Z",
    state: "SUCCEEDED",
    state_history: [],
    ...extra,
  };
}
