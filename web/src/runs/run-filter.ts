/** Which runs of a list a reader wants to see. */
import type { Run } from "../../../src/api/pipelines.ts";
import { isFinal, STATE_WORDS } from "../api/run-state.ts";
import { pipelineNameOf } from "./pipeline-name.ts";

/** `group` is one of "all", "active", "failed", "succeeded". */
export function isInGroup(run: Run, group: string): boolean {
  if (group === "active") return !isFinal(run.state);
  if (group === "failed") return run.state === "FAILED" || run.state === "CANCELED";
  return group !== "succeeded" || run.state === "SUCCEEDED";
}

/** True when every word typed occurs in the run's name, pipeline or state. */
export function isMatch(run: Run, typed: string): boolean {
  const text = `${run.display_name} ${pipelineNameOf(run) ?? ""} ${STATE_WORDS[run.state] ?? run.state}`.toLowerCase();
  return typed
    .toLowerCase()
    .split(" ")
    .every((word) => text.includes(word));
}
