/** A run as a stream of server-sent events: `run` with the whole message at once and after each change, `end` at the end. */
import type { Engine } from "../engine/engine.ts";
import { isTerminal } from "../engine/run-state.ts";
import type { RunStore } from "../store/run-store.ts";
import { toRun } from "../store/wire.ts";

// Idle proxies close a silent connection after a minute.
const HEARTBEAT_MS = 15_000;

export interface RunEventsOptions {
  readonly runs: RunStore;
  readonly engine: Engine;
  readonly runId: string;
  readonly signal: AbortSignal;
}

/** Opens the stream. It ends after a terminal state, when the run is deleted, or when the client goes away. */
export function runEvents({ runs, engine, runId, signal }: RunEventsOptions): Response {
  const encoder = new TextEncoder();
  let stop = (): void => undefined;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      let busy = false;
      let again = false;
      const stream = { done: false };
      const send = (text: string): void => {
        if (!stream.done) controller.enqueue(encoder.encode(text));
      };
      const heartbeat = setInterval(() => send(": alive\n\n"), HEARTBEAT_MS);
      const unsubscribe = engine.subscribe(runId, () => void push());
      const finish = (): void => {
        if (stream.done) return;
        stream.done = true;
        clearInterval(heartbeat);
        unsubscribe();
        signal.removeEventListener("abort", finish);
        try {
          controller.close();
        } catch {
          // The reader has cancelled: the stream is closed already.
        }
      };
      stop = finish;
      signal.addEventListener("abort", finish, { once: true });
      /** Sends the latest state; changes that arrive meanwhile are one. */
      const push = async (): Promise<void> => {
        again = true;
        if (busy) return;
        busy = true;
        try {
          while (again && !stream.done) {
            again = false;
            const row = await runs.find(runId);
            if (row) send(`event: run\ndata: ${JSON.stringify(toRun(row, await runs.tasks(runId)))}\n\n`);
            if (!row || isTerminal(row.state)) {
              send("event: end\ndata: {}\n\n");
              finish();
            }
          }
        } catch {
          finish();
        } finally {
          busy = false;
        }
      };
      if (signal.aborted) finish();
      else void push();
    },
    cancel: () => stop(),
  });
  return new Response(body, {
    headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no" },
  });
}
