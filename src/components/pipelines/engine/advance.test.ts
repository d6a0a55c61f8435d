import { expect, test } from "vitest";
import type { Json } from "../../../lib/json.ts";
import { parsePipelineSpec } from "../spec/pipeline-spec.ts";
import { checkPipelineSpec } from "../spec/topology.ts";
import { simulate } from "../testing/simulate.ts";

const container = { container: { image: "alpine", command: ["sh", "-c", "true"], args: ["{{$}}"] } };
const out = { outputDefinitions: { parameters: { Output: { parameterType: "STRING" } } } };
const step = (extra: Record<string, unknown> = {}) => ({ executorLabel: "exec", ...out, ...extra });
const call = (name: string, extra: Record<string, unknown> = {}) => ({ componentRef: { name }, taskInfo: { name }, ...extra });
const from = (producerTask: string) => ({ taskOutputParameter: { producerTask, outputParameterKey: "Output" } });
const pipeline = (tasks: Record<string, unknown>, components: Record<string, unknown>, root: Record<string, unknown> = {}) => ({
  schemaVersion: "2.1.0",
  pipelineInfo: { name: "demo" },
  deploymentSpec: { executors: { exec: container } },
  components,
  root: { dag: { tasks }, ...root },
});
const states = (run: ReturnType<typeof simulate>) => Object.fromEntries(run.nodes.map(({ name, state }) => [name, state]));
const failing =
  (...names: string[]) =>
  (node: { name: string }) =>
    names.includes(node.name) ? ({ type: "failed", message: "boom" } as const) : undefined;
const ALWAYS = { triggerPolicy: { strategy: "ALL_UPSTREAM_TASKS_COMPLETED" } };

test("a failure stops what has not started, and the exit task still runs", () => {
  const spec = pipeline(
    {
      a: call("s"),
      b: call("s", { dependentTasks: ["a"] }),
      exit: call("e", { dependentTasks: ["b"], ...ALWAYS, inputs: { parameters: { status: { taskFinalStatus: { producerTask: "a" } } } } }),
    },
    { s: step(), e: step({ inputDefinitions: { parameters: { status: { parameterType: "TASK_FINAL_STATUS" } } } }) },
  );
  const run = simulate(spec, { execute: failing("a") });
  expect(run.state).toBe("FAILED");
  expect(states(run)).toMatchObject({ a: "FAILED", b: "SKIPPED", exit: "SUCCEEDED" });
  expect(run.node("exit")?.inputs.parameters["status"]).toEqual({
    state: "FAILED",
    pipelineTaskName: "a",
    pipelineJobResourceName: "job-abcde",
    error: { code: 13, message: "boom" },
  });
  expect(run.node("b")?.reason).toContain("a failed");
});

test("an exit task that is a DAG runs all of its steps", () => {
  const spec = pipeline(
    { a: call("s"), exit: call("nested", { dependentTasks: ["a"], ...ALWAYS }) },
    { s: step(), nested: { dag: { tasks: { x: call("s"), y: call("s", { dependentTasks: ["x"] }) } } } },
  );
  expect(states(simulate(spec, { execute: failing("a") }))).toMatchObject({ exit: "SUCCEEDED", x: "SUCCEEDED", y: "SUCCEEDED" });
});

test("retries follow the policy and then fail", () => {
  const spec = pipeline({ a: call("s", { retryPolicy: { maxRetryCount: 2, backoffDuration: "1s", backoffFactor: 3 } }) }, { s: step() });
  const once = simulate(spec, { execute: (node) => (node.attempt < 1 ? { type: "failed", message: "boom" } : undefined) });
  expect(once.state).toBe("SUCCEEDED");
  const never = simulate(spec, { execute: failing("a") });
  expect(never.state).toBe("FAILED");
  expect(never.launched).toEqual(["job-abcde-a-1", "job-abcde-a-1-1", "job-abcde-a-1-2"]);
  expect(never.node("a")).toMatchObject({ attempt: 2, retries: 2, delayMs: 3000 });
});

test("a pod that the platform stopped is replaced without a retry policy", () => {
  const run = simulate(pipeline({ a: call("s") }, { s: step() }), {
    execute: (node) => (node.attempt === 0 ? { type: "lost", reason: "restart" } : undefined),
  });
  expect(run.state).toBe("SUCCEEDED");
  expect(run.node("a")).toMatchObject({ attempt: 1, retries: 0 });
});

