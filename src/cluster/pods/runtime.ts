/** The pod runtime: finds out what the machine offers, watches pods, and gives each a worker. */
import { existsSync, mkdirSync, readdirSync, realpathSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { NAMESPACES, PODS, type Pod } from "../../api/index.ts";
import type { Builtin, Loop } from "../../kit/component.ts";
import { createInformer, type Change } from "../../kit/informer.ts";
import type { KubeClient } from "../../kit/kube-client.ts";
import { delay } from "../../lib/backoff.ts";
import { SkiffError } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import { closeForeignDescriptors } from "./descriptors.ts";
import { passThroughEnvironment } from "./environment.ts";
import { readPodLog, type PodLogOptions } from "./logs.ts";
import { createLogLimit, LOG_LIMIT } from "./log-limit.ts";
import { openNamespaceUids } from "./namespace-uids.ts";
import { podDirectory } from "./pod-directory.ts";
import { createPodWorker, type PodWorker } from "./pod-worker.ts";
import { ensureBaseEnvironment, type PythonEnvironment } from "./python/base-environment.ts";
import { copyPipConfiguration, sweepOverlays } from "./python/python-container.ts";
import { removeTree } from "./remove-tree.ts";
import { killOrphan } from "./run.ts";
import { probeSandbox, type SandboxChoice } from "./sandbox.ts";
import { createSlots } from "./slots.ts";
import type { PodTokenRequest, RuntimeServices } from "./services.ts";

export interface PodRuntimeOptions {
  /** Acts as the node: it may read and write every pod. */
  readonly kube: KubeClient;
  readonly dataDir: string;
  readonly log: Log;
  /** Programs of builtin images, by exact image name. */
  readonly builtins: Readonly<Record<string, Builtin>>;
  /** Default "skiff". */
  readonly nodeName?: string;
  readonly issueToken: (request: PodTokenRequest) => Promise<string>;
  /** PEM of the API server's authority, a file of this machine. */
  readonly caFile: string;
  /** Where pods reach the API server; asked when a container starts. */
  readonly apiServer: () => { host: string; port: number };
  /** Variables for all pods. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default "auto": the strongest that works. */
  readonly sandbox?: SandboxChoice;
  /** Pods with processes at the same time; further ones stay Pending. Default 110, as kubelet's. */
  readonly maxPods?: number;
}

export interface PodRuntime {
  readonly loops: readonly Loop[];
  /** Probes the sandbox and begins to prepare Python. Throws ServiceUnavailable when a demanded sandbox does not work. */
  start(): Promise<void>;
  /** Ends all containers; call it while the API still answers. */
  stop(): Promise<void>;
  /** What separates pods here, for the start banner. Known after `start`. */
  readonly isolation: string;
  /** Whether pods are separated from each other at all; false before `start`. */
  readonly isolated: boolean;
  /** The log of a container. Throws BadRequest with Kubernetes' texts. */
  logs(pod: Pod, options: PodLogOptions): ReadableStream<Uint8Array>;
}

/** All pods share the machine's network for now. */
const NODE_IP = "127.0.0.1";
const STOP_DEADLINE_MS = 8000;
const RETRY_MS = 5000;
/** kubelet's default. */
const MAX_PODS = 110;
/** Starting a program keeps a core busy; a few more cover the waiting in between. */
const MAX_STARTS = 4 * availableParallelism();

/** Absolute paths that variables such as PIP_CERT name, where they exist. */
function filesNamedBy(env: Readonly<Record<string, string>>): string[] {
  const words = Object.values(env).flatMap((value) => value.split(" "));
  return [...new Set(words.filter((word) => word.startsWith("/") && word.length > 1 && !word.startsWith("/proc") && existsSync(word)))];
}

/** Creates the runtime; it touches nothing until `start`. */
export function createPodRuntime(options: PodRuntimeOptions): PodRuntime {
  const { kube, log, builtins } = options;
  // Sandboxes hide the folder by its real path.
  const dataDir = existsSync(options.dataDir) ? realpathSync(options.dataDir) : options.dataDir;
  const podsDir = join(dataDir, "pods");
  const pythonDir = join(dataDir, "python");
  const informer = createInformer(kube, PODS, log);
  const workers = new Map<string, PodWorker>();
  let services: RuntimeServices | undefined;
  const preparing = new AbortController();
  let stopping = false;

  const forget = (uid: string): void => {
    workers.get(uid)?.remove();
  };
  const onChange = ({ type, object, ...change }: Change<Pod>): void => {
    const uid = object.metadata.uid;
    if (!services || stopping || uid === undefined) return;
    if (type === "delete") return forget(uid);
    const previous = "previous" in change ? change.previous?.metadata.uid : undefined;
    if (previous !== undefined && previous !== uid) forget(previous);
    const worker = workers.get(uid);
    if (worker) return worker.update(object);
    let created: PodWorker;
    try {
      created = createPodWorker(services, object);
    } catch (error) {
      // A full disk, for one: the namespace's uid could not be written down.
      log.error("a pod could not be taken on, will retry", { pod: object.metadata.name, namespace: object.metadata.namespace, error });
      const again = (): void => {
        const current = informer.get(object.metadata.name, object.metadata.namespace);
        if (current?.metadata.uid === uid && !workers.has(uid)) onChange({ type: "upsert", object: current, previous: object });
      };
      setTimeout(again, RETRY_MS).unref();
      return;
    }
    workers.set(uid, created);
    created.done
      .catch((error: unknown) => log.error("a pod could not be ended", { uid, error }))
      .finally(() => workers.delete(uid))
      .catch(() => undefined);
  };

  /** Processes and files of pods that no longer exist. */
  const sweepOrphans = async ({ sandbox }: RuntimeServices): Promise<void> => {
    const known = new Set(informer.list().map(({ metadata }) => metadata.uid));
    for (const entry of readdirSync(podsDir, { withFileTypes: true })) {
      if (!entry.isDirectory() || known.has(entry.name) || entry.name.startsWith("sandbox-")) continue;
      const path = join(podsDir, entry.name);
      try {
        for (const run of podDirectory(podsDir, entry.name).runs()) await killOrphan(run, sandbox.shape);
        await removeTree(path);
      } catch (error) {
        log.warn("the files of a pod could not be removed", { path, error });
        continue;
      }
      log.info("removed what was left of a pod that no longer exists", { uid: entry.name });
    }
  };

  const follow: Loop = {
    name: "pods",
    run: async (signal) => {
      await Promise.race([
        informer.synced,
        new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true })),
      ]);
      if (signal.aborted) return;
      if (services) await sweepOrphans(services);
      const sweep = kube.list(NAMESPACES).then(({ items }) => sweepOverlays(pythonDir, items));
      await sweep.catch((error: unknown) => log.warn("packages of deleted namespaces could not be removed", { error }));
      informer.subscribe(onChange);
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
        if (signal.aborted) resolve();
      });
    },
  };

  return {
    loops: [informer, follow],
    get isolation() {
      return services?.sandbox.description ?? "not probed yet";
    },
    get isolated() {
      return services !== undefined && services.sandbox.level !== "process";
    },
    start: async () => {
      closeForeignDescriptors();
      mkdirSync(podsDir, { recursive: true, mode: 0o700 });
      mkdirSync(pythonDir, { recursive: true, mode: 0o755 });
      const uids = openNamespaceUids(join(podsDir, "namespace-uids.json"));
      const sandbox = await probeSandbox({
        wanted: options.sandbox ?? "auto",
        dataDir: podsDir,
        uids,
        onRefused: (level, error) => log.warn("a sandbox level does not work on this machine", { level, error }),
      });
      const machine = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
      const env = { ...passThroughEnvironment(machine), ...options.env };
      const pipConfiguration = await copyPipConfiguration(pythonDir, machine["HOME"], env);
      if (pipConfiguration !== undefined) env["PIP_CONFIG_FILE"] = pipConfiguration;
      let ready: PythonEnvironment | undefined;
      const python = ensureBaseEnvironment(pythonDir, machine, preparing.signal);
      python.then(
        (environment) => (ready = environment),
        (error: unknown) => {
          if (!preparing.signal.aborted) log.warn("pods with Python images cannot run on this machine", { error });
        },
      );
      services = {
        kube,
        log,
        builtins,
        node: { name: options.nodeName ?? "skiff", ip: NODE_IP },
        podsDir,
        pythonDir,
        caFile: options.caFile,
        apiServer: options.apiServer,
        issueToken: options.issueToken,
        env,
        envFiles: filesNamedBy(env),
        sandbox,
        logLimit: createLogLimit({ ...LOG_LIMIT, log }),
        podSlots: createSlots(options.maxPods ?? MAX_PODS),
        startSlots: createSlots(MAX_STARTS),
        python,
        pythonReady: () => ready,
      };
    },
    stop: async () => {
      stopping = true;
      preparing.abort();
      const all = Promise.all([...workers.values()].map((worker) => worker.disrupt()));
      const deadline = new AbortController();
      await Promise.race([all, delay(STOP_DEADLINE_MS, deadline.signal)]);
      deadline.abort();
      await services?.python.catch(() => undefined);
    },
    logs: (pod, logOptions) => {
      if (!services) throw new SkiffError("ServiceUnavailable", "the pod runtime has not started yet");
      const { name, namespace } = pod.metadata;
      return readPodLog(podsDir, pod, logOptions, () => informer.get(name, namespace));
    },
  };
}
