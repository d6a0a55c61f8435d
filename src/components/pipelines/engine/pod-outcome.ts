/** What a pod's status says about its step; pure. */
import type { ContainerStatus, Pod } from "../../../api/index.ts";
import { MAIN_CONTAINER } from "./launch.ts";

export type PodOutcome =
  | { readonly type: "waiting" }
  | { readonly type: "running" }
  /** All containers ended well: the result is in the blob store. */
  | { readonly type: "ended" }
  | { readonly type: "failed"; readonly message: string; readonly hasLog: boolean }
  | { readonly type: "lost"; readonly reason: string }
  /** Cannot start without somebody's help; after `graceMs` the step fails. */
  | { readonly type: "stuck"; readonly message: string; readonly graceMs: number };

// Kubelet's waiting reasons that do not go away by themselves, and how long a repair may take (a ConfigMap that comes later).
const STUCK_GRACE_MS: Readonly<Record<string, number>> = {
  ErrImageNeverPull: 1000,
  InvalidImageName: 1000,
  CreateContainerConfigError: 10_000,
  CreateContainerError: 10_000,
  ErrImagePull: 60_000,
  ImagePullBackOff: 60_000,
};

function describeExit({ name, state }: ContainerStatus): string {
  const { exitCode, reason, message } = state.terminated ?? { exitCode: -1 };
  const cause = reason !== undefined && reason !== "Error" ? ` (${reason})` : "";
  const detail = message ? `: ${message}` : "";
  if (name === MAIN_CONTAINER) return `the step ended with exit code ${exitCode}${cause}${detail}`;
  const what =
    name === "inputs"
      ? "the input artifacts could not be brought to the step"
      : name === "outputs"
        ? "the outputs of the step could not be taken"
        : `container ${name} failed`;
  return `${what} (exit code ${exitCode}${reason && reason !== "Error" ? `, ${reason}` : ""})${detail}`;
}

/** Reads a pod's status. */
export function podOutcome(pod: Pod): PodOutcome {
  const status = pod.status ?? {};
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  if (status.phase === "Succeeded") return { type: "ended" };
  if (status.phase === "Failed") {
    const disruption = status.conditions?.find(({ type }) => type === "DisruptionTarget");
    if (disruption?.status === "True")
      return { type: "lost", reason: disruption.message ?? disruption.reason ?? "The platform stopped the pod." };
    // A deleted pod's processes are killed; their exit codes say nothing about the step.
    if (pod.metadata.deletionTimestamp !== undefined) return { type: "lost", reason: "The pod was deleted before the step ended." };
    const ended = statuses.filter(({ state }) => state.terminated !== undefined && state.terminated.exitCode !== 0);
    const culprit = ended.find(({ name }) => name === MAIN_CONTAINER) ?? ended[0];
    const why = culprit ? describeExit(culprit) : "the pod failed";
    const podReason = status.reason ? ` [${status.reason}${status.message ? `: ${status.message}` : ""}]` : "";
    return { type: "failed", message: why + podReason, hasLog: culprit?.name === MAIN_CONTAINER };
  }
  for (const { name, state } of statuses) {
    const graceMs = STUCK_GRACE_MS[state.waiting?.reason ?? ""];
    if (graceMs !== undefined) {
      return {
        type: "stuck",
        message: `container ${name} cannot start: ${state.waiting?.reason}${state.waiting?.message ? `: ${state.waiting.message}` : ""}`,
        graceMs,
      };
    }
  }
  const main = status.containerStatuses?.find(({ name }) => name === MAIN_CONTAINER);
  return main && (main.state.running ?? main.state.terminated) ? { type: "running" } : { type: "waiting" };
}
