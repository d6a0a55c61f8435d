/** Pod status as a function of the containers' statuses. Follows kubelet's getPhase and pod condition generators. */
import type { Condition, ContainerStatus, PodPhase, PodSpec } from "../../api/index.ts";

const succeeded = ({ state }: ContainerStatus): boolean => state.terminated?.exitCode === 0;

/** The phase Kubernetes computes from what the containers do. */
export function computePhase(spec: PodSpec, inits: readonly ContainerStatus[], containers: readonly ContainerStatus[]): PodPhase {
  const policy = spec.restartPolicy ?? "Always";
  const failedInit = inits.some(({ state }) => state.terminated && state.terminated.exitCode !== 0);
  if (failedInit && policy === "Never") return "Failed";
  if (!inits.every(succeeded)) return "Pending";
  const waiting = containers.filter(({ state, lastState }) => state.waiting && !lastState?.terminated);
  if (waiting.length > 0 || containers.length === 0) return "Pending";
  const ended = containers.filter(({ state }) => state.terminated);
  if (ended.length < containers.length) return "Running";
  if (policy === "Always") return "Running";
  if (ended.every(succeeded)) return "Succeeded";
  return policy === "Never" ? "Failed" : "Running";
}

/** True once nothing will change the phase any more. */
export function isTerminal(phase: PodPhase | undefined): boolean {
  return phase === "Succeeded" || phase === "Failed";
}

/** Conditions with transition times carried over from `previous` where the status did not change. */
export function computeConditions(
  phase: PodPhase,
  inits: readonly ContainerStatus[],
  containers: readonly ContainerStatus[],
  previous: readonly Condition[],
  now: string,
): Condition[] {
  const completed = phase === "Succeeded" ? { reason: "PodCompleted" } : undefined;
  const names = (list: readonly ContainerStatus[]): string => `[${list.map(({ name }) => name).join(" ")}]`;
  const pendingInits = inits.filter((status) => !succeeded(status));
  const unready = containers.filter(({ ready }) => !ready);
  const initialized: Omit<Condition, "type"> =
    pendingInits.length === 0
      ? { status: "True", ...completed }
      : { status: "False", reason: "ContainersNotInitialized", message: `containers with incomplete status: ${names(pendingInits)}` };
  const ready: Omit<Condition, "type"> =
    unready.length === 0
      ? { status: "True" }
      : {
          status: "False",
          ...(completed ??
            (phase === "Failed"
              ? { reason: "PodFailed" }
              : { reason: "ContainersNotReady", message: `containers with unready status: ${names(unready)}` })),
        };
  const wanted: Condition[] = [
    { type: "PodScheduled", status: "True" },
    { type: "Initialized", ...initialized },
    { type: "ContainersReady", ...ready },
    { type: "Ready", ...ready },
  ];
  return wanted.map((condition) => {
    const before = previous.find(({ type }) => type === condition.type);
    const same = before?.status === condition.status && before.lastTransitionTime !== undefined;
    return { ...condition, lastTransitionTime: same ? (before.lastTransitionTime ?? now) : now };
  });
}

/** Whether a container that ended runs again. Init containers under Always follow OnFailure, as in Kubernetes. */
export function shouldRestart(policy: PodSpec["restartPolicy"], exitCode: number, init: boolean): boolean {
  if (policy === "Never") return false;
  if (policy === "OnFailure" || init) return exitCode !== 0;
  return true;
}
