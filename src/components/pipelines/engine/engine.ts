/**
 * The durable pipeline engine. Each run is a key of one controller: observe its pods, let the scheduler decide, commit to SQL,
 * then act on the cluster. Everything after the commit may be lost and is done again from what is stored.
 */
import { PODS, type Pod } from "../../../api/index.ts";
import { createController, createInformer, type BlobStore, type KubeClient, type Loop, type ReconcileResult } from "../../../kit/index.ts";
import { isReason, messageOf } from "../../../lib/errors.ts";
import type { Log } from "../../../lib/log.ts";
import { artifactKey } from "../steps/layout.ts";
import type { RunStore } from "../store/run-store.ts";
import type { ArtifactRow } from "../store/schema.ts";
import { advance, failed, withState } from "./advance.ts";
import { cacheKeyOf } from "./cache.ts";
import { createKeyedLock } from "./keyed-lock.ts";
import { RUN_LABEL } from "./launch.ts";
import { loadOpenRun, runStateOf, type OpenRun } from "./open-run.ts";
import { createPodEffects, isPodOf } from "./pod-effects.ts";
import { podOutcome } from "./pod-outcome.ts";
import { isTerminal, type RunState, type TaskNode } from "./run-state.ts";
import { cancelled, settle, type Observation } from "./settle.ts";
import { importedArtifacts, readStepResult } from "./step-result.ts";
import { toPathSegment } from "./task-ids.ts";

export interface EngineOptions {
  readonly kube: KubeClient;
  readonly runs: RunStore;
  readonly blobs: BlobStore;
  readonly log: Log;
  readonly now: () => Date;
}

export interface Engine {
  readonly loops: readonly Loop[];
  /** Takes up every unfinished run of the store. */
  start(): Promise<void>;
  /** Starts a run that has been stored. */
  submit(runId: string): void;
  /** Moves a run to CANCELING at once; a run that has ended stays as it is. */
  terminate(runId: string): Promise<void>;
  /** Deletes a run with its pods, artifacts and records. */
  remove(runId: string): Promise<void>;
  /** Calls `listener` after each change of a run; returns how to stop. */
  subscribe(runId: string, listener: () => void): () => void;
}

const isLiveExecutor = (node: TaskNode): boolean =>
  node.kind === "EXECUTOR" && node.entered && !isTerminal(node.state) && node.podName !== undefined;
// How soon to look again where no event of a pod will wake us: a quota that frees up, a deletion that takes its time.
const RECHECK_MS = 2000;
const PODS_AT_ONCE = 16;

