/** The engine's effects on the cluster. All of them may be repeated. */
import { PODS, type Pod } from "../../../api/index.ts";
import { IN_PROCESS_ORIGIN, type KubeClient } from "../../../kit/index.ts";
import { isReason, SkiffError } from "../../../lib/errors.ts";
import { MAIN_CONTAINER, podOf, RUN_LABEL } from "./launch.ts";
import type { RunState, TaskNode } from "./run-state.ts";

export interface PodEffects {
  /** Creates the pod of a task's current attempt, or finds it. Throws Conflict when another object has its name. */
  ensure(run: RunState, node: TaskNode): Promise<Pod>;
  /** Deletes a pod; it may be gone already. */
  remove(namespace: string, name: string): Promise<void>;
  /** The last lines of a step's log, or "" when there are none to be had. */
  lastLines(namespace: string, name: string): Promise<string>;
}

/** True when a pod is the one of this task's current attempt. */
export function isPodOf(pod: Pod, run: RunState, node: TaskNode): boolean {
  return pod.metadata.labels?.[RUN_LABEL] === run.info.runId && (node.podUid === undefined || pod.metadata.uid === node.podUid);
}

/** Path of a pod's log in the Kubernetes API. */
export function podLogUrl(namespace: string, name: string, query: Readonly<Record<string, string>>): URL {
  const url = new URL(`/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/log`, IN_PROCESS_ORIGIN);
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  return url;
}

const MAX_HINT = 600;
const HINT_LINES = 4;

/** The last lines of a log that say something: Python underlines the place of an error with lines of only ^ and ~. */
export function toHint(log: string): string {
  const lines = log.split("\n").filter((line) => line.trim() !== "" && !/^[\s^~]*$/.test(line));
  return lines.slice(-HINT_LINES).join("\n").trim().slice(-MAX_HINT);
}

/** Creates the effects on `kube`. */
export function createPodEffects(kube: KubeClient): PodEffects {
  return {
    ensure: async (run, node) => {
      const pod = podOf(run, node);
      try {
        return await kube.create(PODS, pod);
      } catch (error) {
        if (!isReason(error, "AlreadyExists")) throw error;
        const existing = await kube.get(PODS, pod.metadata.name, pod.metadata.namespace);
        if (isPodOf(existing, run, node)) return existing;
        throw new SkiffError("Invalid", `a pod named ${pod.metadata.name} exists already and is not of this run`);
      }
    },
    remove: async (namespace, name) => {
      try {
        await kube.delete(PODS, name, { namespace });
      } catch (error) {
        if (!isReason(error, "NotFound")) throw error;
      }
    },
    lastLines: async (namespace, name) => {
      try {
        const response = await kube.fetch(new Request(podLogUrl(namespace, name, { container: MAIN_CONTAINER, tailLines: "8" })));
        const text = await response.text();
        return response.ok ? toHint(text) : "";
      } catch {
        // The hint is a courtesy; without it the exit code stands alone.
        return "";
      }
    },
  };
}
