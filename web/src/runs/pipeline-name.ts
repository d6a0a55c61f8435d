import type { Run } from "../../../src/api/pipelines.ts";

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** The name in the run's pipeline spec, which may be wrapped together with a platform spec. */
export function pipelineNameOf(run: Run): string | undefined {
  const spec = field(run.pipeline_spec, "pipeline_spec") ?? run.pipeline_spec;
  const name = field(field(spec, "pipelineInfo") ?? field(spec, "pipeline_info"), "name");
  return typeof name === "string" ? name : undefined;
}