/** Creates the engine; it is idle until its loops run. */
export function createEngine({ kube, runs, blobs, log, now: clock }: EngineOptions): Engine {
  const open = new Map<string, OpenRun>();
  const listeners = new Map<string, Set<() => void>>();
  const lock = createKeyedLock();
  const pods = createPodEffects(kube);
  const informer = createInformer(kube, PODS, log, { labelSelector: RUN_LABEL });
  const now = (): string => clock().toISOString();

  const notify = (runId: string): void => {
    for (const listener of listeners.get(runId) ?? []) listener();
  };
  const load = async (runId: string): Promise<OpenRun> => {
    const known = open.get(runId);
    if (known) return known;
    const run = await loadOpenRun(runs, runId);
    open.set(runId, run);
    return run;
  };

  /** Commits a tick and only then makes it the memory's truth. */
  const commit = async (
    run: OpenRun,
    changes: ReadonlyMap<string, TaskNode>,
    artifacts: readonly ArtifactRow[],
    next?: { state: OpenRun["state"]; message?: string },
  ): Promise<void> => {
    const at = now();
    const rows = new Map(changes);
    for (const id of run.unsaved) {
      const node = run.tasks.get(id);
      if (node && !rows.has(id)) rows.set(id, node);
    }
    const moved = next !== undefined && next.state !== run.state;
    const error = next?.message === undefined ? undefined : { code: 13, message: next.message };
    const history = moved ? [...run.history, { update_time: at, state: next.state, ...(error ? { error } : {}) }] : run.history;
    await runs.commit(
      run.info.runId,
      [...rows.values()],
      artifacts,
      moved ? { state: next.state, history, error, finishedAt: isTerminal(next.state) ? at : "" } : undefined,
    );
    run.unsaved.clear();
    for (const [id, node] of changes) run.tasks.set(id, node);
    run.history = history;
    if (moved) {
      run.state = next.state;
      log.info("run changed state", { runId: run.info.runId, namespace: run.info.namespace, state: next.state });
    }
    if (isTerminal(run.state)) open.delete(run.info.runId);
    if (moved || changes.size > 0) notify(run.info.runId);
  };

  const observe = async (
    run: OpenRun,
    node: TaskNode,
    artifacts: ArtifactRow[],
    at: string,
  ): Promise<Observation | { type: "later"; ms: number } | undefined> => {
    const { namespace } = run.info;
    const name = node.podName ?? "";
    const pod = informer.get(name, namespace);
    if (!pod || !isPodOf(pod, runStateOf(run), node)) {
      if (node.podUid === undefined) return undefined;
      // The informer may be behind the pod's creation. Only the API server's word is enough to run a step again.
      const live = await kube.find(PODS, name, namespace);
      if (live?.metadata.uid === node.podUid) return { type: "later", ms: RECHECK_MS };
      return { type: "lost", reason: "The pod was deleted before the step ended." };
    }
    if (node.podUid === undefined) {
      run.tasks.set(node.taskId, { ...node, podUid: pod.metadata.uid });
      run.unsaved.add(node.taskId);
    }
    const outcome = podOutcome(pod);
    if (outcome.type !== "stuck") run.stuckSince.delete(name);
    switch (outcome.type) {
      case "waiting":
        return undefined;
      case "running":
        return node.state === "RUNNING" ? undefined : { type: "started" };
      case "lost":
        return outcome;
      case "stuck": {
        const since = run.stuckSince.get(name) ?? clock().getTime();
        run.stuckSince.set(name, since);
        const left = since + outcome.graceMs - clock().getTime();
        return left > 0 ? { type: "later", ms: left } : { type: "failed", message: outcome.message };
      }
      case "failed": {
        const lines = outcome.hasLog ? await pods.lastLines(namespace, name) : "";
        return { type: "failed", message: lines === "" ? outcome.message : `${outcome.message}; its last lines: ${lines}` };
      }
      case "ended": {
        const result = await readStepResult(blobs, run.info, node, at);
        artifacts.push(...result.artifacts);
        return result.observation;
      }
    }
  };

  /** Gives ready tasks their cache key, and the outputs of an earlier execution where there is one. */
  const reuse = async (run: RunState, ready: readonly TaskNode[], at: string): Promise<TaskNode[]> => {
    const changed: TaskNode[] = [];
    for (const node of ready) {
      const cacheKey = cacheKeyOf(run, node);
      if (cacheKey === undefined) continue;
      const earlier = await runs.findCached(run.info.namespace, cacheKey);
      const reason = "An earlier execution with the same inputs was reused.";
      if (earlier)
        changed.push(withState(node, "SKIPPED", at, { cacheKey, cached: true, outputs: earlier.outputs, podName: undefined, reason }));
      else changed.push({ ...node, cacheKey });
    }
    return changed;
  };

  const launch = async (run: OpenRun, node: TaskNode): Promise<string | undefined> => {
    try {
      const pod = await pods.ensure(runStateOf(run), node);
      run.tasks.set(node.taskId, { ...node, podUid: pod.metadata.uid });
      run.unsaved.add(node.taskId);
      return undefined;
    } catch (error) {
      // A quota frees up when other pods end; everything else the API server refuses will be refused again.
      if (isReason(error, "Forbidden") && error.message.includes("exceeded quota")) return undefined;
      if (isReason(error, "Invalid", "BadRequest", "Forbidden", "NotFound")) return `the pod could not be created: ${error.message}`;
      throw error;
    }
  };

  const cancel = async (run: OpenRun): Promise<ReconcileResult | void> => {
    const live = [...run.tasks.values()].filter(isLiveExecutor);
    for (const node of live) await pods.remove(run.info.namespace, node.podName ?? "");
    const lingering = live.some((node) => {
      const pod = informer.get(node.podName ?? "", run.info.namespace);
      return pod !== undefined && !["ended", "failed", "lost"].includes(podOutcome(pod).type);
    });
    if (lingering) return { requeueAfterMs: 200 };
    const changes = new Map(cancelled(runStateOf(run), now()).map((node) => [node.taskId, node]));
    // Upstream's terminated runs end FAILED too, and unchanged SDKs wait for ever on CANCELED.
    return commit(run, changes, [], { state: "FAILED", message: "The run was terminated." });
  };

  const tick = async (runId: string): Promise<ReconcileResult | void> => {
    const run = await load(runId);
    if (isTerminal(run.state)) return void open.delete(runId);
    if (run.state === "CANCELING") return cancel(run);
    const at = now();
    const changes = new Map<string, TaskNode>();
    const artifacts: ArtifactRow[] = [];
    const finished: string[] = [];
    let requeueAfterMs: number | undefined;
    const again = (ms: number): void => void (requeueAfterMs = Math.min(requeueAfterMs ?? ms, ms));

    for (const node of [...run.tasks.values()].filter(isLiveExecutor)) {
      const observation = await observe(run, node, artifacts, at);
      if (observation === undefined) continue;
      if (observation.type === "later") {
        again(observation.ms);
        continue;
      }
      const current = run.tasks.get(node.taskId) ?? node;
      const next = settle(runStateOf(run), current, observation, at);
      if (next !== current) changes.set(node.taskId, next);
      if (observation.type === "failed" && run.stuckSince.delete(node.podName ?? "")) finished.push(node.podName ?? "");
    }
    const tasks = new Map(run.tasks);
    for (const [id, node] of changes) tasks.set(id, node);
    let step = advance({ ...runStateOf(run), tasks }, at);
    for (;;) {
      for (const node of step.changes) {
        changes.set(node.taskId, node);
        tasks.set(node.taskId, node);
        if (node.kind === "IMPORTER" && node.state === "SUCCEEDED") artifacts.push(...importedArtifacts(run.info, node, at));
      }
      const found = await reuse({ ...runStateOf(run), tasks }, step.launches, at);
      for (const node of found) {
        changes.set(node.taskId, node);
        tasks.set(node.taskId, node);
      }
      // Tasks that need no pod any more may open the way for others at once.
      if (!found.some(({ cached }) => cached)) break;
      step = advance({ ...runStateOf(run), tasks }, at);
    }
    await commit(run, changes, artifacts, { state: step.state, ...(step.error ? { message: step.error.message } : {}) });
    for (const name of finished) await pods.remove(run.info.namespace, name);
    if (isTerminal(run.state)) return undefined;

    const due: TaskNode[] = [];
    for (const node of run.tasks.values()) {
      if (!isLiveExecutor(node) || node.state !== "PENDING" || node.podUid !== undefined) continue;
      const waited = clock().getTime() - Date.parse(node.history.at(-1)?.update_time ?? at);
      if (node.delayMs > waited) again(node.delayMs - waited);
      else due.push(node);
    }
    const refused = new Map<string, TaskNode>();
    for (let start = 0; start < due.length; start += PODS_AT_ONCE) {
      const part = due.slice(start, start + PODS_AT_ONCE);
      const messages = await Promise.all(part.map((node) => launch(run, node)));
      for (const [index, node] of part.entries()) {
        const message = messages[index];
        if (message !== undefined) refused.set(node.taskId, failed(node, message, now()));
        else if (run.tasks.get(node.taskId)?.podUid === undefined) again(RECHECK_MS);
      }
    }
    if (refused.size > 0) {
      await commit(run, refused, []);
      again(1);
    }
    return requeueAfterMs === undefined ? undefined : { requeueAfterMs: Math.max(1, requeueAfterMs) };
  };

  const controller = createController({
    name: "pipeline runs",
    log,
    reconcile: (runId) =>
      lock(runId, async () => {
        try {
          return await tick(runId);
        } catch (error) {
          // What is in memory may be ahead of what is stored: begin again from the store.
          open.delete(runId);
          if (isReason(error, "NotFound") && (await runs.find(runId)) === undefined) return undefined;
          throw error;
        }
      }),
  });

  const wake = (pod: Pod): void => {
    const runId = pod.metadata.labels?.[RUN_LABEL] ?? "";
    const run = open.get(runId);
    if (!run || pod.metadata.namespace !== run.info.namespace) return;
    controller.enqueue(runId);
  };
  informer.subscribe(({ object }) => wake(object));

  return {
    loops: [
      informer,
      {
        name: controller.name,
        run: async (signal) => {
          // Without the first complete list every pod would look deleted.
          const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
          await Promise.race([informer.synced, stopped]);
          if (!signal.aborted) await controller.run(signal);
        },
      },
    ],
    start: async () => {
      for (const runId of await runs.openRuns()) controller.enqueue(runId);
    },
    submit: (runId) => controller.enqueue(runId),
    terminate: async (runId) => {
      await lock(runId, async () => {
        const row = await runs.get(runId);
        if (isTerminal(row.state) || row.state === "CANCELING") return;
        await commit(await load(runId), new Map(), [], { state: "CANCELING" });
      });
      controller.enqueue(runId);
    },
    remove: async (runId) => {
      await lock(runId, async () => {
        const row = await runs.find(runId);
        if (!row) return;
        const run = await loadOpenRun(runs, runId);
        for (const { podName } of run.tasks.values()) if (podName !== undefined) await pods.remove(row.namespace, podName);
        open.delete(runId);
        const reused = await runs.isReused(runId);
        await runs.delete(runId, reused);
        try {
          if (!reused) await blobs.delete(artifactKey(row.namespace, `${toPathSegment(run.spec.pipelineInfo.name)}/${runId}`));
          await blobs.delete(`${row.namespace}/v2/results/${runId}`);
        } catch (error) {
          log.warn("artifacts of a deleted run are left over", { runId, error: messageOf(error) });
        }
        notify(runId);
      });
    },
    subscribe: (runId, listener) => {
      const set = listeners.get(runId) ?? new Set();
      set.add(listener);
      listeners.set(runId, set);
      return () => {
        set.delete(listener);
        if (set.size === 0) listeners.delete(runId);
      };
    },
  };
}
