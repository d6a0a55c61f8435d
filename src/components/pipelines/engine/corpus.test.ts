/** Every compiled pipeline of the public corpus is parsed and scheduled to its end; the executor is simulated. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { parsePipelineSpec } from "../spec/pipeline-spec.ts";
import { checkPipelineSpec } from "../spec/topology.ts";
import { simulate } from "../testing/simulate.ts";
import type { Json } from "../../../lib/json.ts";

const CORPUS = "/work/shared/corpus/kfp/valid";
const files = existsSync(CORPUS) ? globSync("**/*.yaml", { cwd: CORPUS }).sort() : [];

// Their root asks for artifacts, which no client can hand to a run.
const ROOT_ARTIFACTS = ["component_with_metadata_fields.yaml", "pipeline_with_metadata_fields.yaml", "pipeline_with_various_io_types.yaml"];
// Their loops run over lists of objects.
const LISTS_OF_OBJECTS = ["parallel_and_nested/pipeline_with_loops.yaml", "pipeline_with_parallelfor_parallelism.yaml"];

/** The documents of a compiled file: the spec, and perhaps a platform spec. */
function read(file: string): { spec: unknown; platform: Json } {
  const documents = parseAllDocuments(readFileSync(join(CORPUS, file), "utf8")).map(
    (document) => document.toJS() as Record<string, unknown> | null,
  );
  const spec = documents.find((document) => document !== null && "root" in document);
  return { spec, platform: (documents.find((document) => document !== null && "platforms" in document) ?? null) as Json };
}

describe.skipIf(files.length === 0)("the corpus of compiled pipelines (skipped: ../shared is not on this machine)", () => {
  test.each(files)("%s", (file) => {
    const { spec, platform } = read(file);
    if (spec === undefined) return;
    checkPipelineSpec(parsePipelineSpec(spec));
    const run = simulate(spec, { platform, ...(LISTS_OF_OBJECTS.includes(file) ? { listExample: [{ a: 1, A_a: "1", B_b: "2" }] } : {}) });
    if (ROOT_ARTIFACTS.includes(file)) {
      expect(run.error).toContain("is not optional");
      return;
    }
    expect(run.error).toBeUndefined();
    expect(run.state).toBe("SUCCEEDED");
    expect(run.nodes.every(({ state }) => state === "SUCCEEDED" || state === "SKIPPED")).toBe(true);
  });
});
