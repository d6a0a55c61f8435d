/** The life of one container of a pod: adopt or start, await, restart with back-off, until it is final or the pod is halted. */
import type { Container, ContainerState, Pod } from "../../api/index.ts";
import { backoffDelay, delay } from "../../lib/backoff.ts";
import { messageOf, SkiffError } from "../../lib/errors.ts";
import { findRunner, type Runner } from "./catalogue.ts";
import { adoptBuiltin, startContainer } from "./container-start.ts";
import type { ContainerStatuses } from "./container-statuses.ts";
import type { PodDirectory } from "./pod-directory.ts";
import type { PodEvents } from "./pod-events.ts";
import { adoptRun, type Run, type RunEnd } from "./run.ts";
import type { RuntimeServices } from "./services.ts";
import { shouldRestart } from "./status.ts";
import { toTime } from "../../lib/time.ts";

/** Why and how a pod is ended before its containers are done. */
export interface Halt {
  readonly signal: AbortSignal;
  readonly graceMs: () => number;
}

export interface ContainerLoop {
  readonly services: RuntimeServices;
  readonly pod: Pod;
  readonly container: Container;
  readonly init: boolean;
  readonly directory: PodDirectory;
  readonly statuses: ContainerStatuses;
  readonly events: PodEvents;
  readonly halt: Halt;
  readonly serviceAccount: boolean;
  readonly containerExit: (name: string) => Promise<number>;
  /** Called after each change of the statuses. */
  readonly changed: () => void;
  /** Called when a run's process and exit code were both lost. */
  readonly lost: () => void;
  /** Called when there is a run, started or adopted. */
  readonly began: () => void;
}

/** A container that runs this long has started: the next may. */
const START_MS = 1500;

/** kubelet resets the back-off of a container that ran this long. */
const STABLE_MS = 600_000;

function fieldPathOf({ container, init }: ContainerLoop): string {
  return `spec.${init ? "initContainers" : "containers"}{${container.name}}`;
}

function imageIdOf(runner: Runner, services: RuntimeServices): string {
  return runner.kind === "python" ? `skiff://python/${services.pythonReady()?.version ?? ""}` : `skiff://${runner.kind}`;
}

function terminatedState(end: RunEnd, startedAt: number, containerID: string): ContainerState {
  return {
    terminated: {
      exitCode: end.exitCode,
      reason: end.lost ? "ContainerStatusUnknown" : end.exitCode === 0 ? "Completed" : "Error",
      ...(end.lost ? { message: "The container could not be located when the pod was terminated" } : {}),
      startedAt: toTime(startedAt),
      finishedAt: toTime(end.finishedAt),
      containerID,
    } as NonNullable<ContainerState["terminated"]>,
  };
}

async function announceRunner(loop: ContainerLoop, runner: Runner): Promise<void> {
  const { services, container, events, statuses, changed } = loop;
  if (runner.kind !== "python") return;
  if (!services.pythonReady()) {
    statuses.setState(container.name, { waiting: { reason: "ContainerCreating", message: "Preparing the Python environment" } });
    events.emit("Normal", "PreparingPython", "Preparing the Python environment", fieldPathOf(loop));
    changed();
  }
  const python = await services.python;
  if (runner.version !== undefined && !python.version.startsWith(`${runner.version}.`)) {
    const message = `Image "${container.image}" runs on this machine's Python ${python.version}, not on Python ${runner.version}`;
    events.emit("Normal", "PythonVersion", message, fieldPathOf(loop));
  }
}

/**
 * Waits until the machine can take another start. A burst of pods would otherwise fight for its cores until none gets
 * anywhere. Returns what makes room for the next.
 */
async function waitForStart(loop: ContainerLoop, runner: Runner): Promise<(() => void) | undefined> {
  const { services, container, statuses, events, changed, halt } = loop;
  if (runner.kind === "builtin") return () => undefined;
  const free = services.startSlots.tryTake();
  if (free) return free;
  const message = "Waiting until other containers of this machine have started";
  statuses.setState(container.name, { waiting: { reason: "ContainerCreating", message } });
  events.emit("Normal", "WaitingToStart", message, fieldPathOf(loop));
  changed();
  return services.startSlots.wait(halt.signal);
}

/** Starts the container, again and again while its configuration is incomplete; undefined when the pod is halted first. */
async function startWhenPossible(
  loop: ContainerLoop,
  runner: Exclude<Runner, { kind: "refused" }>,
  attempt: number,
): Promise<Run | undefined> {
  const { services, pod, container, events, statuses, halt, directory, serviceAccount, containerExit, changed } = loop;
  for (let failures = 0; !halt.signal.aborted; failures++) {
    try {
      if (attempt === 0 && failures === 0) await announceRunner(loop, runner);
      const release = await waitForStart(loop, runner);
      if (!release || halt.signal.aborted) {
        release?.();
        return undefined;
      }
      const run = await startContainer({ services, pod, container, runner, directory, attempt, serviceAccount, containerExit }).catch(
        (error: unknown) => {
          release();
          throw error;
        },
      );
      const timer = setTimeout(release, START_MS);
      void run.ended.finally(() => {
        clearTimeout(timer);
        release();
      });
      const pulled =
        runner.kind === "builtin"
          ? `Image "${container.image}" is part of Skiff`
          : `Image "${container.image}" is provided by this machine`;
      events.emit("Normal", "Pulled", pulled, fieldPathOf(loop));
      events.emit("Normal", "Created", `Created container: ${container.name}`, fieldPathOf(loop));
      events.emit("Normal", "Started", `Started container ${container.name}`, fieldPathOf(loop));
      return run;
    } catch (error) {
      const remedy = error instanceof SkiffError && error.remedy !== undefined ? ` ${error.remedy}` : "";
      const message = `${messageOf(error)}${remedy === "" ? "" : `.${remedy}`}`;
      statuses.setState(container.name, { waiting: { reason: "CreateContainerConfigError", message } });
      events.emit("Warning", "Failed", `Error: ${message}`, fieldPathOf(loop));
      changed();
      await delay(backoffDelay(failures, { initialMs: 1000, maxMs: 10_000 }), halt.signal);
    }
  }
  return undefined;
}

