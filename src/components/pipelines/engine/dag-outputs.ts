/** What a finished DAG or loop hands to its siblings. */
import { own, type Json } from "../../../lib/json.ts";
import type { ArtifactValue } from "../spec/artifact-value.ts";
import type { DagSpec, ParameterSelector } from "../spec/pipeline-spec.ts";
import type { TaskNode, TaskValues } from "./run-state.ts";

/** Outputs of a DAG from those of its children; a OneOf takes the first child that has the value. Missing ones are left out. */
export function dagOutputs(dag: DagSpec, child: (name: string) => TaskNode | undefined): TaskValues {
  const parameters: Record<string, Json> = {};
  const artifacts: Record<string, readonly ArtifactValue[]> = {};
  const valueOf = ({ producerSubtask, outputParameterKey }: ParameterSelector): Json | undefined =>
    own(child(producerSubtask)?.outputs.parameters, outputParameterKey);
  for (const [name, source] of Object.entries(dag.outputs.parameters)) {
    const selectors = source.valueFromParameter ? [source.valueFromParameter] : (source.valueFromOneof?.parameterSelectors ?? []);
    const value = selectors.map(valueOf).find((found) => found !== undefined);
    if (value !== undefined) parameters[name] = value;
  }
  for (const [name, { artifactSelectors }] of Object.entries(dag.outputs.artifacts)) {
    const found = artifactSelectors
      .map(({ producerSubtask, outputArtifactKey }) => own(child(producerSubtask)?.outputs.artifacts, outputArtifactKey))
      .find((value) => value !== undefined);
    if (found !== undefined) artifacts[name] = found;
  }
  return { parameters, artifacts };
}

/** Outputs of a loop: one list per output in the order of the iterations; artifact lists of inner loops join into one. */
export function loopOutputs(dag: DagSpec | undefined, iterations: readonly TaskNode[]): TaskValues {
  const parameters: Record<string, Json> = {};
  const artifacts: Record<string, readonly ArtifactValue[]> = {};
  for (const name of Object.keys(dag?.outputs.parameters ?? {})) {
    parameters[name] = iterations.map(({ outputs }) => own(outputs.parameters, name)).filter((value) => value !== undefined);
  }
  for (const name of Object.keys(dag?.outputs.artifacts ?? {})) {
    artifacts[name] = iterations.flatMap(({ outputs }) => own(outputs.artifacts, name) ?? []);
  }
  return { parameters, artifacts };
}
