/** Pipelines that were written to hurt: each ends, soon, with a sentence. */
import { expect, test } from "vitest";
import { readBody } from "../http/message.ts";
import { readRunFields, readSubmission } from "../http/submission.ts";
import { evaluateCondition } from "../spec/condition.ts";
import { simulate } from "../testing/simulate.ts";
import { toHint } from "./pod-effects.ts";

type Spec = Record<string, unknown>;

const EXECUTORS = { executors: { run: { container: { image: "alpine", args: ["{{$.inputs.parameters['x']}}"] } } } };
const STEP = { executorLabel: "run", inputDefinitions: { parameters: { x: { parameterType: "STRING", isOptional: true } } } };

function pipeline(tasks: Spec, components: Spec = {}): Spec {
  return {
    schemaVersion: "2.1.0",
    pipelineInfo: { name: "hostile" },
    root: { dag: { tasks } },
    components: { step: STEP, ...components },
    deploymentSpec: EXECUTORS,
  };
}

const task = (component: string, more: Spec = {}): Spec => ({ componentRef: { name: component }, ...more });
const constant = (value: unknown): Spec => ({ runtimeValue: { constant: value } });
const submit = (spec: unknown, parameters: Spec = {}) =>
  readSubmission(readRunFields({ experiment_id: "e", display_name: "d", pipeline_spec: spec, runtime_config: { parameters } }));
const post = (text: string): Promise<unknown> => readBody(new Request("http://x/", { method: "POST", body: text }));

test("a tree of DAGs that doubles at each level is refused when submitted", () => {
  const components: Spec = {};
  for (let level = 0; level < 40; level++) {
    const next = level === 39 ? "step" : `c${level + 1}`;
    components[`c${level}`] = { dag: { tasks: { a: task(next), b: task(next) } } };
  }
  expect(() => submit(pipeline({ start: task("c0") }, components))).toThrow("more than 10000 tasks");
  expect(() => submit(pipeline({ start: task("c30") }, components))).not.toThrow();
});

test("10,001 tasks, and a loop over as many items, are refused at once", () => {
  const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`t${i}`, task("step")]));
  expect(simulate(pipeline(many))).toMatchObject({ state: "FAILED", error: expect.stringContaining("10000 tasks") });
  const loop = task("body", {
    parameterIterator: { itemInput: "x", items: { raw: JSON.stringify(Array.from({ length: 20_000 }, String)) } },
  });
  const body = { inputDefinitions: STEP.inputDefinitions, dag: { tasks: { s: task("step") } } };
  const looped = simulate(pipeline({ loop }, { body }));
  expect(looped).toMatchObject({ state: "FAILED", error: expect.stringContaining("10000 tasks") });
  expect(looped.nodes).toHaveLength(2);
});

test("texts that double from DAG to DAG stop at a length, and so do the values of a run together", () => {
  const components: Spec = {};
  const input = { parameters: { x: { parameterType: "STRING" } } };
  for (let level = 0; level < 40; level++) {
    const double = constant("{{$.inputs.parameters['x']}}{{$.inputs.parameters['x']}}");
    components[`c${level}`] = {
      inputDefinitions: input,
      dag: { tasks: { next: task(level === 39 ? "step" : `c${level + 1}`, { inputs: { parameters: { x: double } } }) } },
    };
  }
  const first = task("c0", { inputs: { parameters: { x: constant("0123456789") } } });
  expect(simulate(pipeline({ first }, components))).toMatchObject({ state: "FAILED", error: expect.stringMatching(/longer than|exceed/) });
  const big = constant("x".repeat(1_000_000));
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`t${i}`, task("step", { inputs: { parameters: { x: big } } })]));
  expect(simulate(pipeline(many))).toMatchObject({ state: "FAILED", error: expect.stringContaining("together") });
});

test("cycles and deep nesting are refused when submitted", async () => {
  expect(() => submit(pipeline({ a: task("step", { dependentTasks: ["b"] }), b: task("step", { dependentTasks: ["a"] }) }))).toThrow(
    "circle",
  );
  expect(() => submit(pipeline({ a: task("self") }, { self: { dag: { tasks: { again: task("self") } } } }))).toThrow("contains itself");
  const nested: Spec = {};
  for (let level = 0; level < 5000; level++)
    nested[`c${level}`] = { dag: { tasks: { t: task(level === 4999 ? "step" : `c${level + 1}`) } } };
  expect(() => submit(pipeline({ a: task("c0") }, nested))).toThrow("nested");
  // From the inside out, so that each component is known before it is met at its depth.
  const reversed = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`t${i}`, task(`c${4999 - i}`)]));
  expect(() => submit(pipeline(reversed, nested))).toThrow(/nested|tasks/);
  const short = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`t${i}`, task(`c${4999 - i}`)]));
  expect(() => submit(pipeline(short, nested))).toThrow("nested");
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  await expect(post(`{"display_name": ${deep}}`)).rejects.toMatchObject({
    reason: "BadRequest",
    message: expect.stringContaining("nested"),
  });
  // Brackets in a text are none.
  await expect(post(JSON.stringify({ a: "[".repeat(1000), b: '"[{\\"' }))).resolves.toBeDefined();
  expect(() => evaluateCondition(`${"(".repeat(4000)}true${")".repeat(4000)}`, {})).toThrow("nested");
});