test("branches: one runs, OneOf takes its value, what depends on a skipped task is skipped", () => {
  const flip = { flip: { componentInputParameter: "flip" } };
  const flipInput = { inputDefinitions: { parameters: { flip: { parameterType: "STRING" } } } };
  const branch = {
    ...flipInput,
    dag: {
      tasks: { s: call("s") },
      outputs: { parameters: { o: { valueFromParameter: { producerSubtask: "s", outputParameterKey: "Output" } } } },
    },
  };
  const when = (condition: string) => ({ inputs: { parameters: flip }, triggerPolicy: { condition } });
  const spec = pipeline(
    {
      branches: call("branches", { inputs: { parameters: { flip: { runtimeValue: { constant: "tails" } } } } }),
      use: call("use", {
        dependentTasks: ["branches"],
        inputs: { parameters: { x: { taskOutputParameter: { producerTask: "branches", outputParameterKey: "oneof" } } } },
      }),
    },
    {
      s: step(),
      use: step({ inputDefinitions: { parameters: { x: { parameterType: "STRING" } } } }),
      heads: branch,
      tails: branch,
      after: step(),
      branches: {
        ...flipInput,
        dag: {
          tasks: {
            heads: call("heads", when("inputs.parameter_values['flip'] == 'heads'")),
            tails: call("tails", when("!(inputs.parameter_values['flip'] == 'heads')")),
            after: call("after", { dependentTasks: ["heads"] }),
          },
          outputs: {
            parameters: {
              oneof: {
                valueFromOneof: {
                  parameterSelectors: [
                    { producerSubtask: "heads", outputParameterKey: "o" },
                    { producerSubtask: "tails", outputParameterKey: "o" },
                  ],
                },
              },
            },
          },
        },
      },
    },
  );
  const run = simulate(spec, { execute: (node): Record<string, Json> => ({ Output: `from ${node.name}` }) });
  expect(states(run)).toMatchObject({ heads: "SKIPPED", tails: "SUCCEEDED", after: "SKIPPED", use: "SUCCEEDED" });
  expect(run.node("use")?.inputs.parameters["x"]).toBe("from s");
});

test("loops collect in order, respect parallelism, and nest", () => {
  const inner = { inputDefinitions: { parameters: { item: { parameterType: "NUMBER_INTEGER" } } }, ...out, executorLabel: "exec" };
  const spec = pipeline(
    {
      loop: call("loop", {
        inputs: { parameters: { base: { runtimeValue: { constant: 10 } } } },
        parameterIterator: { items: { raw: "[3, 1, 2]" }, itemInput: "item" },
        iteratorPolicy: { parallelismLimit: 1 },
      }),
      use: call("use", { inputs: { parameters: { all: { taskOutputParameter: { producerTask: "loop", outputParameterKey: "o" } } } } }),
    },
    {
      inner,
      use: step({ inputDefinitions: { parameters: { all: { parameterType: "LIST" } } } }),
      loop: {
        inputDefinitions: { parameters: { base: { parameterType: "NUMBER_INTEGER" }, item: { parameterType: "NUMBER_INTEGER" } } },
        dag: {
          tasks: { inner: call("inner", { inputs: { parameters: { item: { componentInputParameter: "item" } } } }) },
          outputs: { parameters: { o: { valueFromParameter: { producerSubtask: "inner", outputParameterKey: "Output" } } } },
        },
      },
    },
  );
  const run = simulate(spec, {
    execute: (node): Record<string, Json> => ({ Output: `v${JSON.stringify(node.inputs.parameters["item"])}` }),
  });
  expect(run.state).toBe("SUCCEEDED");
  expect(run.node("use")?.inputs.parameters["all"]).toEqual(["v3", "v1", "v2"]);
  const broken = simulate(spec, {
    execute: (node) => (node.inputs.parameters["item"] === 3 ? { type: "failed", message: "boom" } : undefined),
  });
  expect(broken.state).toBe("FAILED");
  expect(broken.node("loop", 1)?.state).toBe("SKIPPED");
});

test("constants interpolate on the parsed value; defaults and nulls of optional inputs", () => {
  const spec = pipeline(
    {
      a: call("s"),
      b: call("b", {
        inputs: {
          parameters: {
            "pipelinechannel--a-Output": from("a"),
            text: { runtimeValue: { constant: "got {{$.inputs.parameters['pipelinechannel--a-Output']}}" } },
            list: { runtimeValue: { constant: ["{{$.inputs.parameters['pipelinechannel--a-Output']}}", 1] } },
            given: { componentInputParameter: "absent" },
          },
        },
      }),
    },
    {
      s: step(),
      b: step({
        inputDefinitions: {
          parameters: {
            text: { parameterType: "STRING" },
            list: { parameterType: "LIST" },
            given: { parameterType: "STRING", isOptional: true, defaultValue: "fallback" },
            nothing: { parameterType: "STRING", isOptional: true },
          },
        },
      }),
    },
    { inputDefinitions: { parameters: { absent: { parameterType: "STRING", isOptional: true } } } },
  );
  const run = simulate(spec, { execute: (): Record<string, Json> => ({ Output: 'say "hi"' }) });
  expect(run.node("b")?.inputs.parameters).toMatchObject({ text: 'got say "hi"', list: ['say "hi"', 1], given: "fallback" });
  expect(Object.hasOwn(run.node("b")?.inputs.parameters ?? {}, "nothing")).toBe(false);
});

test.each([
  [{ schemaVersion: "2.0.0" }, "KFP only supports schema version 2.1.0, but the pipeline spec has version 2.0.0"],
  [{ schemaVersion: "2.1.0", pipelineInfo: {} }, "invalid v2 pipeline spec: name is empty"],
  [{ schemaVersion: "2.1.0", pipelineInfo: { name: "x" } }, "invalid v2 pipeline spec: root component is empty"],
  [pipeline({ a: call("s", { dependentTasks: ["b"] }), b: call("s", { dependentTasks: ["a"] }) }, { s: step() }), "in a circle"],
  [pipeline({ a: call("nope") }, {}), "component nope is not defined"],
  [pipeline({ a: call("s", { dependentTasks: ["zz"] }) }, { s: step() }), "not in its DAG"],
  [pipeline({ a: call("loop") }, { loop: { dag: { tasks: { a: call("loop") } } } }), "contains itself"],
])("refuses a bad spec %#", (spec, message) => {
  expect(() => checkPipelineSpec(parsePipelineSpec(spec))).toThrow(message);
});
