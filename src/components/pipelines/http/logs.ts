/** Logs of steps, from the Kubernetes API's pods/log of the step's own container. */
import type { KubeClient } from "../../../kit/index.ts";
import { delay } from "../../../lib/backoff.ts";
import { SkiffError } from "../../../lib/errors.ts";
import { MAIN_CONTAINER } from "../engine/launch.ts";
import { podLogUrl } from "../engine/pod-effects.ts";
import { isTerminal } from "../engine/run-state.ts";
import type { RunStore } from "../store/run-store.ts";
import type { Handler } from "./handler.ts";

export interface LogOptions {
  readonly kube: KubeClient;
  readonly runs: RunStore;
  /** How long a follower waits for a step to start. */
  readonly startWaitMs?: number;
}

const POLL_MS = 200;
const START_WAIT_MS = 10 * 60_000;
const HEADERS = {
  "content-type": "text/plain; charset=utf-8",
  "x-content-type-options": "nosniff",
  "content-security-policy": "sandbox; default-src 'none'",
  "cache-control": "no-store",
};

/** Opens a pod's log; undefined while its container has not started. Throws NotFound when the pod is gone. */
async function openLog(
  kube: KubeClient,
  namespace: string,
  pod: string,
  follow: boolean,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array> | undefined> {
  const url = podLogUrl(namespace, pod, { container: MAIN_CONTAINER, ...(follow ? { follow: "true" } : {}) });
  const response = await kube.fetch(new Request(url, { signal }));
  if (response.ok) return response.body ?? new Blob([]).stream();
  const text = await response.text();
  if (response.status === 400) return undefined;
  if (response.status === 404) throw new SkiffError("NotFound", `pod ${pod} no longer exists, and its log went with it`);
  throw new SkiffError("ServiceUnavailable", `the log of pod ${pod} cannot be read: ${text.slice(0, 300)}`);
}

/** The handler of a task's log. */
export function taskLogHandler({ kube, runs, startWaitMs = START_WAIT_MS }: LogOptions): Handler {
  return async ({ request, url, params, authorize }) => {
    const run = await runs.get(params["run_id"] ?? "");
    await authorize(run.namespace);
    const taskId = params["task_id"] ?? "";
    const find = async () => (await runs.tasks(run.run_id)).find((node) => node.taskId === taskId);
    const first = await find();
    if (!first || first.kind !== "EXECUTOR") throw new SkiffError("NotFound", `task ${taskId} of run ${run.run_id} has no log`);
    const follow = url.searchParams.get("follow") === "true";
    const gone = new AbortController();
    const signal = AbortSignal.any([request.signal, gone.signal]);

    if (!follow) {
      const body = first.podName === undefined ? undefined : await openLog(kube, run.namespace, first.podName, false, signal);
      return new Response(body ?? "", { headers: HEADERS });
    }
    const lines = async function* (): AsyncGenerator<Uint8Array> {
      const until = Date.now() + startWaitMs;
      for (let node: typeof first | undefined = first; node && !signal.aborted && Date.now() < until; node = await find()) {
        const log = node.podName === undefined ? undefined : await openLog(kube, run.namespace, node.podName, true, signal);
        if (log) return yield* log;
        if (isTerminal(node.state)) return;
        await delay(POLL_MS, signal);
      }
    };
    const source = lines();
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          const { value, done } = await source.next();
          if (done === true) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          // The status line has been sent; an aborted client reads no more, another one sees the stream break off.
          if (signal.aborted) controller.close();
          else controller.error(error);
        }
      },
      cancel: () => gone.abort(),
    });
    return new Response(body, { headers: { ...HEADERS, "x-accel-buffering": "no" } });
  };
}

/** The handler of `GET /k8s/pod/logs`, with the texts and codes of upstream's UI server (frontend/server/handlers/pod-logs.ts). */
export function podLogHandler({ kube, runs }: LogOptions): Handler {
  const plain = (status: number, text: string): Response => new Response(text, { status, headers: HEADERS });
  return async ({ request, url, authorize }) => {
    const query = (name: string): string => url.searchParams.get(name) ?? "";
    if (query("podname") === "") return plain(422, "podname argument is required");
    if (query("podnamespace") === "") return plain(422, "podnamespace argument is required");
    try {
      await authorize(query("podnamespace"));
    } catch (error) {
      if (error instanceof SkiffError && error.reason === "Forbidden") return plain(403, "Access denied to namespace");
      throw error;
    }
    // Pods of runs only: this route is no way to the logs of everything else in a namespace.
    if (!(await runs.hasPod(query("podnamespace"), query("podname"), query("runid")))) return plain(404, "pod not found");
    try {
      const body = await openLog(kube, query("podnamespace"), query("podname"), false, request.signal);
      return new Response(body ?? "", { headers: HEADERS });
    } catch (error) {
      if (error instanceof SkiffError && error.reason === "NotFound") return plain(404, "pod not found");
      return plain(500, "Could not get main container logs");
    }
  };
}