/** Waits for a run's end; ends it when the pod is halted. */
async function awaitRun(loop: ContainerLoop, run: Run): Promise<RunEnd> {
  const { halt, events, container } = loop;
  const halted = Promise.withResolvers<undefined>();
  const onHalt = (): void => halted.resolve(undefined);
  halt.signal.addEventListener("abort", onHalt, { once: true });
  if (halt.signal.aborted) onHalt();
  const first = await Promise.race([run.ended, halted.promise]);
  halt.signal.removeEventListener("abort", onHalt);
  if (first) return first;
  events.emit("Normal", "Killing", `Stopping container ${container.name}`, fieldPathOf(loop));
  await run.terminate(halt.graceMs());
  const end = await run.ended;
  // Killed by us, even if the shim had no time to say so.
  return { ...end, lost: false };
}

async function refuse(loop: ContainerLoop, message: string): Promise<void> {
  const { container, statuses, events, halt, changed } = loop;
  statuses.setState(container.name, { waiting: { reason: "ErrImageNeverPull", message } });
  events.emit("Warning", "ErrImageNeverPull", message, fieldPathOf(loop));
  events.emit("Warning", "Failed", "Error: ErrImageNeverPull", fieldPathOf(loop));
  changed();
  if (!halt.signal.aborted) await new Promise<void>((resolve) => halt.signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** Runs the container to its end. Resolves with the final exit code, or undefined when it never ran. */
export async function runContainer(loop: ContainerLoop): Promise<number | undefined> {
  const { services, pod, container, init, directory, statuses, events, halt, changed } = loop;
  const { name } = container;
  const runner = findRunner(container.image, services.builtins);
  if (runner.kind === "refused") {
    await refuse(loop, runner.message);
    return undefined;
  }
  let attempt = directory.lastAttempt(name);
  let adopting = attempt >= 0;
  let crashes = 0;
  if (!adopting) attempt = 0;
  for (;;) {
    let run: Run | undefined;
    if (adopting) {
      const runDir = directory.run(name, attempt);
      run = runner.kind === "builtin" ? adoptBuiltin(runDir) : await adoptRun(runDir, services.sandbox.shape);
      adopting = false;
      crashes = attempt;
    }
    run ??= await startWhenPossible(loop, runner, attempt);
    if (!run) return undefined;
    loop.began();
    const containerID = `skiff://${pod.metadata.uid ?? ""}/${name}/${attempt}`;
    const { startedAt } = run;
    statuses.setState(
      name,
      { running: { startedAt: toTime(startedAt) } },
      { containerID, restartCount: attempt, imageID: imageIdOf(runner, services) },
    );
    changed();
    const unwatch = services.logLimit.watch(directory.log(name, attempt));
    const end = await awaitRun(loop, run);
    await unwatch();
    if (end.lost) loop.lost();
    const state = terminatedState(end, startedAt, containerID);
    statuses.setState(name, state);
    if (halt.signal.aborted || !shouldRestart(pod.spec.restartPolicy, end.exitCode, init)) {
      changed();
      return end.exitCode;
    }
    await directory.discardAttempts(name, attempt);
    attempt++;
    crashes = end.finishedAt - startedAt > STABLE_MS ? 0 : crashes + 1;
    // As kubelet: the first restart is immediate, the next after 10 s, doubling to 5 minutes.
    if (crashes > 1) {
      const wait = backoffDelay(crashes - 2, { initialMs: 10_000, maxMs: 300_000 });
      const { metadata } = pod;
      const message = `back-off ${wait / 1000}s restarting failed container=${name} pod=${metadata.name}_${metadata.namespace ?? ""}(${metadata.uid ?? ""})`;
      statuses.setState(name, { waiting: { reason: "CrashLoopBackOff", message } }, { lastState: state });
      events.emit(
        "Warning",
        "BackOff",
        `Back-off restarting failed container ${name} in pod ${metadata.name}_${metadata.namespace ?? ""}(${metadata.uid ?? ""})`,
        fieldPathOf(loop),
      );
      changed();
      await delay(wait, halt.signal);
      if (halt.signal.aborted) {
        statuses.setState(name, state);
        return end.exitCode;
      }
    } else {
      statuses.setState(name, { waiting: { reason: "ContainerCreating" } }, { lastState: state });
      changed();
    }
  }
}
