/** Resolves what a task receives: from siblings, from its DAG's own inputs, from constants and defaults. */
import { SkiffError } from "../../../lib/errors.ts";
import { own, type Json } from "../../../lib/json.ts";
import { ARTIFACT_ROOT, type ArtifactValue } from "../spec/artifact-value.ts";
import { parseJson } from "../spec/json-text.ts";
import { resolveValue, type PlaceholderScope } from "../spec/placeholders.ts";
import type { ArtifactInput, ComponentSpec, ParameterInput, TaskSpec } from "../spec/pipeline-spec.ts";
import { selectFromValue } from "../spec/selector.ts";
import { toDeclaredType } from "../spec/values.ts";
import type { RunInfo, TaskNode, TaskValues } from "./run-state.ts";

export interface InputSources {
  readonly run: RunInfo;
  /** The task itself, for constants that mention it. */
  readonly node: Pick<TaskNode, "name" | "taskId">;
  /** Inputs of the DAG that the task belongs to. */
  readonly dag: TaskValues;
  readonly sibling: (name: string) => TaskNode | undefined;
}

/** Words that texts may use without naming an input. Upstream replaces them in backend/src/v2/driver. */
export function runWords(run: RunInfo): Record<string, string> {
  return {
    pipeline_job_name: run.displayName,
    pipeline_job_resource_name: run.jobName,
    pipeline_job_uuid: run.runId,
    pipeline_job_create_time_utc: run.createdAt,
    pipeline_job_schedule_time_utc: run.createdAt,
  };
}

/** Words for the task itself. */
export function taskWords({ name, taskId }: Pick<TaskNode, "name" | "taskId">): Record<string, string> {
  return { pipeline_task_name: name, pipeline_task_uuid: taskId, pipeline_root: ARTIFACT_ROOT };
}

// backend/src/v2/driver/resolve.go hands on the metadata store's words, not the API's: COMPLETE for success.
const FINAL_STATE: Partial<Record<TaskNode["state"], string>> = {
  SUCCEEDED: "COMPLETE",
  CANCELED: "CANCELED",
  FAILED: "FAILED",
};

function finalStatus(run: RunInfo, name: string, node: TaskNode | undefined): Json {
  return {
    state: node?.cached ? "CACHED" : (FINAL_STATE[node?.state ?? "CANCELED"] ?? "FAILED"),
    pipelineTaskName: name,
    pipelineJobResourceName: run.jobName,
    error: { code: node?.error?.code ?? 0, message: node?.error?.message ?? "" },
  };
}

function parameterValue(input: ParameterInput, { run, dag, sibling }: InputSources): Json | undefined {
  const direct = (): Json | undefined => {
    if (input.taskOutputParameter) {
      const { producerTask, outputParameterKey } = input.taskOutputParameter;
      return own(sibling(producerTask)?.outputs.parameters, outputParameterKey);
    }
    if (input.componentInputParameter !== undefined) return own(dag.parameters, input.componentInputParameter);
    if (input.taskFinalStatus) return finalStatus(run, input.taskFinalStatus.producerTask, sibling(input.taskFinalStatus.producerTask));
    return undefined;
  };
  const value = direct();
  if (value === undefined || value === null || input.parameterExpressionSelector === undefined) return value;
  return selectFromValue(input.parameterExpressionSelector, value);
}

function artifactValue(input: ArtifactInput, { dag, sibling }: InputSources): readonly ArtifactValue[] | undefined {
  if (input.taskOutputArtifact) {
    const { producerTask, outputArtifactKey } = input.taskOutputArtifact;
    return own(sibling(producerTask)?.outputs.artifacts, outputArtifactKey);
  }
  return input.componentInputArtifact === undefined ? undefined : own(dag.artifacts, input.componentInputArtifact);
}

/** Scope of placeholders in constants: the task's other inputs first, then the inputs of its DAG. */
function constantScope({ run, node, dag }: InputSources, parameters: Readonly<Record<string, Json>>): PlaceholderScope {
  return {
    parameters: { ...dag.parameters, ...parameters },
    inputArtifacts: dag.artifacts,
    outputArtifacts: {},
    outputFiles: {},
    words: { ...runWords(run), ...taskWords(node) },
  };
}

/** The inputs of a task that is about to start. Throws Invalid when a required one has no value or the wrong type. */
export function resolveInputs(task: TaskSpec, component: ComponentSpec, sources: InputSources): TaskValues {
  const parameters: Record<string, Json> = {};
  const definitions = component.inputDefinitions;
  // Only what runs can miss an input: the compiler declares inputs on DAGs that nothing passes, such as the items of inner loops.
  const needsAll = component.dag === undefined && !task.parameterIterator && !task.artifactIterator;
  for (const [name, input] of Object.entries(task.inputs.parameters)) {
    const value = input.runtimeValue ? undefined : parameterValue(input, sources);
    if (value !== undefined) parameters[name] = value;
  }
  const scope = constantScope(sources, parameters);
  for (const [name, input] of Object.entries(task.inputs.parameters)) {
    if (!input.runtimeValue) continue;
    const value = resolveValue(input.runtimeValue.value, scope);
    parameters[name] =
      input.parameterExpressionSelector === undefined || value === null ? value : selectFromValue(input.parameterExpressionSelector, value);
  }
  for (const [name, definition] of Object.entries(definitions.parameters)) {
    const given = own(parameters, name);
    const value = given === undefined || given === null ? (definition.defaultValue ?? given) : given;
    if (value !== undefined) parameters[name] = toDeclaredType(name, definition.parameterType, value);
    else if (needsAll && !definition.isOptional) {
      throw new SkiffError("Invalid", `parameter ${name} is not optional, yet has neither default value nor a value from an earlier task`);
    }
  }
  const artifacts: Record<string, readonly ArtifactValue[]> = {};
  for (const [name, input] of Object.entries(task.inputs.artifacts)) {
    const value = artifactValue(input, sources);
    if (value !== undefined) artifacts[name] = value;
  }
  for (const [name, definition] of Object.entries(definitions.artifacts)) {
    if (own(artifacts, name) === undefined && needsAll && !definition.isOptional) {
      throw new SkiffError("Invalid", `artifact ${name} is not optional, yet no earlier task produced it`);
    }
  }
  return { parameters, artifacts };
}

/** The items of a loop. Throws Invalid when the input is not a list. */
export function loopItems(task: TaskSpec, inputs: TaskValues): readonly (Json | ArtifactValue)[] {
  if (task.artifactIterator) return own(inputs.artifacts, task.artifactIterator.items.inputArtifact) ?? [];
  const items = task.parameterIterator?.items;
  const source: Json | undefined = items?.raw ?? own(inputs.parameters, items?.inputParameter ?? "");
  let value = source;
  if (typeof source === "string") {
    try {
      value = parseJson(source);
    } catch (cause) {
      throw new SkiffError("Invalid", `the items of the loop are not JSON: ${source.slice(0, 100)}`, { cause });
    }
  }
  if (!Array.isArray(value)) throw new SkiffError("Invalid", "the items of the loop are not a list");
  return value;
}
