/** Runs a pipeline spec through the scheduler with a simulated executor, for tests of the scheduler alone. */
import { own, type Json } from "../../../lib/json.ts";
import { componentOf, parsePipelineSpec, type ParameterType } from "../spec/pipeline-spec.ts";
import { toRootParameters } from "../spec/values.ts";
import { advance } from "../engine/advance.ts";
import { podOf } from "../engine/launch.ts";
import type { RunState, TaskNode, TaskValues } from "../engine/run-state.ts";
import { settle, type Observation } from "../engine/settle.ts";

export interface Simulation {
  /** Outputs of an executor, or an observation; undefined takes example values of the declared types. */
  readonly execute?: (node: TaskNode) => Record<string, Json> | Observation | undefined;
  readonly parameters?: Record<string, Json>;
  readonly platform?: Json;
  /** Example value of LIST outputs and parameters. */
  readonly listExample?: Json;
}

export interface Simulated {
  readonly state: string;
  readonly error: string | undefined;
  readonly nodes: TaskNode[];
  /** Executors in the order they were launched. */
  readonly launched: string[];
  readonly node: (name: string, iteration?: number) => TaskNode | undefined;
}

const EXAMPLES: Record<ParameterType, Json> = {
  STRING: "1",
  NUMBER_INTEGER: 1,
  NUMBER_DOUBLE: 0.5,
  BOOLEAN: true,
  LIST: ["1", "2"],
  STRUCT: { a: "1", A_a: "1", B_b: "2" },
  TASK_FINAL_STATUS: {},
  TASK_CONFIG: {},
};

/** Values of the parameters that a spec requires. */
function exampleParameters(spec: ReturnType<typeof parsePipelineSpec>, list: Json): Record<string, Json> {
  const required = Object.entries(spec.root.inputDefinitions.parameters).filter(
    ([, { defaultValue, isOptional }]) => defaultValue === undefined && !isOptional,
  );
  return Object.fromEntries(required.map(([name, { parameterType }]) => [name, parameterType === "LIST" ? list : EXAMPLES[parameterType]]));
}

/** Runs until nothing moves. Throws when the scheduler stands still before the end. */
export function simulate(
  source: unknown,
  { execute = () => undefined, parameters, platform = null, listExample = ["1", "2"] }: Simulation = {},
): Simulated {
  const spec = parsePipelineSpec(source);
  const info = {
    runId: "r",
    namespace: "ns",
    displayName: "run",
    jobName: "job-abcde",
    serviceAccount: "default-editor",
    createdAt: "t",
    parameters: toRootParameters(spec.root, parameters ?? exampleParameters(spec, listExample)),
  };
  const tasks = new Map<string, TaskNode>();
  let run: RunState = { info, spec, platform, state: "PENDING", tasks };
  const launched: string[] = [];
  for (let tick = 0; tick < 5000; tick++) {
    const step = advance(run, `t${tick}`);
    for (const node of step.changes) tasks.set(node.taskId, node);
    run = { ...run, state: step.state };
    if (step.state === "SUCCEEDED" || step.state === "FAILED") {
      const nodes = [...tasks.values()].sort((a, b) => a.seq - b.seq);
      const node = (name: string, iteration?: number) => nodes.find((one) => one.name === name && one.iteration === iteration);
      return { state: step.state, error: step.error?.message, nodes, launched, node };
    }
    const live = [...tasks.values()].filter(
      (node) => node.kind === "EXECUTOR" && node.entered && (node.state === "PENDING" || node.state === "RUNNING"),
    );
    const [next] = live;
    if (!next)
      throw new Error(`the scheduler stands still: ${JSON.stringify([...tasks.values()].map(({ name, state }) => [name, state]))}`);
    // Building the pod proves that every placeholder and setting of the task can be resolved.
    launched.push(podOf(run, next).metadata.name);
    tasks.set(next.taskId, settle(run, next, observe(run, next, execute, listExample), `t${tick}`));
  }
  throw new Error("the simulation does not end");
}

function observe(run: RunState, node: TaskNode, execute: NonNullable<Simulation["execute"]>, list: Json): Observation {
  const chosen = execute(node);
  if (chosen !== undefined && "type" in chosen) return chosen as Observation;
  const { parameters, artifacts } = componentOf(run.spec, node.component).outputDefinitions;
  const outputs: TaskValues = {
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([name, { parameterType }]) => [
        name,
        own(chosen, name) ?? (parameterType === "LIST" ? list : EXAMPLES[parameterType]),
      ]),
    ),
    artifacts: Object.fromEntries(
      Object.entries(artifacts).map(([name, { isArtifactList }]) => {
        const one = (index: number) => ({
          id: `${node.taskId}-${index}`,
          name,
          type: "system.Artifact",
          uri: `/skiff/artifacts/${name}`,
          metadata: {},
        });
        return [name, isArtifactList ? [one(0), one(1)] : [one(0)]];
      }),
    ),
  };
  return { type: "succeeded", outputs };
}
