/** A task's log as it grows, bounded in memory. */
import { useEffect, useState } from "react";
import { createLineBuffer } from "./line-buffer.ts";
import { pipelinesUrl, send } from "./request.ts";

export interface LiveLog {
  readonly lines: readonly string[];
  /** Lines that were left out at the top to stay within the bound. */
  readonly dropped: number;
  readonly phase: "loading" | "following" | "ended" | "failed";
  readonly error: string | undefined;
}

const FLUSH_MS = 100;
const EMPTY: LiveLog = { lines: [], dropped: 0, phase: "loading", error: undefined };

export function logUrl(runId: string, taskId: string, follow: boolean): string {
  return pipelinesUrl(["runs", runId, "tasks", taskId, "log"], { follow: String(follow) });
}

/** Streams the log of a task; with `follow` until the task ends. `attempt` starts over. */
export function useLog(runId: string, taskId: string, follow: boolean, attempt: number): LiveLog {
  const [log, setLog] = useState<LiveLog>(EMPTY);

  useEffect(() => {
    const abort = new AbortController();
    const buffer = createLineBuffer();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = (phase: LiveLog["phase"], error?: string): void => {
      clearTimeout(timer);
      timer = undefined;
      if (!abort.signal.aborted) setLog({ ...buffer.read(), phase, error });
    };
    const read = async (): Promise<void> => {
      try {
        const response = await send(logUrl(runId, taskId, follow), { signal: abort.signal });
        const decoder = new TextDecoder();
        const reader = response.body?.getReader();
        show("following");
        for (;;) {
          const chunk = await reader?.read();
          if (!chunk || chunk.done) break;
          buffer.push(decoder.decode(chunk.value, { stream: true }));
          timer ??= setTimeout(() => show("following"), FLUSH_MS);
        }
        show("ended");
      } catch (error) {
        show("failed", error instanceof Error ? error.message : String(error));
      }
    };
    setLog(EMPTY);
    void read();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [runId, taskId, follow, attempt]);

  return log;
}
