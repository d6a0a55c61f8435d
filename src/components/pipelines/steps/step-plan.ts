/** The orders that a task's pod carries for its two helpers, as JSON in their only argument. */
import { z } from "zod";
import { PARAMETER_TYPES } from "../spec/pipeline-spec.ts";

export const inputsPlan = z.object({
  /** Folders below the artifact root to make. */
  folders: z.array(z.string()),
  /** Input artifacts, by their path below the artifact root; it is also the tail of their blob's key. */
  downloads: z.array(z.string()),
});
export type InputsPlan = z.output<typeof inputsPlan>;

export const outputsPlan = z.object({
  runId: z.string(),
  taskId: z.string(),
  attempt: z.number(),
  /** Path below the artifact root that all outputs of this attempt are kept under. */
  home: z.string(),
  parameters: z.array(z.object({ name: z.string(), type: z.enum(PARAMETER_TYPES), file: z.string(), optional: z.boolean() })),
  artifacts: z.array(z.object({ name: z.string(), type: z.string(), tail: z.string() })),
});
export type OutputsPlan = z.output<typeof outputsPlan>;

export const stepResult = z.object({
  /** Why the outputs could not be taken; the task fails with it. */
  error: z.string().optional(),
  parameters: z.record(z.string(), z.json()),
  artifacts: z.record(
    z.string(),
    z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        uri: z.string(),
        metadata: z.record(z.string(), z.json()),
        size: z.number(),
        directory: z.boolean(),
      }),
    ),
  ),
});
export type StepResult = z.output<typeof stepResult>;
