/** From a ready executor task to the Pod that runs it. Pure: the same task and attempt give the same pod. */
import type { EnvVar, Pod } from "../../../api/index.ts";
import { own, type Json } from "../../../lib/json.ts";
import { ARTIFACT_ROOT, toRuntimeArtifact, type ArtifactValue } from "../spec/artifact-value.ts";
import { resolveArguments, resolveText, type PlaceholderScope } from "../spec/placeholders.ts";
import { componentOf, executorOf, type ComponentSpec, type ContainerSpec } from "../spec/pipeline-spec.ts";
import { EXECUTOR_OUTPUT, INPUTS_IMAGE, OUTPUTS_FOLDER, OUTPUTS_IMAGE, tailOfUri } from "../steps/layout.ts";
import type { InputsPlan, OutputsPlan } from "../steps/step-plan.ts";
import { runWords, taskWords } from "./inputs.ts";
import { kubernetesSettings } from "./kubernetes-settings.ts";
import type { RunState, TaskNode } from "./run-state.ts";
import { derivedUid, toDnsLabel, toPathSegment } from "./task-ids.ts";

export const RUN_LABEL = "pipeline/runid";
export const MAIN_CONTAINER = "main";

interface Outputs {
  readonly home: string;
  readonly artifacts: Record<string, ArtifactValue>;
  readonly files: Record<string, string>;
}

function plannedOutputs(run: RunState, node: TaskNode, component: ComponentSpec): Outputs {
  const home = [
    toPathSegment(run.spec.pipelineInfo.name),
    run.info.runId,
    toPathSegment(node.name),
    derivedUid(node.taskId, node.attempt),
  ].join("/");
  const artifacts: Record<string, ArtifactValue> = {};
  for (const [name, definition] of Object.entries(component.outputDefinitions.artifacts)) {
    artifacts[name] = {
      name,
      type: definition.artifactType.schemaTitle ?? "system.Artifact",
      uri: `${ARTIFACT_ROOT}/${home}/${toPathSegment(name)}`,
      metadata: definition.metadata ?? {},
    };
  }
  const files: Record<string, string> = {};
  for (const name of Object.keys(component.outputDefinitions.parameters)) {
    files[name] = `${ARTIFACT_ROOT}/${OUTPUTS_FOLDER}/parameters/${toPathSegment(name)}`;
  }
  return { home, artifacts, files };
}

/** The ExecutorInput of pipeline_spec.proto in proto3 JSON. */
function executorInput(node: TaskNode, outputs: Outputs): Json {
  const inputArtifacts = Object.entries(node.inputs.artifacts).map(([name, list]): [string, Json] => [
    name,
    { artifacts: list.map(toRuntimeArtifact) },
  ]);
  return {
    inputs: {
      ...(Object.keys(node.inputs.parameters).length > 0 ? { parameterValues: { ...node.inputs.parameters } } : {}),
      ...(inputArtifacts.length > 0 ? { artifacts: Object.fromEntries(inputArtifacts) } : {}),
    },
    outputs: {
      parameters: Object.fromEntries(Object.entries(outputs.files).map(([name, outputFile]): [string, Json] => [name, { outputFile }])),
      artifacts: Object.fromEntries(
        Object.entries(outputs.artifacts).map(([name, artifact]): [string, Json] => [name, { artifacts: [toRuntimeArtifact(artifact)] }]),
      ),
      outputFile: `${ARTIFACT_ROOT}/${EXECUTOR_OUTPUT}`,
    },
  };
}

function scopeOf(run: RunState, node: TaskNode, outputs: Outputs): PlaceholderScope {
  return {
    parameters: node.inputs.parameters,
    inputArtifacts: node.inputs.artifacts,
    outputArtifacts: outputs.artifacts,
    outputFiles: outputs.files,
    words: {
      ...runWords(run.info),
      ...taskWords(node),
      "outputs.output_file": `${ARTIFACT_ROOT}/${EXECUTOR_OUTPUT}`,
    },
    executorInput: executorInput(node, outputs),
  };
}

