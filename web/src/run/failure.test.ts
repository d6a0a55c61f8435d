import { describe, expect, it } from "vitest";
import type { Run, TaskDetail } from "../../../src/api/pipelines.ts";
import { isInGroup, isMatch } from "../runs/run-filter.ts";
import { findFailure, wasTerminated } from "./failure.ts";
import { sampleTask } from "./sample-task.ts";

const runOf = (tasks: TaskDetail[], extra: Partial<Run> = {}): Run => ({
  experiment_id: "e",
  run_id: "run",
  display_name: "Nightly training",
  storage_state: "AVAILABLE",
  created_at: "2026-01-01T00:00:00Z",
  finished_at: "2026-01-01T00:01:00Z",
  state: "FAILED",
  namespace: "ann",
  state_history: [],
  pipeline_spec: { pipeline_spec: { pipelineInfo: { name: "iris" } }, platform_spec: {} },
  run_details: { task_details: tasks },
  ...extra,
});

describe("the reason of a failure", () => {
  it("is the first executor that failed, in its own words", () => {
    const run = runOf([
      sampleTask("root", { type: "ROOT", state: "FAILED" }),
      sampleTask("dag", { type: "DAG", state: "FAILED" }),
      sampleTask("late", { state: "FAILED", end_time: "2026-01-01T00:00:30Z", reason: "late" }),
      sampleTask("early", { state: "FAILED", end_time: "2026-01-01T00:00:10Z", error: { code: 2, message: "exit code 1" } }),
    ]);
    expect(findFailure(run)).toMatchObject({ task: { task_name: "early" }, reason: "exit code 1", others: 1 });
  });

  it("falls back to the run's own error, and is absent when nothing failed", () => {
    expect(findFailure(runOf([], { error: { code: 13, message: "no such image" } }))).toEqual({
      task: undefined,
      reason: "no such image",
      headline: "no such image",
      others: 0,
    });
    expect(findFailure(runOf([], { state: "SUCCEEDED" }))).toBeUndefined();
  });

  it("is not called a failure when somebody stopped the run", () => {
    expect(wasTerminated(runOf([], { state_history: [{ update_time: "x", state: "CANCELING" }] }))).toBe(true);
    expect(wasTerminated(runOf([]))).toBe(false);
  });
});

describe("the filter of runs", () => {
  it("looks at name, pipeline and state, word by word", () => {
    for (const typed of ["", "night", "IRIS", "failed training"]) expect([typed, isMatch(runOf([]), typed)]).toEqual([typed, true]);
    expect(isMatch(runOf([]), "succeeded")).toBe(false);
    expect(isInGroup(runOf([]), "failed")).toBe(true);
    expect(isInGroup(runOf([]), "active")).toBe(false);
  });
});
