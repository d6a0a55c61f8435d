/** Reading a container's log, with the texts that the API server and kubelet answer. */
import { open, type FileHandle } from "node:fs/promises";
import { existsSync } from "node:fs";
import type { ContainerStatus, Pod } from "../../api/index.ts";
import { delay } from "../../lib/backoff.ts";
import { SkiffError } from "../../lib/errors.ts";
import { logStart } from "./log-limit.ts";
import { podDirectory } from "./pod-directory.ts";

export interface PodLogOptions {
  readonly container?: string | undefined;
  readonly follow?: boolean | undefined;
  readonly tailLines?: number | undefined;
  readonly signal: AbortSignal;
}

const CHUNK = 64 * 1024;
const POLL_MS = 50;
const DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";

/** The container a request means. Throws BadRequest with the API server's texts. */
export function logContainerOf(pod: Pod, wanted: string | undefined): string {
  const { name, annotations } = pod.metadata;
  const mains = pod.spec.containers.map((container) => container.name);
  const inits = (pod.spec.initContainers ?? []).map((container) => container.name);
  if (wanted !== undefined && wanted !== "") {
    if (mains.includes(wanted) || inits.includes(wanted)) return wanted;
    throw new SkiffError("BadRequest", `container ${wanted} is not valid for pod ${name}`);
  }
  const preferred = annotations?.[DEFAULT_CONTAINER];
  if (preferred !== undefined && mains.includes(preferred)) return preferred;
  const [only] = mains;
  if (only !== undefined && mains.length === 1) return only;
  const orInits = inits.length > 0 ? ` or one of the init containers: [${inits.join(" ")}]` : "";
  throw new SkiffError("BadRequest", `a container name must be specified for pod ${name}, choose one of: [${mains.join(" ")}]${orInits}`);
}

/** Position at which the last `lines` lines begin, not before `floor`. */
async function findTail(file: FileHandle, floor: number, size: number, lines: number): Promise<number> {
  if (lines <= 0) return size;
  const buffer = Buffer.alloc(CHUNK);
  let found = 0;
  for (let end = size; end > floor;) {
    const start = Math.max(floor, end - CHUNK);
    const { bytesRead } = await file.read(buffer, 0, end - start, start);
    for (let i = bytesRead - 1; i >= 0; i--) {
      // The newline at the very end closes the last line, it does not begin one.
      if (buffer[i] !== 0x0a || start + i === size - 1) continue;
      found++;
      if (found === lines) return start + i + 1;
    }
    end = start;
  }
  return floor;
}

/** Reads `path` from the tail on; with `follow` until `isDone` and the end of the file. */
export function streamLog(path: string, options: Omit<PodLogOptions, "container">, isDone: () => boolean): ReadableStream<Uint8Array> {
  const { follow = false, tailLines, signal } = options;
  let file: FileHandle | undefined;
  let position = 0;
  // Without `follow`, what is written while we read is not ours: a program may write faster than that.
  let limit = Number.POSITIVE_INFINITY;
  const close = async (): Promise<void> => {
    const handle = file;
    file = undefined;
    await handle?.close();
  };
  return new ReadableStream<Uint8Array>(
    {
      start: async () => {
        file = await open(path, "r");
        const { size } = await file.stat();
        if (!follow) limit = size;
        if (tailLines !== undefined) position = await findTail(file, logStart(path), size, tailLines);
      },
      pull: async (controller) => {
        for (;;) {
          if (signal.aborted || !file) break;
          // Asked before the read, so that nothing written before the end is missed.
          const done = !follow || isDone();
          position = Math.max(position, logStart(path));
          const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK), 0, Math.max(0, Math.min(CHUNK, limit - position)), position);
          if (bytesRead > 0) {
            position += bytesRead;
            controller.enqueue(new Uint8Array(buffer.subarray(0, bytesRead)));
            return;
          }
          if (done) break;
          // Emptied: by the program, or by Skiff where a log cannot be cut.
          if ((await file.stat()).size < position) position = 0;
          await delay(POLL_MS, signal);
        }
        await close();
        controller.close();
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  );
}

function statusOf(pod: Pod, container: string): ContainerStatus | undefined {
  return [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].find(({ name }) => name === container);
}

/**
 * The log of a pod's container. `latest` reads the newest version of the pod, undefined when it is gone.
 * Throws BadRequest while the container has not started.
 */
export function readPodLog(podsDir: string, pod: Pod, options: PodLogOptions, latest: () => Pod | undefined): ReadableStream<Uint8Array> {
  const container = logContainerOf(pod, options.container);
  const directory = podDirectory(podsDir, pod.metadata.uid ?? "");
  const attempt = directory.lastAttempt(container);
  const path = directory.log(container, attempt);
  if (attempt < 0 || !existsSync(path)) {
    const reason = statusOf(pod, container)?.state.waiting?.reason ?? "ContainerCreating";
    throw new SkiffError("BadRequest", `container "${container}" in pod "${pod.metadata.name}" is waiting to start: ${reason}`);
  }
  const isDone = (): boolean => {
    const current = latest();
    if (!current || current.metadata.uid !== pod.metadata.uid) return true;
    const status = statusOf(current, container);
    return status?.state.terminated !== undefined || (status !== undefined && status.restartCount > attempt);
  };
  return streamLog(path, options, isDone);
}