/** Variables every step has (kubeflow/pipelines backend/src/v2/compiler/argocompiler/container.go). */
function platformEnv(node: TaskNode, run: RunState): EnvVar[] {
  return [
    { name: "KFP_POD_NAME", value: node.podName ?? "" },
    { name: "KFP_POD_UID", valueFrom: { fieldRef: { fieldPath: "metadata.uid" } } },
    { name: "KFP_POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
    { name: "KFP_RUN_ID", value: run.info.runId },
    { name: "KFP_RETRY_INDEX", value: String(node.retries) },
  ];
}

function resourcesOf(
  container: ContainerSpec,
  scope: PlaceholderScope,
): { limits?: Record<string, string>; requests?: Record<string, string> } {
  const limits: Record<string, string> = {};
  const requests: Record<string, string> = {};
  const read = (into: Record<string, string>, name: string, text: string, old: string, unit: string): void => {
    const value = own(container.resources, text);
    const number = own(container.resources, old);
    const resolved = typeof value === "string" ? resolveText(value, scope) : undefined;
    if (resolved !== undefined && resolved !== "") into[name] = resolved;
    else if (typeof number === "number" && number > 0) into[name] = `${number}${unit}`;
  };
  // The number fields are the older spelling: cores, and gigabytes.
  read(limits, "cpu", "resourceCpuLimit", "cpuLimit", "");
  read(limits, "memory", "resourceMemoryLimit", "memoryLimit", "G");
  read(requests, "cpu", "resourceCpuRequest", "cpuRequest", "");
  read(requests, "memory", "resourceMemoryRequest", "memoryRequest", "G");
  return { ...(Object.keys(limits).length > 0 ? { limits } : {}), ...(Object.keys(requests).length > 0 ? { requests } : {}) };
}

/** The pod of a task's current attempt. Throws Invalid when its settings cannot be resolved. */
export function podOf(run: RunState, node: TaskNode): Pod {
  const component = componentOf(run.spec, node.component);
  const label = component.executorLabel ?? "";
  const container = executorOf(run.spec, label).container ?? { image: "", command: [], args: [], env: [] };
  const outputs = plannedOutputs(run, node, component);
  const scope = scopeOf(run, node, outputs);
  const settings = kubernetesSettings(run, node, label);
  const volumeMounts = [{ name: "kfp", mountPath: ARTIFACT_ROOT }];
  const tails = Object.values(node.inputs.artifacts).flatMap((list) => list.map(({ uri }) => tailOfUri(uri)));
  const inputs: InputsPlan = {
    folders: [outputs.home, `${OUTPUTS_FOLDER}/parameters`],
    downloads: [...new Set(tails.filter((tail) => tail !== undefined))],
  };
  const taken: OutputsPlan = {
    runId: run.info.runId,
    taskId: node.taskId,
    attempt: node.attempt,
    home: outputs.home,
    parameters: Object.entries(component.outputDefinitions.parameters).map(([name, definition]) => ({
      name,
      type: definition.parameterType,
      file: `${OUTPUTS_FOLDER}/parameters/${toPathSegment(name)}`,
      optional: definition.isOptional,
    })),
    artifacts: Object.values(outputs.artifacts).map(({ name, type }) => ({ name, type, tail: `${outputs.home}/${toPathSegment(name)}` })),
  };
  const command = resolveArguments(container.command, scope);
  const args = resolveArguments(container.args, scope);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: node.podName ?? "",
      namespace: run.info.namespace,
      labels: {
        ...settings.labels,
        [RUN_LABEL]: run.info.runId,
        "pipelines.kubeflow.org/v2_component": "true",
        "pipelines.kubeflow.org/task": toDnsLabel(node.name, 63),
      },
      annotations: {
        ...settings.annotations,
        "kubectl.kubernetes.io/default-container": MAIN_CONTAINER,
        "pipelines.kubeflow.org/task_id": node.taskId,
        "pipelines.kubeflow.org/task_display_name": node.name,
        "pipelines.kubeflow.org/run_display_name": run.info.displayName,
        ...(settings.ignored.length > 0 ? { "pipelines.kubeflow.org/settings-not-applied": settings.ignored.join(",") } : {}),
      },
    },
    spec: {
      serviceAccountName: run.info.serviceAccount,
      restartPolicy: "Never",
      ...(settings.activeDeadlineSeconds === undefined ? {} : { activeDeadlineSeconds: settings.activeDeadlineSeconds }),
      volumes: [{ name: "kfp", emptyDir: {} }, ...settings.volumes],
      initContainers: [{ name: "inputs", image: INPUTS_IMAGE, args: [JSON.stringify(inputs)], volumeMounts }],
      containers: [
        {
          name: MAIN_CONTAINER,
          image: resolveText(container.image, scope) ?? "",
          ...(command.length > 0 ? { command } : {}),
          ...(args.length > 0 ? { args } : {}),
          env: [
            ...platformEnv(node, run),
            ...container.env.map(({ name, value }) => ({ name, value: resolveText(value, scope) ?? "" })),
            ...settings.env,
          ],
          resources: resourcesOf(container, scope),
          volumeMounts: [...volumeMounts, ...settings.volumeMounts],
        },
        { name: "outputs", image: OUTPUTS_IMAGE, args: [JSON.stringify(taken)], volumeMounts },
      ],
    },
  };
}
