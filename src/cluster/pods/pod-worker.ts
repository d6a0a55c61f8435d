/** One pod from its first sight to its removal. Follows kubelet's pod worker: everything is bound to the uid. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PODS, SERVICE_ACCOUNTS, type Condition, type Pod, type PodStatus } from "../../api/index.ts";
import { backoffDelay, delay } from "../../lib/backoff.ts";
import { isReason, messageOf } from "../../lib/errors.ts";
import { findRunner } from "./catalogue.ts";
import { runContainer, type ContainerLoop } from "./container-loop.ts";
import { lookupFor, wantsServiceAccount } from "./container-start.ts";
import { createContainerStatuses } from "./container-statuses.ts";
import { chownTree } from "./ownership.ts";
import { podDirectory } from "./pod-directory.ts";
import { createPodEvents } from "./pod-events.ts";
import { removeTree } from "./remove-tree.ts";
import { killOrphan } from "./run.ts";
import type { RuntimeServices } from "./services.ts";
import { computeConditions, computePhase, isTerminal } from "./status.ts";
import { createStatusPublisher } from "./status-publisher.ts";
import { renewTokens, writeTokens, type IssueTokenForFile } from "./token-files.ts";
import { listUnsupportedFields } from "./unsupported.ts";
import { prepareVolumes, type TokenFile } from "./volumes.ts";
import { toTime } from "../../lib/time.ts";

export interface PodWorker {
  readonly uid: string;
  /** Takes a newer version of the object. */
  update(pod: Pod): void;
  /** The object is gone from the API. */
  remove(): void;
  /** Skiff stops: ends the containers and reports the pod as disrupted. A pod of which nothing ran yet stays as it is. */
  disrupt(): Promise<void>;
  /** Resolves when nothing of the pod is left. */
  readonly done: Promise<void>;
}

interface MountedVolumes {
  readonly tokens: readonly TokenFile[];
  readonly serviceAccount: boolean;
}

type HaltReason = "deleted" | "deadline" | "disrupted" | "left";

const DISRUPTED = {
  reason: "Terminated",
  message: "Pod was terminated because Skiff was stopped.",
  condition: "TerminationByKubelet",
};
const STOP_GRACE_MS = 2000;
const FIRST_STATUS_MS = 100;
/** setTimeout's longest. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What an earlier Skiff wrote down; undefined when it did not get that far, or the machine stopped before it was on disk. */
function readMounted(file: string): MountedVolumes | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as MountedVolumes;
  } catch {
    return undefined;
  }
}

