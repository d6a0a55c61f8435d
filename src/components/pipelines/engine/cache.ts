/** Reuse of earlier results: which tasks may, and the key under which two executions count as the same. */
import { createHash } from "node:crypto";
import type { Json } from "../../../lib/json.ts";
import { componentOf, executorOf } from "../spec/pipeline-spec.ts";
import type { RunState, TaskNode } from "./run-state.ts";
import { taskSpecOf } from "./settle.ts";

/** True when the task asks for caching and no DAG around it has it switched off (upstream forgets the DAGs: kubeflow/pipelines#10287). */
function mayReuse(run: RunState, node: TaskNode): boolean {
  if (taskSpecOf(run, node)?.cachingOptions?.enableCache !== true) return false;
  for (let at: TaskNode | undefined = node; at?.parentId !== undefined; at = run.tasks.get(at.parentId)) {
    const options = taskSpecOf(run, at)?.cachingOptions;
    // proto3 JSON leaves `false` out: options without the field mean "off", no options mean "as around me".
    if (options !== undefined && options.enableCache !== true) return false;
  }
  return true;
}

/** JSON with sorted keys, so that equal values give equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * The cache key of a task whose inputs are known, or undefined when it must run. Fields follow cache_key.proto; input artifacts
 * count by their uri, which is unique to the execution that made them. Keys of different pipelines never meet.
 */
export function cacheKeyOf(run: RunState, node: TaskNode): string | undefined {
  if (node.kind !== "EXECUTOR" || !mayReuse(run, node)) return undefined;
  const component = componentOf(run.spec, node.component);
  const { container } = executorOf(run.spec, component.executorLabel ?? "");
  const custom = taskSpecOf(run, node)?.cachingOptions?.cacheKey;
  const pipeline = `pipeline/${run.spec.pipelineInfo.name}`;
  if (custom !== undefined && custom !== "") return `${sha256(`${node.component}\0${custom}`)} ${pipeline}`;
  const { parameters, artifacts } = component.outputDefinitions;
  const key: Json = {
    inputArtifactNames: Object.fromEntries(
      Object.entries(node.inputs.artifacts).map(([name, list]) => [name, { artifactNames: list.map(({ uri }) => uri) }]),
    ),
    inputParameterValues: { ...node.inputs.parameters },
    outputArtifactsSpec: Object.fromEntries(
      Object.entries(artifacts).map(([name, { artifactType }]) => [name, { type: artifactType.schemaTitle ?? "" }]),
    ),
    outputParametersSpec: Object.fromEntries(Object.entries(parameters).map(([name, { parameterType }]) => [name, parameterType])),
    containerSpec: { image: container?.image ?? "", cmdArgs: [...(container?.command ?? []), ...(container?.args ?? [])] },
  };
  return `${sha256(canonical(key))} ${pipeline}`;
}
