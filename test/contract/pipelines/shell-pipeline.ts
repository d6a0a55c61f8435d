/** Compiled pipelines of shell steps, for tests. A step sees its text as $0, its artifact's path as $1, its output's file as $2. */

export interface StepSpec {
  readonly script: string;
  readonly inputs?: Record<string, string>;
  readonly after?: string[];
  readonly artifactFrom?: string;
  readonly artifact?: boolean;
  readonly output?: boolean;
  readonly retries?: number;
}

/** A pipeline of shell steps. */
export function pipelineOf(steps: Record<string, StepSpec>): Record<string, unknown> {
  const components: Record<string, unknown> = {};
  const executors: Record<string, unknown> = {};
  const tasks: Record<string, unknown> = {};
  for (const [name, { script, artifactFrom, artifact, output, after, retries }] of Object.entries(steps)) {
    const data = { artifactType: { schemaTitle: "system.Dataset", schemaVersion: "0.0.1" } };
    executors[`exec-${name}`] = {
      container: {
        image: "alpine",
        command: ["sh", "-ec", script],
        args: [
          "{{$.inputs.parameters['text']}}",
          artifact ? "{{$.outputs.artifacts['data'].path}}" : artifactFrom ? "{{$.inputs.artifacts['data'].path}}" : "-",
          output ? "{{$.outputs.parameters['out'].output_file}}" : "-",
        ],
      },
    };
    components[`comp-${name}`] = {
      executorLabel: `exec-${name}`,
      inputDefinitions: {
        parameters: { text: { parameterType: "STRING", defaultValue: "none" } },
        ...(artifactFrom ? { artifacts: { data } } : {}),
      },
      outputDefinitions: {
        ...(artifact ? { artifacts: { data } } : {}),
        ...(output ? { parameters: { out: { parameterType: "NUMBER_INTEGER" } } } : {}),
      },
    };
    tasks[name] = {
      componentRef: { name: `comp-${name}` },
      taskInfo: { name },
      dependentTasks: [...(after ?? []), ...(artifactFrom ? [artifactFrom] : [])],
      inputs: {
        parameters: { text: { componentInputParameter: "text" } },
        ...(artifactFrom ? { artifacts: { data: { taskOutputArtifact: { producerTask: artifactFrom, outputArtifactKey: "data" } } } } : {}),
      },
      ...(retries === undefined ? {} : { retryPolicy: { maxRetryCount: retries, backoffDuration: "0s" } }),
    };
  }
  return {
    schemaVersion: "2.1.0",
    pipelineInfo: { name: "shell-steps" },
    deploymentSpec: { executors },
    components,
    root: { inputDefinitions: { parameters: { text: { parameterType: "STRING", defaultValue: "hello" } } }, dag: { tasks } },
  };
}
