/** What an observation of a pod means for its task; pure, like the scheduler. */
import { backoffDelay } from "../../../lib/backoff.ts";
import { componentOf, type TaskSpec } from "../spec/pipeline-spec.ts";
import { failed, withState } from "./advance.ts";
import { isTerminal, type RunState, type TaskNode, type TaskValues } from "./run-state.ts";
import { podNameOf } from "./task-ids.ts";

export type Observation =
  | { readonly type: "started" }
  | { readonly type: "succeeded"; readonly outputs: TaskValues }
  | { readonly type: "failed"; readonly message: string }
  /** The platform stopped or lost the pod; the step is not to blame. */
  | { readonly type: "lost"; readonly reason: string };

/** The task as its DAG declares it; for an iteration, the loop's. */
export function taskSpecOf(run: RunState, node: TaskNode): TaskSpec | undefined {
  const parent = node.parentId === undefined ? undefined : run.tasks.get(node.parentId);
  if (!parent) return undefined;
  if (parent.kind === "LOOP") return taskSpecOf(run, parent);
  const component = parent.kind === "ROOT" ? run.spec.root : componentOf(run.spec, parent.component);
  return component.dag?.tasks[node.name];
}

/** Milliseconds of a protobuf duration such as "60s". */
function durationMs(text: string | undefined, fallback: number): number {
  const seconds = text?.endsWith("s") ? Number(text.slice(0, -1)) : Number.NaN;
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : fallback;
}

/** Applies what was seen of a task's pod. A terminal task stays as it is. */
export function settle(run: RunState, node: TaskNode, observation: Observation, now: string): TaskNode {
  if (isTerminal(node.state)) return node;
  switch (observation.type) {
    case "started":
      return node.state === "RUNNING" ? node : withState(node, "RUNNING", now, { reason: undefined });
    case "succeeded":
      return withState(node, "SUCCEEDED", now, { outputs: observation.outputs, startedAt: node.startedAt ?? now, reason: undefined });
    case "lost":
      return nextAttempt(run, node, now, 0, observation.reason);
    case "failed": {
      const policy = taskSpecOf(run, node)?.retryPolicy;
      if (!policy || node.retries >= (policy.maxRetryCount ?? 0)) return failed(node, observation.message, now);
      const delayMs = backoffDelay(node.retries, {
        initialMs: durationMs(policy.backoffDuration, 0),
        maxMs: durationMs(policy.backoffMaxDuration, 3_600_000),
        factor: policy.backoffFactor === undefined || policy.backoffFactor <= 0 ? 2 : policy.backoffFactor,
      });
      return { ...nextAttempt(run, node, now, delayMs, `Retrying after: ${observation.message}`), retries: node.retries + 1 };
    }
  }
}

function nextAttempt(run: RunState, node: TaskNode, now: string, delayMs: number, reason: string): TaskNode {
  const attempt = node.attempt + 1;
  const podName = podNameOf(run.info.jobName, node.name, node.seq, attempt);
  return withState(node, "PENDING", now, { attempt, podName, podUid: undefined, delayMs, reason });
}

/** Every open task ends: what ran becomes CANCELED, what had not begun SKIPPED. */
export function cancelled(run: RunState, now: string): TaskNode[] {
  return [...run.tasks.values()]
    .filter((node) => !isTerminal(node.state))
    .map((node) => withState(node, node.entered ? "CANCELED" : "SKIPPED", now, { reason: "The run was terminated." }));
}