test("names of Object.prototype are names like others", () => {
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"]) {
    const component = `comp-${name}`;
    const definition = JSON.parse(
      `{"executorLabel":"run","inputDefinitions":{"parameters":{"${name}":{"parameterType":"STRING"}}}}`,
    ) as Spec;
    const tasks = JSON.parse(
      `{"${name}":{"componentRef":{"name":"${component}"},"inputs":{"parameters":{"${name}":{"runtimeValue":{"constant":"v"}}}}}}`,
    ) as Spec;
    const { state, node } = simulate(pipeline(tasks, { [component]: definition }));
    // zod leaves "__proto__" out of records; every other name works.
    expect([name, state, node(name)?.inputs.parameters[name]]).toEqual([name, "SUCCEEDED", name === "__proto__" ? undefined : "v"]);
    expect(() => submit(pipeline({ t: task(name) })), name).toThrow("not defined");
    expect(() => submit(pipeline({ t: task("step", { dependentTasks: [name] }) })), name).toThrow();
    expect(() => submit(pipeline({ t: task("step") }), JSON.parse(`{"${name}":1}`) as Spec), name).toThrow("not required");
    expect(() => evaluateCondition(`${name}('x') == 'x'`, {}), name).toThrow("cannot evaluate");
    expect(() => evaluateCondition(`inputs.parameter_values['${name}'] == 'x'`, {}), name).toThrow("no input parameter");
  }
  expect(({} as Spec)["polluted"]).toBeUndefined();
});

test("a placeholder's value is never read again, and cannot leave its JSON", () => {
  const seen: unknown[] = [];
  const evil = `{{$.inputs.parameters['secret']}}", "image": "evil`;
  const definition = { executorLabel: "run", inputDefinitions: { parameters: { s: { parameterType: "STRUCT" } } } };
  const source = pipeline(
    { t: task("c", { inputs: { parameters: { s: constant({ a: "{{$.inputs.parameters['x']}}" }) } } }) },
    { c: definition },
  );
  const parameters = { x: { parameterType: "STRING", defaultValue: evil }, secret: { parameterType: "STRING", defaultValue: "canary" } };
  Object.assign(source["root"] as Spec, { inputDefinitions: { parameters } });
  simulate(source, { execute: ({ inputs }) => void seen.push(inputs.parameters["s"]) });
  expect(seen).toEqual([{ a: evil }]);
});

test("a loop's iterations do not each carry the whole list, unless they use it", () => {
  const items = Array.from({ length: 300 }, (_, i) => `item-${i}`);
  const definitions = { parameters: { list: { parameterType: "LIST" }, x: { parameterType: "STRING" } } };
  const run = (inner: Spec) => {
    const loop = task("body", {
      inputs: { parameters: { list: constant(items) } },
      parameterIterator: { itemInput: "x", items: { inputParameter: "list" } },
    });
    const { nodes, state } = simulate(pipeline({ loop }, { body: { inputDefinitions: definitions, dag: { tasks: { s: inner } } } }));
    expect(state).toBe("SUCCEEDED");
    return nodes.reduce((sum, { inputs }) => sum + JSON.stringify(inputs).length, 0);
  };
  expect(run(task("step", { inputs: { parameters: { x: { componentInputParameter: "x" } } } }))).toBeLessThan(60_000);
  expect(run(task("step", { inputs: { parameters: { x: { componentInputParameter: "list" } } } }))).toBeGreaterThan(1_000_000);
});

test("a fan-out of 2,000 steps and a chain of 300 take the scheduler a moment", () => {
  const wide = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`t${i}`, task("step")]));
  const chain = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [`t${i}`, task("step", { dependentTasks: i === 0 ? [] : [`t${i - 1}`] })]),
  );
  const start = performance.now();
  expect(simulate(pipeline(wide)).launched).toHaveLength(2000);
  expect(simulate(pipeline(chain)).launched).toHaveLength(300);
  // About one second; hashing every id at every step took twenty.
  expect(performance.now() - start).toBeLessThan(12_000);
});

test("the hint of a failure leaves out Python's underlines", () => {
  const log = ['  File "a.py", line 1', "    x = 1 / 0", "        ~~^~~", "", "ZeroDivisionError: division by zero", "   ^^^^", ""].join(
    "\n",
  );
  expect(toHint(log)).toBe('File "a.py", line 1\n    x = 1 / 0\nZeroDivisionError: division by zero');
  expect(toHint("")).toBe("");
});
