/** Importers make an artifact record of a URI; no pod runs for them. */
import { SkiffError } from "../../../lib/errors.ts";
import { isObject, own } from "../../../lib/json.ts";
import { resolveText, resolveValue, type PlaceholderScope } from "../spec/placeholders.ts";
import type { ComponentSpec, ImporterSpec } from "../spec/pipeline-spec.ts";
import { runWords } from "./inputs.ts";
import type { RunInfo, TaskValues } from "./run-state.ts";

/** The outputs of an importer task. Throws Invalid when it has no URI. */
export function importArtifact(
  importer: ImporterSpec,
  component: ComponentSpec,
  inputs: TaskValues,
  run: RunInfo,
  artifactId: string,
): TaskValues {
  const scope: PlaceholderScope = {
    parameters: inputs.parameters,
    inputArtifacts: inputs.artifacts,
    outputArtifacts: {},
    outputFiles: {},
    words: runWords(run),
  };
  const { constant, runtimeParameter } = importer.artifactUri;
  const source = runtimeParameter === undefined ? constant : own(inputs.parameters, runtimeParameter);
  const uri = typeof source === "string" ? resolveText(source, scope) : undefined;
  if (uri === undefined || uri === "") throw new SkiffError("Invalid", "the importer has no URI");
  const [[name, definition] = ["artifact", undefined]] = Object.entries(component.outputDefinitions.artifacts);
  const metadata = resolveValue(importer.metadata ?? {}, scope);
  const type = importer.typeSchema.schemaTitle ?? definition?.artifactType.schemaTitle ?? "system.Artifact";
  return {
    parameters: {},
    artifacts: { [name]: [{ id: artifactId, name, type, uri, metadata: isObject(metadata) ? metadata : {} }] },
  };
}
