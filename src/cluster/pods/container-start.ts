/** Turns a container of a pod's spec into a run: environment, command, mounts, then a process or a builtin. */
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { CONFIG_MAPS, NAMESPACES, SECRETS, type Container, type Pod } from "../../api/index.ts";
import type { Builtin } from "../../kit/component.ts";
import { messageOf, SkiffError } from "../../lib/errors.ts";
import { commandLineOf, type Runner } from "./catalogue.ts";
import { resolveEnvironment, type ObjectLookup } from "./environment.ts";
import { expandReferences } from "./expansion.ts";
import { hostPathOf, isWithin, planMounts, type Mount } from "./mount-plan.ts";
import type { PodDirectory } from "./pod-directory.ts";
import { preparePythonContainer } from "./python/python-container.ts";
import { findRunEnd, startRun, writeRunEnd, type Run } from "./run.ts";
import { SYSTEM_PATH } from "./sandbox.ts";
import type { RuntimeServices } from "./services.ts";

export interface ContainerStart {
  readonly services: RuntimeServices;
  readonly pod: Pod;
  readonly container: Container;
  readonly runner: Exclude<Runner, { kind: "refused" }>;
  readonly directory: PodDirectory;
  readonly attempt: number;
  /** Whether the service account's files are mounted. */
  readonly serviceAccount: boolean;
  readonly containerExit: (name: string) => Promise<number>;
}

/** Reads ConfigMaps and Secrets of the pod's namespace. */
export function lookupFor({ kube }: RuntimeServices, namespace: string): ObjectLookup {
  return {
    configMap: (name) => kube.find(CONFIG_MAPS, name, namespace),
    secret: (name) => kube.find(SECRETS, name, namespace),
  };
}

function baseEnvironment({ services, pod, runner }: ContainerStart): Record<string, string> {
  const { host, port } = services.apiServer();
  return {
    // A builtin is part of Skiff: what pods inherit from the machine is not for it.
    ...(runner.kind === "builtin" ? {} : { PATH: SYSTEM_PATH, ...services.env }),
    HOSTNAME: pod.metadata.name,
    KUBERNETES_SERVICE_HOST: host,
    KUBERNETES_SERVICE_PORT: String(port),
    KUBERNETES_SERVICE_PORT_HTTPS: String(port),
  };
}

function runBuiltin(
  start: ContainerStart,
  program: Builtin,
  env: Record<string, string>,
  args: readonly string[],
  mounts: readonly Mount[],
): Run {
  const { pod, container, directory, attempt, containerExit } = start;
  const runDir = directory.run(container.name, attempt);
  const logFile = directory.log(container.name, attempt);
  mkdirSync(runDir, { recursive: true, mode: 0o700 });
  const stop = new AbortController();
  const log = (line: string): void => {
    try {
      appendFileSync(logFile, line.endsWith("\n") ? line : `${line}\n`, { mode: 0o600 });
    } catch {
      // A line that finds no room is lost; the program goes on.
    }
  };
  appendFileSync(logFile, "", { mode: 0o600 });
  const run = async (): Promise<number> => {
    try {
      return await program({
        args,
        env,
        namespace: pod.metadata.namespace ?? "",
        podName: pod.metadata.name,
        hostPath: (path) => hostPathOf(mounts, path),
        containerExit,
        log,
        signal: stop.signal,
      });
    } catch (error) {
      if (!stop.signal.aborted) log(messageOf(error));
      return stop.signal.aborted ? 143 : 1;
    }
  };
  const { promise: given, resolve: giveUp } = Promise.withResolvers<number>();
  const ended = Promise.race([run(), given]).then((exitCode) => writeRunEnd(runDir, exitCode));
  return {
    startedAt: Date.now(),
    ended,
    terminate: async (graceMs) => {
      stop.abort();
      const timer = setTimeout(() => giveUp(137), graceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** The run of a builtin that ended before a restart of Skiff; undefined when it has to be called (again). */
export function adoptBuiltin(runDir: string): Run | undefined {
  const end = findRunEnd(runDir);
  return end && { startedAt: end.finishedAt, ended: Promise.resolve(end), terminate: () => Promise.resolve() };
}

/**
 * Starts a container. Throws NotFound or Invalid for what kubelet calls CreateContainerConfigError (a missing ConfigMap,
 * an impossible mount).
 */
export async function startContainer(start: ContainerStart): Promise<Run> {
  const { services, pod, container, runner, directory, attempt, serviceAccount } = start;
  const { sandbox, node } = services;
  const namespace = pod.metadata.namespace ?? "";
  const runDir = directory.run(container.name, attempt);
  const mounts = planMounts(pod, container, (name) => directory.volume(name), serviceAccount);
  const uid = sandbox.uidOf(namespace);
  const python =
    runner.kind === "python"
      ? await preparePythonContainer(await services.python, services.pythonDir, runDir, await services.kube.get(NAMESPACES, namespace), uid)
      : { mounts: [], system: [], env: {} };
  const base = { ...baseEnvironment(start), ...python.env };
  const env = await resolveEnvironment(pod, container, base, lookupFor(services, namespace), node);
  const expand = (text: string): string => expandReferences(text, env);
  const command = (container.command ?? []).map(expand);
  const args = (container.args ?? []).map(expand);
  if (runner.kind === "builtin") return runBuiltin(start, runner.program, env, [...command, ...args], mounts);

  const system = [...python.system, ...services.envFiles];
  for (const { mountPath } of mounts) {
    const covered = system.find((path) => isWithin(path, mountPath));
    if (covered !== undefined) {
      throw new SkiffError(
        "Invalid",
        `container "${container.name}": a volume at ${mountPath} would hide ${covered}, which the container needs`,
      );
    }
  }
  const host = sandbox.wrap({
    namespace,
    hostname: pod.metadata.name.slice(0, 63),
    rootDir: join(runDir, "root"),
    system,
    mounts: [...mounts, ...python.mounts],
    env,
    workingDir: container.workingDir === undefined ? undefined : expand(container.workingDir),
    command: commandLineOf(runner, container.image, command, args),
  });
  return startRun({
    runDir,
    logFile: directory.log(container.name, attempt),
    command: host.command,
    env: host.env,
    cwd: host.cwd,
    fileArguments: host.fileArguments,
    uid,
    shape: sandbox.shape,
  });
}

/** Whether the service account's files are wanted; `undefined` in the pod leaves it to the account. */
export function wantsServiceAccount(pod: Pod, account: { automountServiceAccountToken?: boolean } | undefined): boolean {
  return pod.spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true;
}
