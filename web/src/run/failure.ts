/** Why a run failed: the task to look at first and the sentence to show. */
import type { Run, TaskDetail } from "../../../src/api/pipelines.ts";

export interface Failure {
  readonly task: TaskDetail | undefined;
  readonly reason: string;
  /** The one line of it that says most: a traceback ends with its error. */
  readonly headline: string;
  /** Other tasks that failed too. */
  readonly others: number;
}

const endOf = (task: TaskDetail): number => Date.parse(task.end_time ?? "") || Number.MAX_SAFE_INTEGER;

/** The last error that the history of states recorded. */
function historyError(history: Run["state_history"] | undefined): string | undefined {
  return history?.findLast((entry) => entry.error?.message)?.error?.message;
}

/** The first executor that failed, else the innermost DAG that did; undefined unless the run failed. */
export function findFailure(run: Run): Failure | undefined {
  if (run.state !== "FAILED") return undefined;
  const failed = (run.run_details?.task_details ?? []).filter((task) => task.state === "FAILED" && task.type !== "ROOT");
  const executors = failed.filter((task) => task.type === "EXECUTOR").sort((a, b) => endOf(a) - endOf(b));
  const task = executors[0] ?? failed.at(-1);
  const reason =
    task?.reason ||
    task?.error?.message ||
    historyError(task?.state_history) ||
    run.error?.message ||
    historyError(run.state_history) ||
    "The run ended as failed without a recorded reason.";
  const lines = reason.split("\n").filter((line) => line.trim() !== "");
  return { task, reason, headline: lines.at(-1)?.trim() ?? reason, others: Math.max(0, executors.length - 1) };
}

/** True when somebody asked the run to stop, which upstream reports as FAILED. */
export function wasTerminated(run: Run): boolean {
  return run.state_history?.some((entry) => entry.state === "CANCELING") ?? false;
}