/** Starts to work on a pod. */
export function createPodWorker(services: RuntimeServices, first: Pod): PodWorker {
  const { kube, log, node, sandbox } = services;
  const { name, namespace = "", uid = "" } = first.metadata;
  const directory = podDirectory(services.podsDir, uid);
  const disruptedMarker = join(directory.path, "_disrupted");
  // Written once the volumes are filled: an adopted pod must not wait for them again.
  const mountedFile = join(directory.path, "_mounted.json");
  const uidOnHost = sandbox.uidOf(namespace);
  const events = createPodEvents(kube, first, node.name, log);
  const initContainers = first.spec.initContainers ?? [];
  const before = first.status ?? {};
  const inits = createContainerStatuses(initContainers, before.initContainerStatuses ?? [], "PodInitializing", true);
  const mains = createContainerStatuses(
    first.spec.containers,
    before.containerStatuses ?? [],
    initContainers.length > 0 ? "PodInitializing" : "ContainerCreating",
    false,
  );
  const startTime = before.startTime ?? toTime();
  const halt = new AbortController();
  const removal = Promise.withResolvers<void>();
  const exits = new Map(
    [...initContainers, ...first.spec.containers].map((container) => [container.name, Promise.withResolvers<number>()]),
  );
  let pod = first;
  let haltReason: HaltReason | undefined;
  let graceMs = 0;
  let gone = false;
  let lost = false;
  let unschedulable: string | undefined;
  let started = false;
  let conditions: readonly Condition[] = before.conditions ?? [];

  const ending = (): { reason: string; message: string } | undefined => {
    if (haltReason === "deadline")
      return { reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline" };
    return haltReason === "disrupted" ? { reason: DISRUPTED.reason, message: DISRUPTED.message } : undefined;
  };
  const currentStatus = (): PodStatus => {
    const end = ending();
    const phase = end ? "Failed" : computePhase(first.spec, inits.list, mains.list);
    const at = toTime();
    const wanted = computeConditions(phase, inits.list, mains.list, conditions, at);
    if (haltReason === "disrupted" || lost) {
      const known = conditions.find(({ type }) => type === "DisruptionTarget");
      const reason = DISRUPTED.condition;
      const message = lost ? "The processes of the pod were lost." : DISRUPTED.message;
      wanted.push(known ?? { type: "DisruptionTarget", status: "True", reason, message, lastTransitionTime: at });
    }
    if (unschedulable !== undefined) {
      const refused = { status: "False", reason: "Unschedulable", message: unschedulable, lastTransitionTime: startTime } as const;
      wanted.splice(0, wanted.length, { type: "PodScheduled", ...refused });
    }
    conditions = wanted;
    return {
      phase,
      ...end,
      conditions: wanted,
      hostIP: node.ip,
      podIP: node.ip,
      startTime,
      ...(initContainers.length > 0 ? { initContainerStatuses: [...inits.list] } : {}),
      containerStatuses: [...mains.list],
    };
  };
  const publisher = createStatusPublisher(kube, first, currentStatus, log);
  const haltFor = (reason: HaltReason, grace: number): void => {
    if (halt.signal.aborted) return;
    haltReason = reason;
    graceMs = grace;
    halt.abort();
  };

  const issue: IssueTokenForFile = ({ audience, expirationSeconds }) =>
    services.issueToken({
      namespace,
      serviceAccount: first.spec.serviceAccountName ?? "default",
      ...(audience === undefined ? {} : { audiences: [audience] }),
      expirationSeconds,
      pod: { name, uid },
    });

  /** Fills the volumes, again and again until it works; undefined when the pod is halted first. */
  const mountVolumes = async (): Promise<MountedVolumes | undefined> => {
    for (let failures = 0; !halt.signal.aborted; failures++) {
      try {
        const account =
          first.spec.automountServiceAccountToken === undefined
            ? await kube.find(SERVICE_ACCOUNTS, first.spec.serviceAccountName ?? "default", namespace)
            : undefined;
        const serviceAccount = wantsServiceAccount(first, account);
        const lookup = lookupFor(services, namespace);
        const tokens = await prepareVolumes({
          pod: first,
          directory,
          lookup,
          caFile: services.caFile,
          uid: uidOnHost,
          node,
          serviceAccount,
        });
        await writeTokens(tokens, issue, uidOnHost);
        const mounted = { tokens, serviceAccount };
        writeFileSync(`${mountedFile}.tmp`, JSON.stringify(mounted), { mode: 0o600 });
        renameSync(`${mountedFile}.tmp`, mountedFile);
        return mounted;
      } catch (error) {
        events.emit("Warning", "FailedMount", messageOf(error));
        await delay(backoffDelay(failures, { initialMs: 500, maxMs: 30_000 }), halt.signal);
      }
    }
    return undefined;
  };

  const announce = (): void => {
    const unsupported = listUnsupportedFields(first);
    if (unsupported.length > 0)
      events.emit("Warning", "UnsupportedFields", `These fields have no effect on this runtime: ${unsupported.join(", ")}`);
    if (sandbox.level === "process") {
      events.emit(
        "Warning",
        "NoIsolation",
        "This machine offers no sandbox: the pod's processes run without isolation, as the user of Skiff",
      );
    }
  };

  /** Volumes written by a builtin belong to Skiff's user until they are handed over. No process of the pod runs now. */
  const handOver = async (): Promise<void> => {
    for (const volume of first.spec.volumes ?? []) if (volume.emptyDir) await chownTree(directory.volume(volume.name), uidOnHost);
  };

  const runContainers = async (serviceAccount: boolean): Promise<void> => {
    const loop: Omit<ContainerLoop, "container" | "init" | "statuses"> = {
      services,
      pod: first,
      directory,
      events,
      serviceAccount,
      halt: { signal: halt.signal, graceMs: () => graceMs },
      containerExit: (container) => exits.get(container)?.promise ?? Promise.reject(new Error(`the pod has no container ${container}`)),
      changed: () => publisher.publish(),
      lost: () => (lost = true),
      began: () => (started = true),
    };
    for (const container of initContainers) {
      const code = await runContainer({ ...loop, container, init: true, statuses: inits });
      exits.get(container.name)?.resolve(code ?? 137);
      if (code !== 0) return;
      if (findRunner(container.image, services.builtins).kind === "builtin") await handOver();
    }
    await Promise.all(
      first.spec.containers.map(async (container) => {
        const code = await runContainer({ ...loop, container, init: false, statuses: mains });
        exits.get(container.name)?.resolve(code ?? 137);
      }),
    );
  };

  /** Waits until the machine takes another pod; undefined when the pod is halted first. Pods without processes need no room. */
  const waitForRoom = async (adopted: boolean): Promise<(() => void) | undefined> => {
    const all = [...initContainers, ...first.spec.containers];
    const hasProcesses = all.some(({ image }) => !["builtin", "refused"].includes(findRunner(image, services.builtins).kind));
    if (!hasProcesses) return () => undefined;
    if (adopted) return services.podSlots.take();
    const free = services.podSlots.tryTake();
    if (free) return free;
    unschedulable = "0/1 nodes are available: 1 Too many pods.";
    events.emit("Warning", "FailedScheduling", unschedulable);
    publisher.publish();
    const release = await services.podSlots.wait(halt.signal);
    unschedulable = undefined;
    return release;
  };

  const runLife = async (): Promise<void> => {
    const isNew = !existsSync(directory.path);
    mkdirSync(directory.path, { recursive: true, mode: 0o700 });
    // A stop that was cut short after it had begun: its verdict stands.
    if (existsSync(disruptedMarker)) haltFor("disrupted", STOP_GRACE_MS);
    if (isNew) announce();
    // Most containers start sooner, and "running" is then the first status: one write less before the program begins.
    const early = setTimeout(() => publisher.publish(), FIRST_STATUS_MS);
    const { activeDeadlineSeconds } = first.spec;
    const left = activeDeadlineSeconds === undefined ? undefined : Date.parse(startTime) + activeDeadlineSeconds * 1000 - Date.now();
    const expire = (): void => {
      events.emit("Normal", "DeadlineExceeded", "Pod was active on the node longer than the specified deadline");
      haltFor("deadline", (first.spec.terminationGracePeriodSeconds ?? 30) * 1000);
    };
    let deadline: NodeJS.Timeout | undefined;
    const arm = (ms: number): void => {
      deadline = setTimeout(() => (ms > MAX_TIMER_MS ? arm(ms - MAX_TIMER_MS) : expire()), Math.min(Math.max(0, ms), MAX_TIMER_MS));
    };
    if (left !== undefined) arm(left);
    const renewing = new AbortController();
    let release: (() => void) | undefined;
    try {
      const adopted = readMounted(mountedFile);
      release = await waitForRoom(adopted !== undefined);
      const volumes = adopted ?? (await mountVolumes()) ?? { tokens: [], serviceAccount: false };
      const renewal = renewTokens(volumes.tokens, issue, uidOnHost, { log, now: adopted !== undefined }, renewing.signal);
      await runContainers(volumes.serviceAccount);
      renewing.abort();
      await renewal;
    } finally {
      renewing.abort();
      clearTimeout(deadline);
      clearTimeout(early);
      release?.();
    }
    for (const { resolve } of exits.values()) resolve(137);
    if (haltReason === "left") {
      if (!started) return;
      // A container began in the very moment of the stop.
      writeFileSync(disruptedMarker, "");
      haltReason = "disrupted";
    }
    publisher.publish();
    await publisher.settled();
    // Logs and exit codes stay until the pod is deleted; what the containers wrote beside their volumes does not.
    for (const run of directory.runs()) {
      await killOrphan(run, sandbox.shape);
      await directory.discardRun(run);
    }
  };

  /** What the machine refuses (a full disk, no descriptors) is said and tried again: containers that ran are adopted. */
  const runLifeUntilDone = async (): Promise<void> => {
    for (let failures = 0; ; failures++) {
      try {
        return await runLife();
      } catch (error) {
        log.error("a pod could not be run, will retry", { pod: name, namespace, error });
        events.emit("Warning", "FailedSync", `Error syncing pod: ${messageOf(error)}`);
        await delay(backoffDelay(failures, { initialMs: 1000, maxMs: 30_000 }), halt.signal);
        if (halt.signal.aborted && failures > 2) return;
      }
    }
  };

  const isGone = (): boolean => gone;
  const finalize = async (): Promise<void> => {
    await removal.promise;
    await events.settled();
    for (let failures = 0; !isGone(); failures++) {
      try {
        await kube.delete(PODS, name, { namespace, uid, gracePeriodSeconds: 0 });
        break;
      } catch (error) {
        if (isReason(error, "NotFound", "Conflict")) break;
        log.warn("a pod could not be removed, will retry", { pod: name, namespace, error });
        await delay(backoffDelay(failures, { initialMs: 100, maxMs: 10_000 }));
      }
    }
    await removeTree(directory.path).catch((error: unknown) =>
      log.warn("the files of a pod could not be removed", { pod: name, namespace, path: directory.path, error }),
    );
  };

  const worker: Omit<PodWorker, "done"> = {
    uid,
    update: (newer) => {
      pod = newer;
      if (pod.metadata.deletionTimestamp === undefined) return;
      const grace = pod.metadata.deletionGracePeriodSeconds ?? first.spec.terminationGracePeriodSeconds ?? 30;
      haltFor("deleted", grace * 1000);
      removal.resolve();
    },
    remove: () => {
      gone = true;
      publisher.close();
      haltFor("deleted", 0);
      removal.resolve();
    },
    disrupt: async () => {
      if (!started || haltReason === "deleted") haltFor("left", 0);
      else if (!ended) {
        writeFileSync(disruptedMarker, "");
        haltFor("disrupted", STOP_GRACE_MS);
      }
      await life;
    },
  };
  let ended = isTerminal(before.phase);
  worker.update(first);
  const life = (ended ? Promise.resolve() : runLifeUntilDone()).finally(() => (ended = true));
  const done = life.then(() => (haltReason === "left" ? undefined : finalize()));
  return { ...worker, done };
}
