/** A run that follows its event stream: the whole run arrives at once and again with every change. */
import { useEffect, useState } from "react";
import type { Run } from "../../../src/api/pipelines.ts";
import { ApiError, pipelinesUrl, send } from "./request.ts";
import { isFinal } from "./run-state.ts";

export interface LiveRun {
  readonly run: Run | undefined;
  /** Why the run cannot be shown. */
  readonly error: Error | undefined;
  /** True while the stream is broken and a new one is being opened. */
  readonly reconnecting: boolean;
}

const RETRY_MS = 2_000;
const UNKNOWN: LiveRun = { run: undefined, error: undefined, reconnecting: false };

/** Follows a run until it has ended; pauses while the page is hidden, because browsers allow few streams per host. */
export function useRun(runId: string): LiveRun {
  const [state, setState] = useState<{ id: string; live: LiveRun }>({ id: runId, live: UNKNOWN });

  useEffect(() => {
    const update = (change: (live: LiveRun) => LiveRun): void =>
      setState((previous) => ({ id: runId, live: change(previous.id === runId ? previous.live : UNKNOWN) }));
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;

    const close = (): void => {
      source?.close();
      source = undefined;
      clearTimeout(timer);
    };
    /** An event stream hides the status of a refusal: ask for the run itself. */
    const explain = async (): Promise<void> => {
      try {
        const response = await send(pipelinesUrl(["runs", runId]));
        const run = (await response.json()) as Run;
        if (ended) return;
        update(() => ({ run, error: undefined, reconnecting: !isFinal(run.state) }));
        if (!isFinal(run.state)) timer = setTimeout(open, RETRY_MS);
      } catch (error) {
        if (ended) return;
        if (error instanceof ApiError && error.status < 500) {
          update((live) => ({ ...live, error, reconnecting: false }));
        } else {
          update((live) => ({ ...live, reconnecting: true, error: live.run ? undefined : new Error("The server cannot be reached.") }));
          timer = setTimeout(open, RETRY_MS);
        }
      }
    };
    const open = (): void => {
      close();
      if (ended || document.hidden) return;
      const stream = new EventSource(pipelinesUrl(["runs", runId, "events"]));
      source = stream;
      stream.addEventListener("run", ({ data }: MessageEvent<string>) => {
        update(() => ({ run: JSON.parse(data) as Run, error: undefined, reconnecting: false }));
      });
      stream.addEventListener("end", () => {
        ended = true;
        close();
      });
      stream.addEventListener("error", () => {
        if (ended || source !== stream) return;
        close();
        void explain();
      });
    };
    const onVisibility = (): void => (document.hidden ? close() : open());

    document.addEventListener("visibilitychange", onVisibility);
    open();
    return () => {
      ended = true;
      close();
      document.removeEventListener("visibilitychange", onVisibility);
    };
  }, [runId]);

  return state.id === runId ? state.live : UNKNOWN;
}
