/** What the states of runs and tasks mean to a reader. */
import type { RuntimeState } from "../../../src/api/pipelines.ts";

export const STATE_WORDS: Readonly<Record<RuntimeState, string>> = {
  PENDING: "Pending",
  RUNNING: "Running",
  SUCCEEDED: "Succeeded",
  SKIPPED: "Skipped",
  FAILED: "Failed",
  CANCELING: "Canceling",
  CANCELED: "Canceled",
  PAUSED: "Paused",
};

const FINAL: ReadonlySet<RuntimeState> = new Set(["SUCCEEDED", "SKIPPED", "FAILED", "CANCELED"]);

/** True when the state will not change any more. */
export function isFinal(state: RuntimeState): boolean {
  return FINAL.has(state);
}
