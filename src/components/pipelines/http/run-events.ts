/** A run as a stream of server-sent events: `run` with the whole message at once and after each change, `end` at the end. */
import type { Engine } from "../engine/engine.ts";
import { isTerminal } from "../engine/run-state.ts";
import type { RunStore } from "../store/run-store.ts";
import { toRun } from "../store/wire.ts";

export interface RunEventsOptions {
  readonly runs: RunStore;
  readonly engine: Engine;
  /** Idle proxies close a silent connection after a minute. */
  readonly heartbeatMs?: number;
}

export interface Watch {
  readonly runId: string;
  readonly signal: AbortSignal;
  /** Asked again at every heartbeat: a stream may outlive the right to read it. */
  readonly stillAllowed: () => Promise<void>;
}

const HEARTBEAT_MS = 15_000;
// A run of thousands of tasks is a message of megabytes: it is sent less often, so that watching costs the same for all runs.
const BYTES_PER_MS = 2_000;

interface Message {
  readonly text: string;
  readonly last: boolean;
}

/**
 * Creates the opener of streams. A stream ends after a terminal state, when the run is deleted, when the client goes away or
 * may no longer read. What a slow client has not taken yet is replaced by what is newer, never queued.
 */
export function createRunEvents({ runs, engine, heartbeatMs = HEARTBEAT_MS }: RunEventsOptions): (watch: Watch) => Response {
  const encoder = new TextEncoder();
  const reading = new Map<string, Promise<Message>>();

  const read = async (runId: string): Promise<Message> => {
    const row = await runs.find(runId);
    if (!row) return { text: "event: end\ndata: {}\n\n", last: true };
    const last = isTerminal(row.state);
    const text = `event: run\ndata: ${JSON.stringify(toRun(row, await runs.tasks(runId)))}\n\n`;
    return { text: last ? `${text}event: end\ndata: {}\n\n` : text, last };
  };
  /** All who ask in the same turn, as listeners of one change do, share one reading. */
  const readShared = (runId: string): Promise<Message> => {
    const known = reading.get(runId);
    if (known) return known;
    const message = read(runId);
    reading.set(runId, message);
    queueMicrotask(() => reading.delete(runId));
    return message;
  };

  return ({ runId, signal, stillAllowed }) => {
    let stop = (): void => undefined;
    let wanted = (): void => undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const stream = { done: false, busy: false, stale: true, notBefore: 0 };
        let timer: NodeJS.Timeout | undefined;
        const finish = (): void => {
          if (stream.done) return;
          stream.done = true;
          clearInterval(heartbeat);
          clearTimeout(timer);
          unsubscribe();
          signal.removeEventListener("abort", finish);
          try {
            controller.close();
          } catch {
            // The reader has cancelled: the stream is closed already.
          }
        };
        const flush = async (): Promise<void> => {
          while (stream.stale && !stream.busy && !stream.done && (controller.desiredSize ?? 0) > 0) {
            const early = stream.notBefore - Date.now();
            if (early > 0) {
              timer ??= setTimeout(() => {
                timer = undefined;
                void flush();
              }, early);
              return;
            }
            stream.busy = true;
            stream.stale = false;
            try {
              const { text, last } = await readShared(runId);
              stream.notBefore = Date.now() + text.length / BYTES_PER_MS;
              if (!stream.done) controller.enqueue(encoder.encode(text));
              if (last) finish();
            } catch {
              finish();
            } finally {
              stream.busy = false;
            }
          }
        };
        const change = (): void => {
          stream.stale = true;
          void flush();
        };
        const beat = async (): Promise<void> => {
          try {
            await stillAllowed();
            if (!stream.done && (controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(": alive\n\n"));
          } catch {
            finish();
          }
        };
        const heartbeat = setInterval(() => void beat(), heartbeatMs);
        const unsubscribe = engine.subscribe(runId, change);
        stop = finish;
        wanted = () => void flush();
        signal.addEventListener("abort", finish, { once: true });
        if (signal.aborted) finish();
        else void flush();
      },
      pull: () => wanted(),
      cancel: () => stop(),
    });
    return new Response(body, {
      headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no" },
    });
  };
}
